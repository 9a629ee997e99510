"""The review of alt texts without its script: words beside pictures, decisions by forms, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from catalog.models import Product, ProductImage
from product_search.alt_texts import edit, write_pending
from product_search.models import AltText, AltTextDecision
from tests.integration.alt_texts.conftest import desk, office, shelf, shelf_factory
from tests.integration.alt_texts.test_deciding import row, shirt, shown

__all__ = ["desk", "office", "shelf", "shelf_factory", "shirt"]

PAGE = "/admin/product_search/alttext/"


def sent(each: AltText, verdict: str, **more: str) -> dict[str, Any]:
    return {
        "id": each.pk,
        "state": each.state,
        "language": each.language,
        "words": each.text,
        "verdict": verdict,
        **more,
    }


def test_words_stand_beside_their_picture_in_one_language(admin_client: Client, shirt: Product) -> None:
    page = admin_client.get(f"{PAGE}?language=de").text
    assert "Hemd, Bild 2 von 2" in page
    for picture in ProductImage.objects.all():
        assert picture.image.url in page
    assert "0 of 2 are decided" in page
    assert "Shirt, picture 2 of 2" in admin_client.get(f"{PAGE}?language=xx&state=yy&page=99").text


def test_they_are_decided_by_forms(admin_client: Client, shirt: Product) -> None:
    answer = admin_client.post(f"{PAGE}decide/", sent(row(shirt), "accepted"), follow=True)
    assert "Accepted: Shirt" in answer.text
    assert "1 of 2 are decided" in answer.text
    admin_client.post(f"{PAGE}decide/", sent(row(shirt, 1), "changed", chosen="From behind"))
    admin_client.post(f"{PAGE}decide/", sent(row(shirt, 0, "de"), "rejected"))
    assert shown(shirt) == [("Shirt", ""), ("From behind", "")]
    assert "Taken back" in admin_client.post(f"{PAGE}undo/", follow=True).text
    assert row(shirt, 0, "de").state == "suggested"
    admin_client.post(f"{PAGE}decide/", sent(row(shirt), "undone"))
    assert shown(shirt) == [("", ""), ("From behind", "")]
    assert set(AltTextDecision.objects.values_list("who", flat=True)) == {"admin"}
    record = admin_client.get("/admin/product_search/alttextdecision/").text
    assert "From behind" in record


def test_what_was_shown_is_what_is_kept(admin_client: Client, shirt: Product) -> None:
    before = sent(row(shirt), "accepted")
    AltText.objects.filter(pk=before["id"]).update(text="Coat", suggestion="Coat")
    admin_client.post(f"{PAGE}decide/", before)
    assert shown(shirt)[0][0] == "Shirt"


def test_all_of_a_page_at_once(admin_client: Client, shirt: Product) -> None:
    rows = [f"{row(shirt, at).pk}:{row(shirt, at).text}" for at in range(2)]
    ProductImage.objects.filter(product=shirt, position=1).update(alt="Hers")
    answer = admin_client.post(f"{PAGE}accept/", {"row": [*rows, "9999999:x", "x"]}, follow=True)
    assert "1 text was accepted" in answer.text
    assert "Hers" in answer.text
    assert shown(shirt) == [("Shirt", ""), ("Hers", "")]


def test_the_second_of_two_is_told_who_was_quicker(admin_client: Client, shirt: Product) -> None:
    before = sent(row(shirt), "accepted")
    edit(row(shirt).pk, "Mara's words", who="mara")
    answer = admin_client.post(f"{PAGE}decide/", before, headers={"Accept": "application/json"})
    assert (answer.status_code, "Mara's words" in answer.json()["said"]) == (409, True)
    assert shown(shirt)[0][0] == "Mara's words"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"verdict": "changed", "chosen": " "}, 400),
        ({"verdict": "changed", "chosen": "x" * 301}, 400),
        ({"verdict": "perhaps"}, 404),
        ({"id": "x"}, 404),
        ({"id": "99999999"}, 409),
    ],
)
def test_what_cant_be_done_is_said(
    admin_client: Client, shirt: Product, fields: dict[str, str], status: int
) -> None:
    data = {**sent(row(shirt), "accepted"), **fields}
    answer = admin_client.post(f"{PAGE}decide/", data, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert AltTextDecision.objects.count() == 0


def test_who_may_only_look_decides_nothing(client: Client, django_user_model: Any, shirt: Product) -> None:
    user = django_user_model.objects.create_user("eve", is_staff=True)
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_alttext"))
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "verdict" not in page.text
    for address, data in (("decide/", sent(row(shirt), "accepted")), ("undo/", {}), ("accept/", {})):
        assert client.post(f"{PAGE}{address}", data).status_code == 403


def test_an_empty_page_says_why(admin_client: Client, shirt: Product, settings: Any) -> None:
    assert "No words are in this state" in admin_client.get(f"{PAGE}?state=edited").text
    AltText.objects.all().delete()
    assert "No words yet" in admin_client.get(PAGE).text
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ALT_TEXTS": False}
    assert "switched off" in admin_client.get(PAGE).text
    assert write_pending().complete
