"""A real worker tags what it indexed, and everything anew where the vocabulary changed."""

from __future__ import annotations

import pytest

from catalog.celery import app
from catalog.models import Product
from product_search.models import Attribute, AttributeValue, Tag, TagState, Untagged

from .conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def attribute(name: str, *values: str) -> None:
    """Values are said by their bare names: a product that is called so lies where the value does."""
    made = Attribute.objects.create(name=name, templates=["{}"])
    for value in values:
        AttributeValue.objects.create(attribute=made, value=value)


def tags(product: Product) -> set[str]:
    return set(Tag.objects.filter(product=product.pk).values_list("value", flat=True))


def test_a_save_is_tagged_and_a_new_word_finds_what_is_there(worker):
    attribute("colour", "crimson", "turquoise", "beige")
    red = Product.objects.create(sku="A", name="crimson")
    wait_until(lambda: tags(red) == {"crimson"})
    wait_until(lambda: not Untagged.objects.exists())
    red.name = "turquoise"
    red.save()
    wait_until(lambda: tags(red) == {"turquoise"})
    Tag.objects.update(state=TagState.ACCEPTED)
    red.name = "checkered"
    red.save()
    attribute("pattern", "checkered", "dotted")
    app.send_task("product_search.sweep")  # as beat does every ten seconds
    wait_until(lambda: tags(red) == {"turquoise", "checkered"})
