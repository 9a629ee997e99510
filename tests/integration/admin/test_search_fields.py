"""The mixin in front of a base class of the host's: whose `search_fields` are searched where nothing is indexed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import RequestFactory

from catalog.models import Product
from product_search.admin import SearchAdminMixin

pytestmark = pytest.mark.django_db
site = admin.AdminSite("fields")


class Named(admin.ModelAdmin):
    """A base class of the host's, with fields of its own."""

    search_fields = ("name",)


class BehindTheMixin(SearchAdminMixin, Named):
    """The base's fields are behind the mixin."""


class FurtherBehind(BehindTheMixin):
    """A page made from that page."""


class OfItsOwn(SearchAdminMixin, Named):
    """A page with fields of its own."""

    search_fields = ("sku",)


class WithoutAny(SearchAdminMixin, admin.ModelAdmin):
    """A page that never had a search box."""


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        (BehindTheMixin, ("name",)),
        (FurtherBehind, ("name",)),
        (OfItsOwn, ("sku",)),
        (WithoutAny, ("pk",)),
    ],
)
def test_search_fields_of_a_base_class_are_the_hosts(
    page: Any, fields: tuple[str, ...], rf: RequestFactory
) -> None:
    made = page(Product, site)
    assert made.get_search_fields(rf.get("/")) == fields
    assert page.search_fields == fields, "Django's checks of autocomplete fields ask the class"
    assert made.check() == []
    mug = Product.objects.create(sku="A", name="Red mug")
    Product.objects.create(sku="B", name="Lamp")
    words = {"name": "mug", "sku": "A", "pk": str(mug.pk)}[fields[0]]
    results, _ = made.get_search_results(rf.get("/"), Product.objects.all(), words)
    assert [product.pk for product in results] == [mug.pk], "nothing is indexed: the host's own search"


def test_every_search_box_of_ours_says_what_may_be_typed() -> None:
    ours = [each for model, each in admin.site._registry.items() if model._meta.app_label == "product_search"]
    boxes = [each for each in ours if each.search_fields]
    assert len(boxes) > 5
    assert [type(each).__name__ for each in boxes if not each.search_help_text] == []
