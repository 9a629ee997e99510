"""The mixin in the host's product admin: the list is still the host's, and its search box asks the index."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.test import Client
from django.urls import path
from django.utils import timezone

from catalog.models import Category, Product, ProductImage
from product_search import encoders
from product_search.admin import SearchAdminMixin
from product_search.indexing import wake
from product_search.models import Mark, QueryPicture
from product_search.retrieval import EncoderUnavailable, lookup
from product_search.retrieval import staff as ranking
from product_search.testing import index_now
from tests.pictures import picture_bytes, picture_file

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/product/"
BY_PICTURE = f"{LIST}by-picture/"


class SaleAdmin(SearchAdminMixin, admin.ModelAdmin):
    """A host's own admin: another queryset, its own columns, a filter, a hierarchy of dates."""

    list_display = ("name", "price")
    list_filter = ("category",)
    date_hierarchy = "created_at"

    def get_queryset(self, request: Any) -> QuerySet[Product]:
        return super().get_queryset(request).filter(price__lt=10)


site = admin.AdminSite("sale")
site.register(Product, SaleAdmin)
urlpatterns = [path("sale/", site.urls), path("admin/", admin.site.urls)]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def shop() -> dict[str, Product]:
    """Mugs, a plate and a draft, indexed; names by SKU."""
    mugs, plates = (Category.objects.create(path=name, slug=name, name=name) for name in ("mugs", "plates"))
    rows = [
        ("RED-1", "Red mug", mugs, 12, True, "red"),
        ("BLUE-1", "Blue mug", mugs, 8, True, "blue"),
        ("DRAFT-1", "Green mug", mugs, 5, False, "green"),
        ("PLATE-1", "Red plate", plates, 9, True, None),
        ("T-1", "Table for a mug, a red lamp and much else that stands about", None, 99, True, None),
    ]
    made = {}
    for sku, name, category, price, published, colour in rows:
        product = Product.objects.create(
            sku=sku, name=name, category=category, price=price, published=published
        )
        if colour:
            data = ContentFile(picture_bytes(colour), name=f"{colour}.png")
            ProductImage.objects.create(product=product, image=data)
        made[sku] = product
    index_now()
    return made


def found(client: Client, address: str = LIST, **parameters: Any) -> list[str]:
    """SKUs of the list's first page, in its order."""
    answer = client.get(address, parameters)
    assert answer.status_code == 200, answer.headers.get("Location")
    return [product.sku for product in answer.context["cl"].result_list]


def test_the_best_come_first_drafts_and_all_and_the_rest_follows(shop: Any, admin_client: Client) -> None:
    mugs = found(admin_client, q="mug")
    assert {"RED-1", "BLUE-1", "DRAFT-1"} < set(mugs)
    assert found(admin_client, q="red mug")[0] == "RED-1"
    assert set(found(admin_client, q="qwertz")) == set(shop), "no floor: what is nearest, at least"


def test_a_chosen_column_orders_the_same_products(shop: Any, admin_client: Client) -> None:
    best = admin_client.get(LIST, {"q": "red mug"})
    columns = list(best.context["cl"].list_display)
    price = columns.index("price")
    rising = found(admin_client, q="red mug", o=price)
    assert set(rising) == {product.sku for product in best.context["cl"].result_list}
    prices = [shop[sku].price for sku in rising]
    assert prices == sorted(prices)
    assert found(admin_client, q="red mug", o=f"-{price}") == rising[::-1]
    assert "sorted" not in re.findall(r'<th scope="col" class="([^"]*)"', best.text), "no column is the order"


@pytest.mark.parametrize("words", ["PLATE-1", "plate-1", "{pk}"])
def test_a_sku_or_key_comes_first(shop: Any, admin_client: Client, words: str) -> None:
    assert found(admin_client, q=words.format(pk=shop["PLATE-1"].pk))[0] == "PLATE-1"


