from __future__ import annotations

import pytest
from django.db.models import Value
from django.db.models.functions import Concat, Upper

from catalog.documents import ProductDocument
from catalog.models import Brand, Category, Collection, CollectionProduct, Product, ProductImage
from product_search.documents import Text
from product_search.documents.reading import read_products
from tests.pictures import picture_bytes, picture_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug():
    category = Category.objects.create(slug="mugs", path="kitchen/mugs", name="Mugs", name_de="Tassen")
    mug = Product.objects.create(
        sku="M1",
        name="Cosy mug",
        name_de="Gemütliche Tasse",
        brand=Brand.objects.create(name="Ton", slug="ton"),
        category=category,
        price=9,
        description="Holds 300 ml.",
    )
    for name in ("Winter", "Gifts"):
        CollectionProduct.objects.create(
            collection=Collection.objects.create(name=name, slug=name), product=mug
        )
    ProductImage.objects.create(product=mug, image=picture_file("b.png", "blue"), position=2)
    ProductImage.objects.create(product=mug, image=picture_file("a.png", "red"), position=1)
    return mug


def test_texts_come_in_every_language_with_the_default_where_one_is_empty(mug):
    content = read_products(ProductDocument(), [mug.pk])[mug.pk]
    assert content.texts["de"]["title"] == "Gemütliche Tasse"
    assert content.texts["en"]["title"] == "Cosy mug"
    assert content.texts["de"]["description"] == "Holds 300 ml."
    assert content.texts["de"]["category_name"] == "Tassen"
    assert content.texts["en"]["collection_names"] == "Gifts, Winter"
    assert content.texts["en"]["brand_name"] == "Ton"


def test_pictures_come_in_their_order_with_stable_ids(mug):
    pictures = read_products(ProductDocument(), [mug.pk])[mug.pk].pictures
    assert [p.position for p in pictures] == [0, 1]
    assert [p.name for p in pictures] == [str(i.image) for i in mug.images.order_by("position")]
    assert pictures[0].read(10_000) == picture_bytes("red")
    assert len(pictures[0].read(10)) == 11
    assert [p.picture for p in pictures] == [str(i.pk) for i in mug.images.order_by("position")]


def test_a_product_that_is_gone_is_absent(mug):
    assert set(read_products(ProductDocument(), [mug.pk, 999_999])) == {mug.pk}


def test_expressions_and_functions_are_read_too(mug):
    class Shouting(ProductDocument):
        loud = Text(Concat(Upper("name"), Value("!")))
        spoken = Text(lambda document, product: f"{product.local_name} at {product.price}")

    texts = read_products(Shouting(), [mug.pk])[mug.pk].texts
    assert texts["en"]["loud"] == "COSY MUG!"
    assert texts["de"]["spoken"] == "Gemütliche Tasse at 9.00"


def test_the_number_of_queries_does_not_depend_on_the_batch(mug, django_assert_max_num_queries):
    more = [Product.objects.create(sku=f"P{n}", name=f"Plate {n}", price=n) for n in range(20)]
    with django_assert_max_num_queries(5):
        contents = read_products(ProductDocument(), [mug.pk, *(p.pk for p in more)])
    assert len(contents) == 21
