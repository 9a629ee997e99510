"""What the shop's training set holds: all that a shopper sees, and nothing else, in groups that are never parted."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from catalog.documents import ProductDocument
from catalog.models import Product
from product_search.documents import Text
from product_search.finetuning import snapshot
from product_search.finetuning.taken import NothingToLearnFrom
from product_search.models import (
    Attribute,
    AttributeValue,
    Doubt,
    DoubtKind,
    DoubtState,
    Duplicate,
    DuplicateKind,
    PairState,
    Ruling,
    RulingState,
    Tag,
    TagState,
)
from product_search.training.examples import is_held_out

from .conftest import add_picture, picture_of

#: All that may not be parted, by walks over the shop's own tables and the pairs of duplicates.
GROUPS = """
    WITH RECURSIVE beside AS (
        SELECT a.id AS one, b.id AS other FROM catalog_product a, catalog_product b
        WHERE coalesce(a.parent_id, a.id) = coalesce(b.parent_id, b.id)
            OR lower(a.name) IN (lower(b.name), lower(b.name_de))
            OR (a.name_de <> '' AND lower(a.name_de) IN (lower(b.name), lower(b.name_de)))
        UNION SELECT product, other FROM product_search_duplicate
        UNION SELECT other, product FROM product_search_duplicate
    ), reached AS (
        SELECT id AS one, id AS other FROM catalog_product
        UNION SELECT reached.one, beside.other FROM reached JOIN beside ON beside.one = reached.other
    )
    SELECT one, array_agg(other) FROM reached GROUP BY one