def test_german_words_are_found_whatever_the_admin_speaks(admin_client: Client) -> None:
    Product.objects.create(sku="A", name="Mug", name_de="Tasse")
    Product.objects.create(sku="B", name="Cloth", name_de="Tuch")
    index_now()
    assert found(admin_client, q="tasse")[0] == "A"
    assert found(admin_client, q="cloth")[0] == "B"


@pytest.mark.parametrize("listed", [5, 1000])
def test_all_that_have_every_word_are_found_however_many(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, listed: int
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 1}
    monkeypatch.setattr(ranking, "RANKED", 3)
    monkeypatch.setattr(ranking, "ENOUGH", 1)
    monkeypatch.setattr(lookup, "LISTED", listed)
    Product.objects.bulk_create(Product(sku=f"M{n:02}", slug="m", name=f"Mug number {n}") for n in range(20))
    Product.objects.bulk_create(Product(sku=f"L{n:02}", slug="l", name=f"Lamp {n}") for n in range(20))
    index_now()
    mugs = {f"M{n:02}" for n in range(20)}
    skus = found(admin_client, q="mug number")
    assert mugs <= set(skus)
    assert len(skus) <= 23
    assert mugs <= set(found(admin_client, q="mug number", o="2"))
    tail = [sku for sku in skus[6:] if sku in mugs]
    assert tail == sorted(tail), "what was not ranked keeps the list's own order"


