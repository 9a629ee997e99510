"""What is recommended beside products: like them or going with them, visible and on sale, no product twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from catalog.models import Product
from product_search.documents import Facet, SearchScope
from product_search.errors import ImproperDocument, InvalidRequest, UnknownProduct
from product_search.models import PictureVector, TextVector
from product_search.retrieval import SearchAnswer, recommend

from .shelf import Shelf, ShelfDocument, leaning, unit

EN = SearchScope(language="en")


class Pairing(ShelfDocument):
    """Goes with the products: what is of another category; cheapest first where `scope` says so."""

    def complements(self, products: Sequence[Any], scope: SearchScope) -> QuerySet[Any]:
        found = self.queryset().exclude(category__in=[product.category_id for product in products])
        return found.order_by("-price") if scope.channel == "dear" else found


@pytest.fixture(autouse=True)
def steep(shelf: Shelf) -> None:
    """What leans another way has nothing in common."""
    curve = {"midpoint": 0.5, "scale": 0.05}
    shelf.space.calibration = dict.fromkeys(("text-text", "text-picture", "picture-picture"), curve)
    shelf.space.save()


@pytest.fixture
def pairing(shelf: Shelf, settings: Any) -> Shelf:
    document = f"{Pairing.__module__}.{Pairing.__qualname__}"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": document}
    return shelf


def names(answer: SearchAnswer) -> list[str]:
    return [hit.card["title"] for hit in answer.hits]


def alike(*products: Product, **asked: Any) -> list[str]:
    return names(recommend([product.pk for product in products], EN, **{"diversity": 0, **asked}))


def test_what_is_like_a_product_without_itself_its_variants_drafts_and_what_is_sold_out(shelf: Shelf) -> None:
    mug = shelf.product("Mug", pictures={"a": leaning(0, 1.0)})
    shelf.product("Its variant", parent=mug, pictures={"v": leaning(0, 1.0)})
    shelf.product("Draft", pictures={"d": leaning(0, 1.0)}, published=False)
    shelf.product("Sold out", pictures={"s": leaning(0, 1.0)}, stock=0)
    near = shelf.product("Near", pictures={"n": leaning(0, 0.9)})
    shelf.product("Near in blue", parent=near, pictures={"nb": leaning(0, 0.8)})
    shelf.product("Less near", pictures={"l": leaning(0, 0.85)}, stock=None)
    shelf.product("Far", pictures={"f": leaning(3, 1.0)})
    answer = recommend([mug.pk], EN, diversity=0)
    assert names(answer) == ["Near", "Less near"]
    assert (answer.total, answer.relation, answer.page, answer.pages, answer.facets) == (2, "gte", 1, 1, ())
    assert answer.hits[0].picture == "n"
    assert alike(mug, limit=1) == ["Near"]


def test_a_group_is_shown_by_a_member_that_can_be_bought(shelf: Shelf) -> None:
    mug = shelf.product("Mug", pictures={"a": leaning(0, 1.0)})
    cup = shelf.product("Cup", pictures={"c": leaning(0, 0.95)}, stock=0)
    shelf.product("Cup in blue", parent=cup, pictures={"cb": leaning(0, 0.8)})
    assert alike(mug) == ["Cup in blue"]


def test_by_look_by_text_and_by_both(shelf: Shelf) -> None:
    mug = shelf.product("Mug", title_vector=leaning(1, 1.0), pictures={"a": leaning(0, 1.0)})
    shelf.product("Looks so", title_vector=leaning(3, 1.0), pictures={"l": leaning(0, 0.95)})
    shelf.product("Says so", title_vector=leaning(1, 0.95), pictures={"s": leaning(3, 1.0)})
    shelf.product("Does both", title_vector=leaning(1, 0.85), pictures={"b": leaning(0, 0.9)})
    assert alike(mug, by="look") == ["Looks so", "Does both"]
    assert alike(mug, by="text") == ["Says so", "Does both"]
    assert alike(mug)[0] == "Does both"


def test_a_basket_gets_what_is_like_any_of_it(shelf: Shelf) -> None:
    mug = shelf.product("Mug", pictures={"m": leaning(0, 1.0)})
    sofa = shelf.product("Sofa", title_vector=leaning(1, 1.0))
    gone = shelf.product("Gone", published=False, pictures={"g": leaning(2, 1.0)})
    shelf.product("Cup", pictures={"c": leaning(0, 0.9)})
    shelf.product("Couch", title_vector=leaning(1, 0.95))
    shelf.product("Like what is gone", pictures={"l": leaning(2, 0.95)})
    assert sorted(alike(mug, sofa, gone)) == ["Couch", "Cup"]
    assert alike(mug, mug) == ["Cup"]
    written = [str(mug.pk), "no number", 10**30, "\x00", None, True]
    assert names(recommend(written, EN, diversity=0)) == ["Cup"]


def test_filters_cut_it_and_may_ask_for_what_is_sold_out(shelf: Shelf) -> None:
    mug = shelf.product("Mug", pictures={"a": leaning(0, 1.0)})
    shelf.product("Dear", price=90, pictures={"d": leaning(0, 0.95)})
    shelf.product("Cheap", price=5, pictures={"c": leaning(0, 0.9)})
    shelf.product("Sold out", price=5, stock=0, pictures={"s": leaning(0, 0.85)})
    assert alike(mug, filters={"price": ("..50",)}) == ["Cheap"]
    assert alike(mug, filters={"in_stock": ("false",)}) == ["Sold out"]
    assert alike(mug, filters={"in_stock": ("true", "false")}) == ["Dear", "Cheap", "Sold out"]


def test_diversity_sets_what_is_alike_apart(shelf: Shelf) -> None:
    mug = shelf.product("Mug", pictures={"a": unit(1)})
    for number in range(3):
        shelf.product(f"Same {number}", pictures={f"s{number}": unit(0.95, 0.3 + number / 1000)})
    shelf.product("Another", pictures={"o": unit(0.9, -0.4)})
    assert alike(mug, limit=2) == ["Same 0", "Same 1"]
    assert alike(mug, limit=2, diversity=0.5) == ["Same 0", "Another"]
    assert len(alike(mug, diversity=1)) == 4


def test_complements_are_what_the_shop_says_and_can_be_bought(pairing: Shelf) -> None:
    mug = pairing.product("Mug", category="mugs", pictures={"m": leaning(0, 1.0)})
    pairing.product("Cup", category="mugs", pictures={"c": leaning(0, 1.0)})
    pairing.product("Its variant", category="plates", parent=mug, pictures={"v": leaning(0, 1.0)})
    pairing.product("Other plate", category="plates", price=90, pictures={"o": leaning(2, 1.0)})
    plate = pairing.product(
        "Plate in its colour", category="plates", price=5, pictures={"p": leaning(0, 0.9)}
    )
    pairing.product(
        "Its other size", category="plates", price=6, parent=plate, pictures={"z": leaning(0, 0.8)}
    )
    pairing.product("Draft", category="plates", published=False, pictures={"d": leaning(0, 1.0)})
    pairing.product("Sold out", category="plates", stock=0, pictures={"s": leaning(0, 1.0)})
    asked: dict[str, Any] = {"complements": True, "diversity": 0}
    assert names(recommend([mug.pk], EN, **asked)) == ["Plate in its colour", "Other plate"]
    dear = SearchScope(language="en", channel="dear")
    assert names(recommend([mug.pk], dear, **asked)) == ["Other plate", "Its other size"]
    assert names(recommend([mug.pk], dear, filters={"price": ("..50",)}, **asked)) == ["Its other size"]


def test_without_a_hook_there_are_no_complements_and_a_notice_says_so(shelf: Shelf, settings: Any) -> None:
    mug = shelf.product("Mug", pictures={"m": leaning(0, 1.0)})
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{Silent.__module__}.{Silent.__qualname__}",
    }
    answer = recommend([mug.pk], EN, complements=True)
    assert answer.hits == ()
    assert answer.notices[0].startswith("no-complements: ")


class Silent(ShelfDocument):
    complements: Any = lambda self, products, scope: None


def test_complements_need_no_vectors(pairing: Shelf) -> None:
    mug = pairing.product("Mug", category="mugs", indexed=False)
    pairing.product("Plate", category="plates", indexed=False)
    assert names(recommend([mug.pk], EN, complements=True)) == ["Plate"]
    answer = recommend([mug.pk], EN)
    assert (answer.hits, answer.notices) == ((), ("not-indexed: this product is not indexed yet",))


def test_what_cant_be_answered_is_refused(shelf: Shelf) -> None:
    mug, draft = shelf.product("Mug"), shelf.product("Draft", published=False)
    for keys in ([draft.pk], [10**30], ["no number"], [None]):
        with pytest.raises(UnknownProduct):
            recommend(keys, EN)
    refused: list[tuple[list[Any], dict[str, Any], str]] = [
        ([], {}, "for"),
        (list(range(21)), {}, "for"),
        ([mug.pk], {"limit": 0}, "limit"),
        ([mug.pk], {"diversity": float("nan")}, "diversity"),
        ([mug.pk], {"by": "smell"}, "by"),
        ([mug.pk], {"filters": {"colour": ("red",)}}, "colour"),
    ]
    for keys, asked, parameter in refused:
        with pytest.raises(InvalidRequest) as caught:
            recommend(keys, EN, **asked)
        assert caught.value.parameter == parameter


def test_stock_is_a_condition() -> None:
    assert Facet("stock", kind="range").meaning("in_stock") is None
    with pytest.raises(ImproperDocument, match="Q"):
        Facet("stock", means="stock")


@dataclass(frozen=True)
class Made:
    """A product as hypothesis drew it: of which group, whether visible and in stock, and where its vectors lie."""

    group: int
    published: bool
    stock: int | None
    price: int
    look: int
    text: int | None


MADE = st.builds(
    Made,
    group=st.integers(0, 5),
    published=st.booleans(),
    stock=st.sampled_from([0, 0, 1, 7, None]),
    price=st.integers(1, 9),
    look=st.integers(0, 3),
    text=st.none() | st.integers(0, 3),
)


SIZE = 14
KINDS = ("mugs", "plates")


@pytest.fixture
def bare(pairing: Shelf) -> tuple[Shelf, list[Product]]:
    """Products that are still to get what hypothesis draws."""
    return pairing, [pairing.product(f"Product {number}", indexed=False) for number in range(SIZE)]


def drawn(shelf: Shelf, products: Sequence[Product], made: Sequence[Made]) -> None:
    """Make the first products what was drawn, and hide the others; few directions, so that much is alike."""
    PictureVector.objects.all().delete()
    TextVector.objects.all().delete()
    heads: dict[int, Product] = {}
    for product, each in zip(products, made, strict=False):
        product.published, product.stock, product.price = each.published, each.stock, each.price
        product.category = shelf.category(KINDS[each.look % 2])
        product.parent = heads.get(each.group)
        heads.setdefault(each.group, product)
    for product in products[len(made) :]:
        product.published = False
    Product.objects.bulk_update(products, ["published", "stock", "price", "category", "parent"])
    said = [each.text for each in made]
    rows: dict[str, Any] = {"space_id": shelf.space.pk, "digest": ""}
    PictureVector.objects.bulk_create(
        PictureVector(id=number, product=product.pk, picture=f"p{number}", vector=leaning(look, 0.97), **rows)
        for number, (product, look) in enumerate(zip(products, [each.look for each in made], strict=False))
    )
    rows |= {"generation_id": shelf.generation.pk, "language": "en"}
    TextVector.objects.bulk_create(
        TextVector(id=number, product=product.pk, vector=leaning(text, 0.97), **rows)
        for number, (product, text) in enumerate(zip(products, said, strict=False))
        if text is not None
    )


@given(
    made=st.lists(MADE, min_size=2, max_size=14),
    picked=st.lists(st.integers(0, 13), min_size=1, max_size=4),
    by=st.sampled_from(["look", "text", "both"]),
    complements=st.booleans(),
    diversity=st.sampled_from([0.0, 0.3, 1.0]),
    cheap=st.booleans(),
)
@examples(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_hidden_sold_out_given_or_twice_whatever_the_catalogue(
    bare: tuple[Shelf, list[Product]],
    made: list[Made],
    picked: list[int],
    by: Any,
    complements: bool,
    diversity: float,
    cheap: bool,
) -> None:
    """The judge looks at what was drawn, and knows nothing of how it is found."""
    shelf, products = bare
    drawn(shelf, products, made)
    products = products[: len(made)]
    looked_up = {product.pk: each for product, each in zip(products, made, strict=True)}
    given = [products[index % len(products)] for index in picked]
    filters = {"price": ("..5",)} if cheap else {}
    try:
        answer = recommend(
            [product.pk for product in given],
            EN,
            by=by,
            complements=complements,
            diversity=diversity,
            limit=100,
            filters=filters,
        )
    except UnknownProduct:
        assert not any(product.published for product in given)
        return
    seen = [product for product in given if product.published]
    shown = [looked_up[hit.key] for hit in answer.hits]
    assert all(each.published and (each.stock is None or each.stock > 0) for each in shown)
    assert not {each.group for each in shown} & {looked_up[product.pk].group for product in seen}
    assert len({each.group for each in shown}) == len(shown) == answer.total
    assert all(each.price <= 5 for each in shown if cheap)
    # And none of what could be shown is left out.
    groups = {looked_up[product.pk].group for product in seen}
    can = [each for each in made if each.published and each.stock != 0 and each.group not in groups]
    can = [each for each in can if each.price <= 5 or not cheap]
    own = [looked_up[product.pk] for product in seen]
    if complements:
        kinds = {each.look % 2 for each in own}
        wanted = {each.group for each in can if each.look % 2 not in kinds}
    else:
        looks = {each.look for each in own} if by != "text" else set()
        texts = {each.text for each in own if each.text is not None} if by != "look" else set()
        wanted = {each.group for each in can if each.look in looks or each.text in texts}
    assert {each.group for each in shown} == wanted
