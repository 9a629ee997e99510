"""What a merchant does in the admin, over HTTP: log in, change a product in its form, look for it in the shop."""

from __future__ import annotations

import time

from ..models import Product
from .client import Client, form_fields
from .examples import SEARCH, Outcome
from .shop import LOGIN, PASSWORD

#: After this time a change counts as lost.
LOST_S = 10.0
#: A word that no product has, so that finding it means finding the change.
NEW_WORD = "Quintessa"


class MerchantFailed(RuntimeError):
    """The admin did not take what was sent; the message holds what it said."""


def change_is_found(client: Client) -> Outcome:
    """Rename a product through its form and wait until a search for the new name finds it; then name it back."""
    product = Product.objects.filter(published=True).order_by("pk")[0]
    name = "a product renamed in the admin"
    try:
        _log_in(client)
        old = _rename(client, product.pk, f"{NEW_WORD} {product.name}"[:300])
        saved = time.perf_counter()
        try:
            found = _wait_until_found(client, product.sku, saved)
        finally:
            _rename(client, product.pk, old)
    except MerchantFailed as error:
        return Outcome(name, str(error), "", 0.0)
    if found is None:
        return Outcome(name, f"search did not show the new title within {LOST_S:.0f} s", "", LOST_S)
    return Outcome(name, "", f"search shows the new title {found:.1f} s after the save", found)


def _log_in(client: Client) -> None:
    page = client.get("admin/login/", next="/admin/")
    fields = dict(form_fields(page.text, "login-form"))
    fields |= {"username": LOGIN, "password": PASSWORD}
    answer = client.post("admin/login/?next=/admin/", list(fields.items()))
    if answer.status != 200 or "/admin/login/" in answer.url:
        raise MerchantFailed(
            f"the admin refuses {LOGIN}/{PASSWORD} (status {answer.status}); was it changed?"
        )


def _rename(client: Client, pk: int, name: str) -> str:
    """Give a product another name through its change form; returns the one it had."""
    path = f"admin/catalog/product/{pk}/change/"
    fields = form_fields(client.get(path).text, "product_form")
    old = dict(fields).get("name")
    if old is None:
        raise MerchantFailed(f"{path} shows no form with a name")
    changed = [(field, name if field == "name" else value) for field, value in fields]
    answer = client.post(path, [*changed, ("_save", "Save")])
    if answer.status != 200 or answer.url.endswith("/change/"):
        raise MerchantFailed(f"{path} did not accept the change (status {answer.status})")
    return old


def _wait_until_found(client: Client, sku: str, since: float) -> float | None:
    """Seconds from `since` until a search for the new word shows the product; None when it takes too long."""
    while time.perf_counter() - since < LOST_S:
        answer = client.get(SEARCH, q=NEW_WORD).json()
        if any(hit["card"]["sku"] == sku for hit in answer.get("hits", ())[:1]):
            return time.perf_counter() - since
        time.sleep(0.05)
    return None