def test_pages_follow_each_other_in_one_order(
    shop: Any, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Product.objects.bulk_create(Product(sku=f"M{n:02}", slug="m", name=f"Mug number {n}") for n in range(9))
    index_now()
    for size in ("RANKED", "NEAREST"):  # pages of the ranked alone, one of both, and pages of the rest
        monkeypatch.setattr(ranking, size, 3)
    whole = found(admin_client, q="mug")
    monkeypatch.setattr(admin.site.get_model_admin(Product), "list_per_page", 2)
    pages = [found(admin_client, q="mug", p=page) for page in range(1, (len(whole) + 1) // 2 + 1)]
    assert [sku for page in pages for sku in page] == whole
    assert len(whole) > 9


def test_filters_and_the_hosts_queryset_still_hold(shop: Any, admin_client: Client, settings: Any) -> None:
    mugs = shop["RED-1"].category
    assert set(found(admin_client, q="red", category__id__exact=mugs.pk)) == {"RED-1", "BLUE-1", "DRAFT-1"}
    assert set(found(admin_client, q="red", published__exact=0)) == {"DRAFT-1"}

    settings.ROOT_URLCONF = __name__
    sale = "/sale/catalog/product/"
    assert found(admin_client, sale, q="red")[0] == "PLATE-1"
    assert set(found(admin_client, sale, q="red")) == {"PLATE-1", "BLUE-1", "DRAFT-1"}
    year = timezone.now().year
    assert found(admin_client, sale, q="PLATE-1", created_at__year=year)[0] == "PLATE-1"
    assert found(admin_client, sale, q="PLATE-1", created_at__year=year - 1) == []
    page = admin_client.get(sale, {"q": "red"}).text
    assert 'action="/sale/catalog/product/by-picture/?q=red"' in page


def test_without_the_index_the_hosts_own_search_goes_on(admin_client: Client, settings: Any) -> None:
    Product.objects.create(sku="A", name="Red mug")
    Product.objects.create(sku="B", name="Lamp")
    answer = admin_client.get(LIST, {"q": "mu"})
    assert [product.sku for product in answer.context["cl"].result_list] == ["A"]
    assert "Nothing is indexed" in answer.text
    index_now()
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    assert found(admin_client, q="mu") == ["A"]


def test_words_that_are_too_many_are_explained(shop: Any, admin_client: Client) -> None:
    answer = admin_client.get(LIST, {"q": "red " * 101})
    assert answer.status_code == 200
    assert "at most 100 words" in answer.text


# Autocomplete


def completed(client: Client, term: str) -> list[str]:
    """Texts of the autocomplete of a product's `parent` field."""
    asked = {"app_label": "catalog", "model_name": "product", "field_name": "parent", "term": term}
    answer = client.get("/admin/autocomplete/", asked)
    assert answer.status_code == 200
    return [row["text"] for row in json.loads(answer.content)["results"]]


def test_autocomplete_asks_for_keywords_alone(
    shop: Any, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded() -> None:
        raise AssertionError("the encoder was asked for")

    monkeypatch.setattr(encoders, "get_encoder", loaded)
    assert set(completed(admin_client, "mug")) == {str(p) for p in shop.values() if "mug" in p.name}
    assert completed(admin_client, "red mu")[0] == "Red mug (RED-1)", "the last word is still being typed"
    assert completed(admin_client, "green m") == ["Green mug (DRAFT-1)"]
    assert completed(admin_client, "PLA") == [str(shop["PLATE-1"])], "a SKU that is not finished"
    assert completed(admin_client, "draft-1")[0] == str(shop["DRAFT-1"])
    assert completed(admin_client, "qwertz") == []
    assert set(completed(admin_client, "")) == {str(product) for product in shop.values()}


# Thumbnails


def test_each_row_shows_its_picture_and_the_name_is_the_link(
    shop: Any, admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    page = admin_client.get(LIST).text
    address = shop["RED-1"].images.get().image.url
    assert re.search(rf'<img class="ps-thumbnail" src="{re.escape(address)}" alt=""', page)
    assert "ps-thumbnail-none" in page, "a product without a picture"
    link = rf'<a href="/admin/catalog/product/{shop["RED-1"].pk}/change/">Red mug</a>'
    assert re.search(link, page)
    with django_assert_max_num_queries(16):
        admin_client.get(LIST)


# By picture


def by_picture(client: Client, data: bytes, query: str = "") -> Any:
    upload = SimpleUploadedFile("mine.png", data, content_type="image/png")
    return client.post(BY_PICTURE + query, {"picture": upload}, follow=True)


def test_a_picture_orders_the_list_and_stays_with_filters_and_pages(shop: Any, admin_client: Client) -> None:
    answer = by_picture(admin_client, picture_bytes("blue"), "?published__exact=1&p=2")
    ((address, status),) = answer.redirect_chain
    assert status == 302
    assert "published__exact=1" in address
    assert "p=2" not in address
    assert answer.context["cl"].result_list[0].sku == "BLUE-1"
    assert "DRAFT-1" not in {product.sku for product in answer.context["cl"].result_list}
    token = re.search(r"picture=([\w-]+)", address)[1]
    links = re.findall(r'href="\?([^"]*category__id__exact[^"]*)"', answer.text)
    assert links
    assert all(f"picture={token}" in link for link in links)
    assert f'<input type="hidden" name="picture" value="{token}">' in answer.text, "words join the picture"
    shown = admin_client.get(f"{BY_PICTURE}{token}/")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert found(admin_client, q="red plate", picture=token)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"text", "not a picture"),
        (b"", "Choose a picture|file is empty"),
        (picture_bytes()[:60], "ends too early"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Such files are not read"),
    ],
    ids=["text", "empty", "cut off", "svg"],
)
def test_a_file_that_is_no_picture_is_a_message(
    shop: Any, admin_client: Client, data: bytes, said: str
) -> None:
    answer = by_picture(admin_client, data, "?q=mug")
    assert answer.status_code == 200
    assert answer.redirect_chain[0][0] == f"{LIST}?q=mug"
    assert re.search(said, " ".join(str(message) for message in answer.context["messages"]))
    assert not QueryPicture.objects.exists()


def test_more_pixels_or_bytes_than_the_shop_allows(shop: Any, admin_client: Client, settings: Any) -> None:
    data = picture_bytes(side=100)
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_PICTURE_PIXELS": 9999}
    assert "Send a smaller copy" in by_picture(admin_client, data).text
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": len(data) - 1}
    assert "Send a smaller copy" in by_picture(admin_client, data).text
    assert not QueryPicture.objects.exists()


def test_a_picture_is_kept_for_an_hour(shop: Any, admin_client: Client) -> None:
    by_picture(admin_client, picture_bytes("blue"))
    old = QueryPicture.objects.get()
    QueryPicture.objects.update(kept_at=timezone.now() - timedelta(minutes=61))
    answer = admin_client.get(LIST, {"picture": old.token})
    assert "choose it again" in answer.text
    assert len(answer.context["cl"].result_list) == len(shop)
    assert admin_client.get(f"{BY_PICTURE}{old.token}/").status_code == 404
    by_picture(admin_client, picture_bytes("red"))
    assert not QueryPicture.objects.filter(token=old.token).exists()


@pytest.mark.parametrize("token", ["x", "../../etc", "%00", "a" * 22, "a" * 4000])
def test_a_token_that_never_was(shop: Any, admin_client: Client, token: str) -> None:
    assert "choose it again" in admin_client.get(LIST, {"picture": token}).text


def test_a_picture_without_its_encoder_is_explained(
    shop: Any, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise EncoderUnavailable("the encoder is not ready")

    monkeypatch.setattr("product_search.retrieval.staff.encode", away)
    answer = by_picture(admin_client, picture_bytes())
    assert answer.status_code == 200
    assert "the encoder is not ready" in answer.text


# Permissions and actions


def staff(*permissions: str) -> Client:
    user = get_user_model().objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_the_models_own_permissions_hold(shop: Any, client: Client) -> None:
    by_picture(staff("view_product"), picture_bytes("red"))
    token = QueryPicture.objects.get().token
    get_user_model().objects.all().delete()
    stranger = staff("view_category")
    assert stranger.post(BY_PICTURE, {"picture": picture_file()}).status_code == 403
    assert stranger.get(f"{BY_PICTURE}{token}/").status_code == 403
    assert stranger.get(LIST, {"q": "mug"}).status_code == 403
    assert client.post(BY_PICTURE, {"picture": picture_file()}).status_code == 302
    assert client.get(f"{BY_PICTURE}{token}/").status_code == 302
    assert QueryPicture.objects.count() == 1


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    calls: list[bool] = []
    monkeypatch.setattr(wake, "wake", lambda: calls.append(True))
    return calls


def chosen(client: Client, action: str, products: list[Product], query: str = "", **more: Any) -> Any:
    keys = [str(product.pk) for product in products]
    fields = {"action": action, "_selected_action": keys, **more}
    return client.post(LIST + query, fields, follow=True)


def test_the_selected_products_are_read_again(
    shop: Any, admin_client: Client, woken: list[bool], django_capture_on_commit_callbacks: Any
) -> None:
    Mark.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        answer = chosen(admin_client, "read_again", [shop["RED-1"], shop["DRAFT-1"]], "?q=mug")
    assert "2 products are read again" in answer.text
    assert set(Mark.objects.values_list("key", flat=True)) == {str(shop[s].pk) for s in ("RED-1", "DRAFT-1")}
    assert woken
    Mark.objects.all().delete()
    every = chosen(
        admin_client, "read_again", [shop["RED-1"]], "?published__exact=1&q=mug", select_across="1"
    )
    assert "4 products are read again" in every.text


def test_reading_again_needs_the_change_permission(shop: Any) -> None:
    client = staff("view_product")
    Mark.objects.all().delete()
    assert 'value="read_again"' not in client.get(LIST).text
    chosen(client, "read_again", [shop["RED-1"]])
    assert not Mark.objects.exists()


def test_other_actions_take_what_was_found(shop: Any, admin_client: Client) -> None:
    mugs = shop["RED-1"].category
    query = f"?q=mug&category__id__exact={mugs.pk}"
    chosen(admin_client, "delete_selected", [shop["RED-1"]], query, select_across="1", post="yes")
    assert set(Product.objects.values_list("sku", flat=True)) == {"PLATE-1", "T-1"}
