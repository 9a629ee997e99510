"""Personal ranking: what views of a shopper move, and all that they may not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from product_search.documents import SearchScope
from product_search.retrieval import InvalidRequest, SearchAnswer, SearchRequest, walk
from tests.integration.retrieval.asking import ask
from tests.integration.retrieval.shelf import Shelf, ShelfDocument, leaning

pytestmark = pytest.mark.django_db
EN = SearchScope(language="en")


class ConsentDocument(ShelfDocument):
    """A shop that keeps views, of those who want it."""

    views: Any = ()

    def recently_viewed(self, scope: SearchScope) -> Any:
        return self.views


@pytest.fixture
def shop(shelf: Shelf, settings: Any) -> dict[str, Any]:
    """Six mugs that a search finds in this order, hardly apart, of two brands; and cushions to look at."""
    made = {}
    for number, brand in enumerate(("nord", "nord", "nord", "sol", "nord", "sol"), 1):
        made[f"mug{number}"] = shelf.product(
            f"Mug {number}",
            title_vector=leaning(0, 0.95 - number / 1000),
            brand=brand,
            category="kitchen/mugs",
            popularity=10 - number,
        )
    made["cup"] = shelf.product("Cup", title_vector=leaning(0, 0.3), brand="sol")
    for number in range(4):
        made[f"cushion{number}"] = shelf.product(
            f"Cushion {number}", brand="sol", category="living/cushions", title_vector=leaning(2, 1.0)
        )
    shelf.encoder.texts["mug"] = leaning(0, 1.0)
    shelf.gather_words()
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PERSONAL_WEIGHT": 0.2}
    return {name: product.pk for name, product in made.items()}


@pytest.fixture
def views(shop: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(shop[f"cushion{number}"] for number in range(4))


def titles(answer: SearchAnswer) -> list[str]:
    return [hit.card["title"] for hit in answer.hits]


def test_what_is_to_ones_taste_comes_first(views: tuple[Any, ...]) -> None:
    before, after = ask("mug"), ask("mug", viewed=views)
    assert titles(before) == [f"Mug {number}" for number in range(1, 7)]
    assert titles(after) == ["Mug 4", "Mug 6", "Mug 1", "Mug 2", "Mug 3", "Mug 5"]
    assert (after.total, after.facets) == (before.total, before.facets)
    assert titles(after) != titles(before)
    assert [hit.key for hit in after.near] == [hit.key for hit in before.near]


def test_the_shopper_is_told_and_takes_it_back(views: tuple[Any, ...]) -> None:
    assert [each.partition(":")[0] for each in ask("mug", viewed=views).notices] == ["personal"]
    off = ask("mug", viewed=views, personal=False)
    assert titles(off)[0] == "Mug 1"
    assert off.notices == ()


def test_explain_says_what_it_is_for(views: tuple[Any, ...]) -> None:
    hits = {hit.card["title"]: hit for hit in ask("mug", viewed=views, explain=True).hits}
    (steered,) = hits["Mug 4"].steered
    assert (steered.by, steered.did) == ("personal", "boost")
    assert steered.detail == "because you looked at: Sol"
    assert 0 < (steered.amount or 0) <= 0.2
    assert hits["Mug 1"].steered == ()


def test_the_name_of_a_thing_finds_it_in_the_usual_order(shelf: Shelf, views: tuple[Any, ...]) -> None:
    """Nothing else is just "Hat", and the other hats stay in their order too."""
    for number, (name, brand) in enumerate(
        (("Hat", "nord"), ("Hat of felt", "nord"), ("Hat of straw", "sol"))
    ):
        shelf.product(name, brand=brand, title_vector=leaning(1, 0.95 - number / 1000))
    shelf.encoder.texts["hat"] = leaning(1, 1.0)
    shelf.gather_words()
    assert titles(ask("hat")) == ["Hat", "Hat of felt", "Hat of straw"]
    assert titles(ask("hat", viewed=views)) == titles(ask("hat"))


def test_shipped_it_is_off(views: tuple[Any, ...], settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PERSONAL_WEIGHT": 0.0}
    assert titles(ask("mug", viewed=views)) == titles(ask("mug"))


def test_browsing_is_the_shops_own(views: tuple[Any, ...]) -> None:
    assert titles(ask("", viewed=views)) == titles(ask(""))


@pytest.mark.parametrize("key", ["nobody", -1, 10**30, "\x00", None])
def test_views_of_what_is_not_there_do_nothing(shop: dict[str, Any], key: Any) -> None:
    assert titles(ask("mug", viewed=(key,))) == titles(ask("mug"))


def test_too_many_views_are_refused(shop: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="51 viewed products; at most 50"):
        SearchRequest("mug", viewed=tuple(range(51)))


def test_the_host_keeps_views_for_those_who_want_it(
    views: tuple[Any, ...], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{ConsentDocument.__module__}.{ConsentDocument.__qualname__}"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": path}
    monkeypatch.setattr(ConsentDocument, "views", views)
    assert titles(ask("mug"))[0] == "Mug 4"
    monkeypatch.setattr(ConsentDocument, "views", None)  # who does not want it: nor what a page says
    assert titles(ask("mug", viewed=views))[0] == "Mug 1"


def test_nothing_of_views_is_written(views: tuple[Any, ...]) -> None:
    with CaptureQueriesContext(connection) as run:
        ask("mug", viewed=views, explain=True)
    written = [each["sql"] for each in run.captured_queries if each["sql"].startswith(("INSERT", "UPDATE"))]
    assert written == []


def test_a_walk_goes_on_though_more_was_viewed_meanwhile(views: tuple[Any, ...]) -> None:
    first = walk(SearchRequest("mug", viewed=views, per_page=2), EN)
    assert titles(first) == ["Mug 4", "Mug 6"]
    second = walk(SearchRequest("mug", viewed=views[1:], per_page=2), EN, first.next)
    assert titles(second) == ["Mug 1", "Mug 2"]


def test_looks_count_too(shelf: Shelf, shop: dict[str, Any]) -> None:
    """Hats of no brand: what was viewed are pictures that lean one way."""
    hats = [
        shelf.product(
            f"Hat {number}", title_vector=leaning(1, 0.95 - number / 1000), pictures={"a": leaning(axis, 0.9)}
        )
        for number, axis in enumerate((3, 3, 4, 3), 1)
    ]
    viewed = [shelf.product(f"Scarf {number}", pictures={"a": leaning(4, 0.9)}).pk for number in range(3)]
    shelf.encoder.texts["hat"] = leaning(1, 1.0)
    shelf.gather_words()
    assert titles(ask("hat"))[0] == "Hat 1"
    answer = ask("hat", viewed=tuple(viewed), explain=True)
    assert answer.hits[0].key == hats[2].pk
    assert answer.hits[0].steered[0].detail == "because you looked at: things that look like it"
