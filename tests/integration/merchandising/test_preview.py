"""What a rule would do before it is published: searches side by side, judged queries, shoppers who would notice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Product
from product_search.analytics.days import today
from product_search.documents import SearchScope
from product_search.evaluation import desk
from product_search.merchandising.changing import publish, save_draft
from product_search.merchandising.content import (
    Boost,
    Conditions,
    Content,
    Hide,
    Pin,
    Redirect,
    Synonym,
    Which,
)
from product_search.merchandising.judged import judged_shifts
from product_search.merchandising.preview import Asking, RuleTrial, Sample, samples
from product_search.merchandising.touched import touched
from product_search.models import DailyQuery, DailySearches
from product_search.retrieval import SearchRequest

from ..retrieval.asking import EN, titles
from ..retrieval.conftest import shop
from ..retrieval.shelf import Shelf

__all__ = ["shop"]


def key(name: str) -> str:
    return str(Product.objects.get(name=name).pk)


def drafted(*actions: Any, name: str = "Rule", **content: Any) -> RuleTrial:
    return RuleTrial.of(save_draft(name, Content(actions=actions, **content)))


def counted(query: str, made: int, ago: int = 1, **more: Any) -> None:
    where = {"language": "en", "channel": "", "segment": "", "kind": "words", **more}
    day = today() - timedelta(days=ago)
    DailyQuery.objects.create(day=day, query=query, searches=made, **where)
    row, _ = DailySearches.objects.get_or_create(day=day, **where)
    row.searches += made
    row.save()


def names(sample: Sample) -> tuple[list[str], list[str]]:
    return (
        [hit.card["title"] for hit in sample.before.answer.hits],
        [hit.card["title"] for hit in sample.after.answer.hits],
    )


def test_a_synonym_shows_what_it_would_find_and_changes_nothing_yet(shop: Shelf) -> None:
    trial = drafted(Synonym(words=("trainers",), means=("sneakers",)))
    shown = {each.asking.request.q: each for each in samples(trial, [])}
    assert set(shown) == {"trainers", "sneakers"}
    before, after = names(shown["trainers"])
    assert (before, set(after)) == ([], {"Canvas sneakers without laces", "Running sneakers"})
    assert shown["trainers"].changed
    assert all(shift.new for shift in shown["trainers"].shifts.of.values())
    assert not shown["sneakers"].changed
    assert titles("trainers") == []


def test_what_is_live_of_others_holds_on_both_sides(shop: Shelf) -> None:
    pin = Content(Conditions("is", ("boots",)), (Pin((key("Felt slippers"),)),))
    publish(save_draft("Pin", pin))
    trial = drafted(Hide(Which((key("Rain boots"),))), conditions=Conditions("is", ("boots",)))
    (sample,) = samples(trial, [])
    before, after = names(sample)
    assert before[0] == after[0] == "Felt slippers"
    assert ("Rain boots" in before, "Rain boots" in after) == (True, False)
    assert [left.hit.card["title"] for left in sample.shifts.left] == ["Rain boots"]


def test_what_is_edited_of_a_live_rule_replaces_it(shop: Shelf) -> None:
    conditions = Conditions("is", ("boots",))
    rule = publish(save_draft("Pin", Content(conditions, (Pin((key("Felt slippers"),)),))))
    rule = save_draft("Pin", Content(conditions, (Redirect("/boots/"),)), rule=rule)
    (sample,) = samples(RuleTrial.of(rule), [])
    assert names(sample)[0][0] == "Felt slippers"
    assert "Felt slippers" not in names(sample)[1]
    assert (sample.before.answer.redirect, sample.after.answer.redirect) == ("", "/boots/")
    assert sample.changed


def test_a_rule_that_begins_later_is_shown_as_it_will_be(shop: Shelf) -> None:
    begins = timezone.now() + timedelta(days=40)
    trial = drafted(Hide(Which((key("Rain boots"),))), conditions=Conditions("is", ("boots",)), starts=begins)
    (sample,) = samples(trial, [])
    assert "Rain boots" not in names(sample)[1]


def test_searches_that_it_touches_are_counted_and_shown_most_frequent_first(shop: Shelf) -> None:
    counted("red mug", 30)
    counted("red mug", 12, ago=29)
    counted("red mug", 100, ago=31)
    counted("mugs", 50)
    counted("boots", 500)
    counted("mug", 7, language="de")
    counted("mug", 5, channel="outlet")
    counted("mug", 3, kind="picture")
    counted("", 11)
    trial = drafted(
        Boost(Which((key("Red striped mug"),)), 0.5),
        conditions=Conditions("contains", ("mug",)),
        language="en",
    )
    found = touched(trial, using="default")
    brute = 30 + 12 + 50 + 5
    assert (found.searches, found.of) == (brute, 30 + 12 + 50 + 500 + 7 + 5 + 3 + 11)
    assert (found.complete, found.unnamed) == (True, 11)
    assert [(each.request.q, each.searches) for each in found.asked] == [
        ("mugs", 50),
        ("red mug", 42),
        ("mug", 5),
    ]
    shown = [each.asking.request.q for each in samples(trial, found.asked)]
    assert shown == ["mug", "mugs", "red mug", "mug"], "its own first; the outlet's is another search"
    outlet = drafted(
        Hide(Which((key("Rain boots"),))),
        name="Outlet",
        conditions=Conditions("contains", ("mug",), channels=("outlet",)),
    )
    assert touched(outlet, using="default").searches == 5


def test_only_the_most_frequent_queries_are_looked_at(shop: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("product_search.merchandising.touched.MOST_QUERIES", 1)
    counted("red mug", 30)
    counted("mugs", 50)
    trial = drafted(Redirect("/mugs/"), conditions=Conditions("contains", ("mug",)))
    found = touched(trial, using="default")
    assert (found.searches, found.of, found.complete) == (50, 80, False)


def test_judged_queries_that_get_better_and_worse(shop: Shelf) -> None:
    felt, rain = int(key("Felt slippers")), int(key("Rain boots"))
    desk.judge(desk.Judging("boots", "en"), felt, 3)
    desk.judge(desk.Judging("rain boots", "en"), rain, 3)
    desk.judge(desk.Judging("mug", "en"), int(key("Red striped mug")), 3)
    trial = drafted(Pin((str(felt),)), conditions=Conditions("contains", ("boots",)))
    found = judged_shifts(trial)
    assert (found.measured, found.of, found.same) == (2, 2, 0)
    assert [(each.set, each.text, each.before, each.after) for each in found.better] == [
        ("desk", "boots", 0, 1)
    ]
    (worse,) = found.worse
    assert (worse.text, worse.before) == ("rain boots", 1)
    assert worse.after == pytest.approx(0.6309, abs=1e-4), "second place: 1 / log2(3)"
    assert judged_shifts(drafted(Redirect("/x/"), name="None", conditions=Conditions("is", ("zzz",)))).of == 0


def test_another_search_may_be_tried(shop: Shelf) -> None:
    trial = drafted(Hide(Which((key("Rain boots"),))))
    more = [Asking(SearchRequest("boots", per_page=8, facets=()), EN)]
    shown = samples(trial, [], more)
    assert shown[0].asking.request.q == "boots"
    assert "Rain boots" not in names(shown[0])[1]
    browsing = samples(trial, [])
    assert [each.asking.request.q for each in browsing] == [""], (
        "a rule for everything is seen while browsing"
    )
    assert trial.scope == SearchScope(language="en")
