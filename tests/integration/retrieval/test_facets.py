from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.retrieval import FacetCounts, SearchAnswer, SearchRequest, search

from .shelf import Shelf

EN = SearchScope(language="en")


@pytest.fixture
def shop(shelf: Shelf) -> Shelf:
    """Ten products in a tree of categories; two of them are variants of one."""
    shelf.product("Red mug", category="kitchen/mugs", brand="nord", price=8, collections=["gifts", "new"])
    shelf.product("Blue mug", category="kitchen/mugs", brand="sol", price=12, stock=0, collections=["gifts"])
    shelf.product("Mug rack", category="kitchen", brand="nord", price=30)
    shelf.product("Mug painting", category="kitchenware", brand="sol", price=100)
    shirt = shelf.product("Mug shirt", category="clothing/shirts", brand="nord", price=20, stock=0)
    shelf.product("Mug shirt XL", category="clothing/shirts", brand="nord", price=25, parent=shirt)
    shelf.product("Draft mug", category="kitchen/secret", brand="hidden", price=1, published=False)
    shelf.product("Kettle", category="kitchen/kettles", brand="sol", price=60)
    shelf.count_words()
    return shelf


def ask(q: str = "mug", scope: SearchScope = EN, **filters: str | tuple[str, ...]) -> SearchAnswer:
    given = {name: (value,) if isinstance(value, str) else value for name, value in filters.items()}
    return search(SearchRequest(q, filters=given), scope)


def facet(answer: SearchAnswer, name: str) -> FacetCounts:
    return next(counts for counts in answer.facets if counts.name == name)


def counted(answer: SearchAnswer, name: str) -> dict[str, int]:
    return {value.value: value.count for value in facet(answer, name).values}


def titles(answer: SearchAnswer) -> list[str]:
    return [hit.card["title"] for hit in answer.hits]


def test_counts_are_of_groups_and_of_what_was_found(shop: Shelf) -> None:
    answer = ask()
    assert answer.total == 5  # the shirt's two sizes are one
    assert counted(answer, "brand") == {"nord": 3, "sol": 2}
    assert counted(answer, "category") == {
        "kitchen": 3,
        "kitchen/mugs": 2,
        "clothing": 1,
        "clothing/shirts": 1,
        "kitchenware": 1,
    }
    assert counted(answer, "in_stock") == {"true": 4, "false": 2}
    assert (facet(answer, "price").low, facet(answer, "price").high) == (Decimal("8.00"), Decimal("100.00"))


def test_a_tree_lists_parents_before_children_with_names_in_the_scopes_language(shop: Shelf) -> None:
    shown = [(v.value, v.label, v.depth) for v in facet(ask(), "category").values]
    assert shown == [
        ("kitchen", "Kitchen", 0),
        ("kitchen/mugs", "Mugs", 1),
        ("clothing", "Clothing", 0),
        ("clothing/shirts", "Shirts", 1),
        ("kitchenware", "Kitchenware", 0),
    ]
    german = ask(scope=SearchScope(language="de"))
    assert [v.label for v in facet(german, "category").values][:3] == [
        "Kitchen (de)",
        "Mugs (de)",
        "Clothing (de)",
    ]


def test_a_branch_takes_what_lies_below_it_and_no_other_name_that_begins_so(shop: Shelf) -> None:
    answer = ask(category="kitchen")
    assert sorted(titles(answer)) == ["Blue mug", "Mug rack", "Red mug"]
    assert counted(answer, "category")["kitchenware"] == 1  # its own filter is lifted
    assert counted(answer, "brand") == {"nord": 2, "sol": 1}
    chosen = [value.value for value in facet(answer, "category").values if value.chosen]
    assert chosen == ["kitchen"]


@pytest.mark.parametrize("pattern", ["kitchen%", "kitche_", "%", "kitchen\\", "kitchen/mug"])
def test_a_pattern_is_no_path(shop: Shelf, pattern: str) -> None:
    answer = ask(category=pattern)
    assert answer.total == 0
    assert counted(answer, "category")[pattern.strip("/")] == 0  # shown, so that it can be taken back


def test_each_facet_lifts_only_its_own_filter(shop: Shelf) -> None:
    answer = ask(brand="nord", in_stock="true")
    assert sorted(titles(answer)) == ["Mug rack", "Mug shirt XL", "Red mug"]
    assert counted(answer, "brand") == {"nord": 3, "sol": 1}
    assert counted(answer, "in_stock") == {"true": 3, "false": 1}


def test_several_values_of_one_facet_are_alternatives(shop: Shelf) -> None:
    assert ask(brand=("nord", "sol")).total == 5
    assert ask(category=("kitchen/mugs", "clothing")).total == 3


