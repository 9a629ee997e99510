"""Priors from roll-ups to the order of a search: what they move, and all that they may not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from product_search.learning import is_due, learn, learned_bias
from product_search.learning.fitting import LEAST_CLICKS, fit_priors
from product_search.models import DailyProduct, Prior
from product_search.retrieval import SearchAnswer
from tests.integration.retrieval.asking import ask
from tests.integration.retrieval.shelf import Shelf, leaning

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def mugs(shelf: Shelf) -> dict[str, Any]:
    """Five mugs that a search finds in this order, hardly apart; and a cup that is below the floor for "mug"."""
    made = {
        name: shelf.product(
            f"Mug {name}", title_vector=leaning(0, 0.95 - number / 1000), popularity=5 - number
        )
        for number, name in enumerate(("one", "two", "three", "four", "five"))
    }
    made["cup"] = shelf.product("Cup", title_vector=leaning(0, 0.3))
    shelf.encoder.texts["mug"] = leaning(0, 1.0)
    shelf.count_words()
    return {name: product.pk for name, product in made.items()}


def shown(
    query: str, clicks: Sequence[tuple[Any, int, float]], *, times: int = 1000, days_ago: int = 0
) -> None:
    """A day's roll-up: of each (product, position), in which share of the times it was clicked."""
    DailyProduct.objects.bulk_create(
        DailyProduct(
            day=TODAY - timedelta(days=days_ago),
            language="en",
            query=query,
            product=product,
            position=position,
            shown=times,
            clicks=round(times * share),
        )
        for product, position, share in clicks
    )


def titles(answer: SearchAnswer) -> list[str]:
    return [hit.card["title"] for hit in answer.hits]


def clicked_by_position(mugs: dict[str, Any], query: str = "mug") -> None:
    """Number five is wanted three times as often as the others, and has stood last nearly always."""
    places = [
        (mugs[name], place, 0.2 / place) for place, name in enumerate(("one", "two", "three", "four"), 1)
    ]
    shown(query, [*places, (mugs["five"], 5, 0.6 / 5)])
    # One day the first two stood elsewhere, which tells how often each place is looked at.
    moved = [(mugs["one"], place, 0.2 / place) for place in range(2, 6)]
    shown(query, moved, days_ago=1)


def test_what_is_wanted_more_than_its_place_tells_comes_earlier(mugs: dict[str, Any]) -> None:
    before = titles(ask("mug"))
    assert before[0] == "Mug one"
    clicked_by_position(mugs)
    fitted = fit_priors("default")
    assert fitted.enough
    assert fitted.bias.is_known
    assert fitted.bias.looked_at == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5], rel=0.15)
    assert titles(ask("mug"))[0] == "Mug five"
    assert titles(ask("  MUG "))[0] == "Mug five"


def test_membership_totals_and_facets_stay(mugs: dict[str, Any]) -> None:
    before = ask("mug")
    clicked_by_position(mugs)
    shown("mug", [(mugs["cup"], 6, 0.9)])  # however much it is clicked
    fit_priors("default")
    after = ask("mug")
    assert titles(after) != titles(before)
    assert sorted(titles(after)) == sorted(titles(before))
    assert (after.total, after.facets) == (before.total, before.facets)
    assert [hit.card["title"] for hit in after.near] == [hit.card["title"] for hit in before.near]


def test_explain_says_what_clicks_did(mugs: dict[str, Any], settings: Any) -> None:
    clicked_by_position(mugs)
    fit_priors("default")
    hits = {hit.card["title"]: hit for hit in ask("mug").hits}
    (steered,) = hits["Mug five"].steered
    assert (steered.by, steered.did) == ("clicks", "boost")
    assert 0 < (steered.amount or 0) <= 0.1
    assert "for this query" in steered.detail
    assert all(abs(each.amount or 0) <= 0.1 for hit in hits.values() for each in hit.steered)


def test_for_other_queries_popularity_counts_and_less(mugs: dict[str, Any]) -> None:
    clicked_by_position(mugs, "mugs")
    fit_priors("default")
    (steered,) = next(hit for hit in ask("mug").hits if hit.card["title"] == "Mug five").steered
    (own,) = next(hit for hit in ask("mugs").hits if hit.card["title"] == "Mug five").steered
    assert "whatever is searched for" in steered.detail
    assert 0 < (steered.amount or 0) < (own.amount or 0)


def test_few_clicks_fit_nothing(mugs: dict[str, Any]) -> None:
    shown("mug", [(mugs["five"], 1, 0.5)], times=round(LEAST_CLICKS))
    assert not fit_priors("default").enough
    assert not Prior.objects.exists()


def test_old_clicks_count_less(mugs: dict[str, Any]) -> None:
    shown("mug", [(mugs["one"], 1, 0.5), (mugs["two"], 1, 0.5)], times=2000, days_ago=30)
    assert fit_priors("default").clicks == pytest.approx(1000)
    shown("mug", [(mugs["five"], 1, 0.5)], times=2000, days_ago=30 * 8 + 1)
    assert fit_priors("default").clicks == pytest.approx(1000)


def test_rare_queries_taken_together_say_nothing(mugs: dict[str, Any]) -> None:
    clicked_by_position(mugs, "")
    assert fit_priors("default").queries == 0


def test_they_are_switched_off_by_a_setting(mugs: dict[str, Any], settings: Any) -> None:
    before = titles(ask("mug"))
    clicked_by_position(mugs)
    fit_priors("default")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "PRIORS_WEIGHT": 0}
    assert titles(ask("mug")) == before
    fit_priors("default")
    assert not Prior.objects.exists()
    assert learned_bias("default").is_known  # reports go by it


def test_browsing_has_the_shops_own_order(mugs: dict[str, Any]) -> None:
    before = titles(ask(""))
    clicked_by_position(mugs)
    fit_priors("default")
    assert titles(ask("")) == before


def test_a_search_reads_them_once(mugs: dict[str, Any]) -> None:
    clicked_by_position(mugs)
    fit_priors("default")

    def read(q: str) -> int:
        with CaptureQueriesContext(connection) as run:
            ask(q)
        return sum(Prior._meta.db_table in each["sql"] for each in run.captured_queries)

    assert [read("mug"), read("mug"), read("coffee"), read("mug")] == [2, 0, 1, 0]
    fit_priors("default")
    assert read("mug") == 2


def test_learning_is_due_a_few_times_a_day(mugs: dict[str, Any]) -> None:
    assert is_due("default")
    learn("default")
    assert not is_due("default")