"""


def text_of(folder: Path) -> str:
    """Every text file of the set, in small letters."""
    texts = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".jpg"]
    assert texts
    return "\n".join(path.read_text(encoding="utf-8") for path in texts).lower()


def test_products_are_said_in_their_languages_with_category_and_brand(shop, take, taken_examples):
    taken = take()
    assert (taken.products, taken.pictures, taken.groups, taken.broken) == (24, 24, 24, {})
    examples = {example.captions[0]: example for example in taken_examples()}
    mug = examples["red mug"]
    assert {"red mug auf Deutsch", "Morgenlicht Kitchenware", "Küchenwaren", "ein Foto: Küchenwaren"} <= set(
        mug.captions
    )
    # Not translated, so not said in German: neither the blue mug's title nor the category of furnishings.
    assert not any("ein Foto: blue mug" in caption for caption in examples["blue mug"].captions)
    assert not any("Foto" in caption for caption in examples["blue chair"].captions)
    assert mug.open().size == (40, 40)


def test_what_a_shopper_does_not_see_is_not_taken(shop, make, take, tmp_path):
    make("Quenby draft", published=False)
    held = make("Vexley held")
    Ruling.objects.create(product=held.pk, state=RulingState.HELD, because="person")
    flagged, doubted, wrong, right = shop[:4]
    Ruling.objects.create(
        product=flagged.pk, state=RulingState.FLAGGED, because="picture", picture=picture_id(flagged)
    )
    for product, state in (
        (doubted, DoubtState.OPEN),
        (wrong, DoubtState.WRONG),
        (right, DoubtState.DISMISSED),
    ):
        Doubt.objects.create(
            product=product.pk,
            picture=picture_id(product),
            kind=DoubtKind.UNFAMILIAR,
            sure=0.9,
            state=state,
        )
    taken = take()
    assert (taken.products, taken.held_back, taken.without_picture) == (21, 3, 3)
    assert {row.product for row in snapshot.read_rows(tmp_path / "shop")} == {each.pk for each in shop[3:]}
    for word in ("quenby", "vexley", str(tmp_path)):
        assert word not in text_of(tmp_path / "shop")


def picture_id(product: Product) -> str:
    return str(product.images.get().pk)


def test_a_broken_picture_is_left_out_counted_and_named(shop, make, take):
    broken = add_picture(shop[0], b"GIF89a but not really")
    add_picture(shop[1], picture_of(3)[:-60])
    make("words alone", picture=None)
    taken = take()
    assert (taken.products, taken.pictures, taken.without_picture) == (24, 24, 1)
    assert sum(taken.broken.values()) == 2
    assert any(broken.image.name in name and str(shop[0].pk) in name for name in taken.named)
    assert "Left out: 2 pictures that can't be read" in "\n".join(taken.lines())


def test_accepted_tags_are_said_and_rejected_ones_never(shop, take, taken_examples):
    material = Attribute.objects.create(name="material")
    AttributeValue.objects.create(
        attribute=material, value="oak", label="oak wood", translations={"de": "Eiche"}
    )
    for value, state in (
        ("oak", TagState.ACCEPTED),
        ("teak", TagState.REJECTED),
        ("pine", TagState.SUGGESTED),
    ):
        Tag.objects.create(
            product=shop[0].pk, attribute="material", value=value, probability=0.9, state=state
        )
    # The brand's own facet is believed, unless somebody said that it is wrong.
    Tag.objects.create(
        product=shop[1].pk, attribute="brand", value="morgenlicht", probability=0.9, state=TagState.REJECTED
    )
    take()
    said = {example.captions[0]: " | ".join(example.captions) for example in taken_examples()}
    assert "oak wood Kitchenware" in said["red mug"]
    assert "Eiche Küchenwaren" in said["red mug"]
    assert not {"teak", "pine"} & set(said["red mug"].split())
    assert "Morgenlicht" in said["red mug"]
    assert "Morgenlicht" not in said["blue mug"]


@pytest.fixture
def tangled(shop, make) -> None:
    """Variants, duplicates whatever was decided of them, equal titles and equal files, over all of the shop."""
    for number, parent in enumerate(shop[:8]):
        make(f"variant {number}", parent=parent)
    for number, (one, other) in enumerate(zip(shop[8:14:2], shop[9:14:2], strict=True)):
        Duplicate.objects.create(
            product=one.pk,
            other=other.pk,
            picture=picture_id(one),
            other_picture=picture_id(other),
            kind=DuplicateKind.SAME_PICTURE,
            state=PairState.values[number],
        )
    make("RED vase")
    make("something else", name_de="Red Lamp")
    with shop[20].images.get().image.open() as file:
        make("of a file that another has", picture=file.read())


def test_nothing_of_a_held_out_group_is_trained_on(shop, tangled, take, taken_examples, tmp_path):
    take()
    with connection.cursor() as cursor:
        cursor.execute(GROUPS)
        together = dict(cursor.fetchall())
    rows = list(snapshot.read_rows(tmp_path / "shop"))
    assert len({row.product for row in rows}) == 35
    for share in (0.35, 0.5, 0.65):
        out = {row.product for row in rows if is_held_out(row.group, share)}
        trained = {row.product for row in rows} - out
        assert out
        assert trained
        for product in out:
            assert not trained & set(together[product])
        # The trainer parts its examples in the same way, and has no title of what is held out.
        examples = taken_examples()
        spoken = {text.casefold() for e in examples if not is_held_out(e.group, share) for text in e.captions}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT lower(name), lower(name_de) FROM catalog_product WHERE id = ANY(%s)", [list(out)]
            )
            assert not spoken & {title for row in cursor.fetchall() for title in row}
    by_file = {row.product: row.group for row in rows}
    assert by_file[shop[20].pk] == by_file[Product.objects.get(name__startswith="of a file").pk]


def test_a_file_that_stands_in_for_many_is_no_picture(shop, make, take):
    for product in shop:
        add_picture(product, picture_of(0), position=1)
    taken = take()
    assert (taken.stand_ins, taken.pictures, taken.groups) == (24, 24, 24)


def test_a_shop_without_enough_says_what_is_missing(make, take):
    with pytest.raises(NothingToLearnFrom, match=r"words and a picture that can be read: see visible\(\)"):
        take()
    for number in range(15):
        make(f"thing {number}")
    for number in range(20):
        make(f"Thing {number % 5}")
    with pytest.raises(NothingToLearnFrom, match=r"has 15 groups of products .* needs 16 at least"):
        take()
    Product.objects.all().delete()
    for number in range(20):
        make(f"thing {number}", picture=None)
    with pytest.raises(NothingToLearnFrom, match="Left out: 20 products without a picture"):
        take()


def _title(document: ProductDocument, product: Product) -> str:
    if product.name == "red mug":
        raise LookupError(product.name)
    return product.name


class Touchy(ProductDocument):
    """A document that can't be read of one product."""

    title = Text(_title, weight=3.0)


def test_a_product_that_can_not_be_read_holds_up_no_other(shop, take, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": f"{__name__}.Touchy"}
    taken = take()
    assert (taken.products, taken.unreadable_products) == (23, 1)
    assert "Left out: 1 products that could not be read." in list(taken.lines())


def test_the_shop_is_only_read(shop, take, django_assert_max_num_queries):
    with django_assert_max_num_queries(40) as asked:
        take()
    assert {query["sql"].split()[0] for query in asked.captured_queries} <= {
        "SELECT",
        "DECLARE",
        "FETCH",
        "CLOSE",
    }