def test_a_groups_filters_hold_in_one_and_the_same_member(shop: Shelf) -> None:
    """The cheap shirt is sold out and the other one is dear: no member is both cheap and there."""
    answer = ask(category="clothing", price="..20", in_stock="true")
    assert answer.total == 0
    assert titles(ask(category="clothing", price="..20")) == ["Mug shirt"]
    assert titles(ask(category="clothing", in_stock="true")) == ["Mug shirt XL"]


def test_a_product_with_several_values_is_one_hit_and_counts_once_for_each(shop: Shelf) -> None:
    answer = ask()
    assert counted(answer, "collection") == {"gifts": 2, "new": 1}
    both = ask(collection=("gifts", "new"))
    assert sorted(titles(both)) == ["Blue mug", "Red mug"]
    assert both.total == 2
    assert counted(both, "collection") == {"gifts": 2, "new": 1}


def test_prices_change_at_once(shop: Shelf) -> None:
    Product.objects.filter(name="Red mug").update(price="500.50", stock=0)
    answer = ask(price="400..")
    assert titles(answer) == ["Red mug"]
    assert facet(answer, "price").high == Decimal("500.50")
    (span,) = facet(answer, "price").values
    assert (span.value, span.chosen, span.count) == ("400..", True, 1)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("8..12", 2),
        ("..8", 1),
        ("100..", 1),
        ("8.01..11.99", 0),
        ("-5..7.999999", 0),
        ("999999999999999..", 0),
    ],
)
def test_a_range_holds_its_ends(shop: Shelf, span: str, expected: int) -> None:
    assert ask(price=span).total == expected


def test_drafts_are_in_no_hit_total_or_count(shop: Shelf) -> None:
    answer = ask("draft mug")
    assert "Draft mug" not in titles(answer)
    assert "hidden" not in counted(answer, "brand")
    assert "kitchen/secret" not in counted(answer, "category")
    browsed = ask("")
    assert browsed.total == 6
    assert "hidden" not in counted(browsed, "brand")
    assert facet(browsed, "price").low == Decimal("8.00")
    assert ask("", brand="hidden").total == 0


def test_browsing_counts_everything_visible(shop: Shelf) -> None:
    answer = ask("")
    assert titles(answer) == ["Red mug", "Blue mug", "Mug rack", "Mug painting", "Mug shirt", "Kettle"]
    assert counted(answer, "brand") == {"nord": 3, "sol": 3}
    assert counted(ask("", category="kitchen"), "brand") == {"nord": 2, "sol": 2}


def test_facets_can_be_chosen_and_left_out(shop: Shelf) -> None:
    assert [f.name for f in search(SearchRequest("mug", facets=("price", "brand")), EN).facets] == [
        "price",
        "brand",
    ]
    assert search(SearchRequest("mug", facets=()), EN).facets == ()


def test_labels_of_yes_and_no_speak_the_scopes_language(shop: Shelf) -> None:
    german = ask(scope=SearchScope(language="de"))
    assert {v.value: v.label for v in facet(german, "in_stock").values} == {"true": "Ja", "false": "Nein"}


def test_above_the_sample_limit_counts_are_estimates_and_say_so(
    shop: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from product_search.retrieval import facets

    monkeypatch.setattr(facets, "SAMPLE_FROM", 4)
    answer = ask("")
    assert answer.notices == ("facets-sampled: counts are estimated from one result in 2",)
    assert answer.total == 6
    assert all(count % 2 == 0 for count in counted(answer, "brand").values())
    assert facet(answer, "price").high == Decimal("100.00")
    assert counted(ask(""), "brand") == counted(answer, "brand")  # the same sample every time


def test_of_the_words_found_variants_count_once_whatever_was_asked_before(shelf: Shelf) -> None:
    """One statement counts them, which is kept for searches of the same filters alone."""
    mug = shelf.product("Mug", category="kitchen/mugs", brand="nord", price=10)
    shelf.product("Mug in red", category="kitchen/mugs", brand="nord", price=20, parent=mug)
    shelf.product("Mug of glass", category="kitchen/glass", brand="sol", price=30)

    def asked(**filters: tuple[str, ...]) -> tuple[int, dict[str, int]]:
        answer = search(SearchRequest("mug", filters=filters, facets=("category", "brand")), EN)
        return answer.total, {value.value: value.count for facet in answer.facets for value in facet.values}

    everything = (2, {"kitchen": 2, "kitchen/glass": 1, "kitchen/mugs": 1, "nord": 1, "sol": 1})
    assert asked() == everything
    assert asked(price=("..15",)) == (1, {"kitchen": 1, "kitchen/mugs": 1, "nord": 1})
    assert asked(price=("25..",)) == (1, {"kitchen": 1, "kitchen/glass": 1, "sol": 1})
    assert asked() == everything
