from __future__ import annotations

import pytest
from django.db.models import F
from django.db.models.functions import Upper

from catalog.documents import ProductDocument
from catalog.models import Brand, Category, Collection, CollectionProduct, Product, ProductImage
from product_search.documents import Images, Text
from product_search.documents.sources import column_paths, sources
from product_search.errors import ImproperDocument


def found(document):
    return {(source.model, source.path): source.columns for source in sources(document).rows}


def test_every_model_on_a_declared_path_is_a_source():
    rows = found(ProductDocument())
    assert rows[Brand, "brand"] == {"name"}
    assert rows[Category, "category"] == {"name", "name_de"}
    assert rows[Collection, "collections"] == {"name"}
    assert {"image", "position", "product", "product_id"} <= rows[ProductImage, "images"]


def test_the_product_is_marked_by_the_columns_it_shows_and_by_no_others():
    columns = found(ProductDocument())[Product, ""]
    assert {"name", "name_de", "description", "brand", "brand_id", "category_id"} <= columns
    assert not {"stock", "price", "popularity"} & columns


@pytest.mark.django_db
def test_a_row_of_an_explicit_through_table_leads_to_its_product():
    rows = found(ProductDocument())
    (path,) = [path for model, path in rows if model is CollectionProduct]
    product = Product.objects.create(sku="A", name="A", price=1)
    Product.objects.create(sku="B", name="B", price=1)
    row = CollectionProduct.objects.create(
        collection=Collection.objects.create(name="c", slug="c"), product=product
    )
    assert list(Product.objects.filter(**{path: row.pk})) == [product]


def test_a_function_makes_every_column_of_the_product_matter():
    class Spoken(ProductDocument):
        spoken = Text(lambda document, product: product.name)

    assert found(Spoken())[Product, ""] is None


def test_related_makes_every_column_of_that_model_matter():
    class Related(ProductDocument):
        class Meta:
            related = ("brand", "parent")

    assert found(Related())[Brand, "brand"] is None
    assert found(Related())[Product, "parent"] is None


def test_an_expression_is_followed_to_its_columns():
    assert list(column_paths(Upper(F("brand__name")))) == ["brand__name"]


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"title": Text("nam")}, 'title reads "nam", but catalog.Product has no field "nam"'),
        ({"title": Text("brand__nam")}, 'catalog.Brand has no field "nam"'),
        ({"images": Images("images", file="picture")}, 'catalog.ProductImage has no field "picture"'),
    ],
)
def test_a_path_that_does_not_exist_is_named(declared, says):
    broken = type("Broken", (ProductDocument,), declared)
    with pytest.raises(ImproperDocument) as raised:
        sources(broken())
    assert says in str(raised.value)
