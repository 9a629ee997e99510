"""What each condition asks and each action does, in real searches of a small shop."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import BooleanField, F, Func
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope, document
from product_search.merchandising import changing, sets
from product_search.merchandising.reading import BadRule, read
from product_search.merchandising.steerers import published, with_draft, without
from product_search.models import Rule, RuleChange
from product_search.recent import Recent
from product_search.retrieval import SearchAnswer, SearchRequest, encoding, search, why_not
from product_search.retrieval.answer import Banner
from product_search.retrieval.engine import find

from ..retrieval.shelf import Shelf
from .conftest import EN, ask, titles

Live = Callable[..., Rule]
FIRST = ["Mug one", "Mug two", "Mug three", "Mug four", "Mug five"]


def pin(key: Any, place: int = 1) -> dict[str, Any]:
    return {"do": "pin", "products": [str(key)], "place": place}


@pytest.mark.parametrize(
    ("conditions", "applies", "leaves"),
    [
        ({}, ["mug", "hat"], []),
        ({"about": "is", "words": ["Mugs", "cup"]}, ["mug", "MUGS"], ["mug one", "hat"]),
        ({"about": "contains", "words": ["mug one"]}, ["mugs one", "a mug one x"], ["mug two one", "hat"]),
        ({"about": "pattern", "words": ["^mu+g$"]}, ["mug", "Muug"], ["a mug"]),
        ({"about": "none"}, [""], ["mug"]),
        ({"channels": ["app"]}, [], ["mug"]),
        ({"segments": ["trade"]}, [], ["mug"]),
        ({"picture": True}, [], ["mug"]),
        ({"picture": False}, ["mug"], []),
        ({"filters": {"category": ["kitchen"]}}, [], ["mug", ""]),
    ],
)
def test_conditions(
    mugs: dict[str, Any], live: Live, conditions: Any, applies: list[str], leaves: list[str]
) -> None:
    live({"do": "banner", "text": "Hello"}, conditions=conditions)
    assert [q for q in applies if not ask(q).banners] == []
    assert [q for q in leaves if ask(q).banners] == []


def test_scope_picture_and_category_are_conditions(shelf: Shelf, live: Live, mugs: dict[str, Any]) -> None:
    hello = {"do": "banner", "text": "Hello"}
    live(hello, conditions={"channels": ["app"], "segments": ["trade"]}, name="app")
    assert ask("mug", SearchScope(language="en", channel="app", segment="trade")).banners
    assert not ask("mug", SearchScope(language="en", channel="app")).banners
    live(hello, conditions={"about": "none", "filters": {"category": ["kitchen/mugs"]}}, name="page")
    assert ask(filters={"category": ("kitchen/mugs",)}).banners
    assert not ask(filters={"category": ("kitchen/mugs", "wear")}).banners
    assert ask(where=(("category:kitchen/mugs",),)).banners, "a condition that says as much is a choice"
    assert not ask(where=(("category:kitchen/mugs", "brand:nord"),)).banners
    assert not ask(where=(("-category:kitchen/mugs",),)).banners
    assert not ask("hat", filters={"category": ("kitchen/mugs",)}).banners
    live(hello, conditions={"picture": True}, name="picture")
    picture = Image.new("RGB", (8, 8))
    assert ask(picture=picture).banners


def test_schedule_and_language(mugs: dict[str, Any], live: Live) -> None:
    now = timezone.now()
    hello = {"do": "banner", "text": "Hello"}
    live(hello, starts=(now + timedelta(days=1)).isoformat(), ends=(now + timedelta(days=2)).isoformat())
    live({"do": "banner", "text": "Hallo"}, language="de")
    assert not ask("mug").banners
    assert ask("mug", SearchScope(language="de")).banners == (Banner("Hallo"),)
    for days, shown in ((0.5, False), (1.5, True), (2.5, False)):
        moment = now + timedelta(days=days)
        assert bool(find(SearchRequest("mug"), EN, moment=moment).answer.banners) == shown


def test_what_acts_on_the_set(mugs: dict[str, Any], live: Live) -> None:
    assert titles("mug") == FIRST
    live(pin(mugs["hat"], 2))
    live({"do": "hide", "which": {"products": [str(mugs["two"])]}})
    live({"do": "boost", "which": {"filters": {"brand": ["sol"]}}, "points": 0.9}, name="sol")
    live({"do": "last", "which": {"filters": {"in_stock": ["false"]}}})
    # one, three and five are of sol; one and three can't be had.
    answer = ask("mug", explain=True)
    assert [hit.card["title"] for hit in answer.hits] == [
        "Mug five",
        "Hat",
        "Mug four",
        "Mug one",
        "Mug three",
    ]
    assert answer.total == 5
    assert [(each.name, each.did, each.amount) for each in answer.hits[0].steered] == [("sol", "boost", 0.9)]
    assert (answer.hits[1].pinned, answer.hits[1].explanation.found_by) == (True, ())
    said = why_not(SearchRequest("mug"), mugs["two"], EN)
    assert (said.step, said.by, said.reason) == ("rule", "rule 2", "“rule 2” hides it.")


def test_a_category_page_has_its_own_order_and_what_is_out_of_stock_last(
    mugs: dict[str, Any], live: Live
) -> None:
    page: Any = {"category": ("kitchen/mugs",)}
    live(
        {"do": "pin", "products": [str(mugs["five"]), str(mugs["hat"]), str(mugs["three"])]},
        {"do": "last", "which": {"filters": {"in_stock": ["false"]}}},
        conditions={"about": "none", "filters": {"category": ["kitchen/mugs"]}},
    )
    assert titles(filters=page) == ["Mug five", "Mug two", "Mug three", "Mug four", "Mug one"]
    assert [titles(filters=page, page=at, per_page=2) for at in (1, 2, 3)] == [
        ["Mug five", "Mug two"],
        ["Mug three", "Mug four"],
        ["Mug one"],
    ]
    assert titles(filters=page, sort="-price") != []


def test_hidden_by_a_filter_is_on_no_page_and_in_no_facet(mugs: dict[str, Any], live: Live) -> None:
    live(
        {"do": "hide", "which": {"filters": {"brand": ["nord"]}}},
        pin(mugs["four"]),
        conditions={"picture": False},
    )
    for q in ("mug", ""):
        answer = ask(q, filters={"category": ("kitchen",)})
        assert not {"Mug four", "Mug two"} & {hit.card["title"] for hit in answer.hits}
        (brand,) = (facet for facet in answer.facets if facet.name == "brand")
        assert [(value.value, value.count) for value in brand.values] == [("sol", 3)]
        assert answer.total == 3


def test_words_are_replaced_and_removed_but_never_all_of_them(mugs: dict[str, Any], live: Live) -> None:
    every: Any = {"conditions": {}}
    live({"do": "replace", "words": "coffee cups", "instead": "mug"}, **every)
    live({"do": "remove", "words": ["cheap", "the hat"]}, **every)
    answer = ask("cheap coffee cup")
    assert answer.total == 5
    assert [(each.name, each.did, each.detail) for each in answer.steered] == [
        ("rule 1", "replace", "cheap coffee cup → cheap mug"),
        ("rule 2", "remove", "cheap mug → mug"),
    ]
    assert ask("cheap").steered == ()
    assert ask("the hat").total == 1
    assert ask('mug "cheap"').total == 0


def test_redirect_banner_filter_and_synonym(mugs: dict[str, Any], live: Live) -> None:
    live({"do": "redirect", "url": "/mugs/"}, {"do": "banner", "text": "All mugs", "url": "/mugs/"})
    live({"do": "redirect", "url": "/later/"}, {"do": "filter", "filters": {"brand": ["nord"]}})
    answer = ask("mug", explain=True)
    assert (answer.redirect, answer.banners) == ("/mugs/", (Banner("All mugs", "/mugs/"),))
    assert [hit.card["title"] for hit in answer.hits] == ["Mug two", "Mug four"]
    assert [(met.facet, met.values) for met in answer.hits[0].explanation.met] == [("brand", ("nord",))]
    assert why_not(SearchRequest("mug"), mugs["one"], EN).reason.startswith("“rule 2” adds the filter brand")
    live({"do": "synonym", "words": ["beaker", "tea cup"], "means": ["mug"]}, conditions={})
    live(
        {"do": "synonym", "words": ["bonnet"], "means": ["hat"], "two_way": False},
        language="en",
        conditions={},
    )
    assert ask("tea cups").total == ask("beaker").total == 5
    assert titles("bonnet") == ["Hat"]
    assert ask("bonnet", SearchScope(language="de")).total == 0
    assert [each.did for each in ask("beaker").steered] == ["synonym"]


def test_who_comes_first_has_his_way(mugs: dict[str, Any], live: Live) -> None:
    live(pin(mugs["five"]))
    second = live(pin(mugs["four"]))
    assert titles("mug")[:2] == ["Mug five", "Mug four"]
    changing.move(second, -1)
    assert titles("mug")[:2] == ["Mug four", "Mug five"]


def test_a_draft_acts_for_nobody_until_it_is_published_and_undo_takes_it_back(mugs: dict[str, Any]) -> None:
    content = read({"conditions": {"about": "is", "words": ["mug"]}, "actions": [pin(mugs["hat"])]})
    draft = changing.save_draft("Hats first", content, who="mia")
    assert titles("mug") == FIRST
    tried = search(SearchRequest("mug"), EN, steering=[with_draft(draft)])
    assert tried.hits[0].card["title"] == "Hat"
    rule = changing.publish(draft, who="mia")
    assert titles("mug")[0] == "Hat"
    assert [
        hit.card["title"] for hit in search(SearchRequest("mug"), EN, steering=[without(rule)]).hits
    ] == FIRST
    changing.switch(rule, on=False)
    assert titles("mug") == FIRST
    for expected in ("Hat", "Mug one"):  # undoing an undoing does it again
        changing.undo(changing.history(rule.pk).first())
        assert titles("mug")[0] == expected
    changing.delete(Rule.objects.get(pk=rule.pk), who="mia")
    assert not Rule.objects.exists()
    changing.undo(changing.history(rule.pk).first())
    assert Rule.objects.get().name == "Hats first"
    with pytest.raises(TypeError):
        RuleChange.objects.first().delete()


def test_two_who_write_the_same_rule(mugs: dict[str, Any]) -> None:
    content = read({"actions": [{"do": "banner", "text": "One"}]})
    rule = changing.save_draft("Hello", content)
    seen = changing.last_change([rule])[rule.pk]
    changing.save_draft("Hello", read({"actions": [{"do": "banner", "text": "Two"}]}), rule=rule, seen=seen)
    with pytest.raises(changing.ChangedMeanwhile):
        changing.save_draft("Hello", content, rule=rule, seen=seen)
    with pytest.raises(BadRule, match="already"):
        changing.save_draft("Hello", content)


def test_a_rule_that_was_rolled_back_is_forgotten(mugs: dict[str, Any], live: Live) -> None:
    class Undone(Exception):
        pass

    def undone() -> None:
        live({"do": "banner", "text": "Never"})
        assert ask("mug").banners == (Banner("Never"),)
        raise Undone

    with pytest.raises(Undone), transaction.atomic():
        undone()
    assert ask("mug").banners == ()
    live({"do": "banner", "text": "Other"})
    assert ask("mug").banners == (Banner("Other"),)


class _Sleep(Func):
    function = "pg_sleep"
    template = "(pg_sleep(0.1) IS NULL)"
    output_field = BooleanField()


def test_a_slow_set_is_left_out_logged_and_shown_as_broken(
    mugs: dict[str, Any], live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Product.objects.annotate(slept=_Sleep()).exclude(slept=True)
    named = {"slow": slow, "nord": Product.objects.filter(brand__slug="nord")}
    monkeypatch.setattr(type(document()), "product_sets", lambda self: named)
    monkeypatch.setattr(sets, "_kept", Recent(1000))
    broken = live({"do": "hide", "which": {"among": "slow"}}, name="Sleeps")
    live({"do": "hide", "which": {"among": "nord"}})
    with caplog.at_level(logging.WARNING):
        assert titles("mug") == ["Mug one", "Mug three", "Mug five"]
    assert "Sleeps is left out" in caplog.text
    broken.refresh_from_db()
    assert broken.fault == "Finding its products took longer than 50 ms."
    assert broken.fault_at is not None
    # For a minute nobody waits for it; then it is tried again, and well.
    named["slow"] = Product.objects.filter(brand__slug="sol")
    monkeypatch.setattr(sets, "_kept", Recent(1000))
    assert titles("mug") == ["Mug one", "Mug three", "Mug five"]
    for kept in published._kept.values():
        kept.resting = dict.fromkeys(kept.resting, 0.0)
    assert titles("mug") == []
    broken.refresh_from_db()
    assert (broken.fault, broken.fault_at) == ("", None)


def test_rules_that_were_quick_are_asked_by_the_statement_that_counts(
    mugs: dict[str, Any], live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "_kept", Recent(1000))
    live({"do": "boost", "which": {"filters": {"brand": ["sol"]}}, "points": 0.5}, name="Sol")
    live({"do": "hide", "which": {"filters": {"in_stock": ["false"]}}}, name="Sold")
    live({"do": "last", "which": {"among": "new this month", "filters": {"brand": ["nord"]}}}, name="Last")

    def asked() -> tuple[SearchAnswer, int]:
        with CaptureQueriesContext(connection) as captured:
            answer = ask("mug", facets=("brand", "in_stock"))
        return replace(answer, took_ms=0.0), sum("array_agg(ps_key)" in each["sql"] for each in captured)

    apart, statements = asked()
    assert [hit.card["title"] for hit in apart.hits] == ["Mug five", "Mug two", "Mug four"]
    assert apart.total == 3
    assert {value.value: value.count for value in apart.facets[0].values} == {"nord": 2, "sol": 1}
    assert statements == 1
    assert asked() == (apart, 0)
    # Of far more products than they were quick of, they are asked apart again.
    (kept,) = sets._kept._kept.values()
    kept.proved = 4
    assert asked() == (apart, 1)
    assert asked() == (apart, 0)


def test_what_fails_while_counting_is_told_of_its_rule_alone(
    mugs: dict[str, Any], live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    dividing = Product.objects.annotate(share=F("popularity") / F("list_price")).filter(share__gte=0)
    monkeypatch.setattr(type(document()), "product_sets", lambda self: {"dividing": dividing})
    monkeypatch.setattr(sets, "_kept", Recent(1000))
    Product.objects.update(list_price=2)
    broken = live({"do": "hide", "which": {"among": "dividing"}}, name="Divides")
    live({"do": "hide", "which": {"filters": {"brand": ["nord"]}}}, name="Nord")
    assert titles("mug") == titles("mug") == []
    Product.objects.filter(pk=mugs["three"]).update(list_price=0)
    left = ["Mug one", "Mug three", "Mug five"]
    assert titles("mug") == left
    broken.refresh_from_db()
    assert "division by zero" in broken.fault
    assert titles("mug") == left


def test_a_pattern_that_never_ends_holds_up_nobody(mugs: dict[str, Any], live: Live) -> None:
    rule = live({"do": "banner", "text": "?"}, conditions={"about": "pattern", "words": ["(a+)+$"]})
    assert ask("a" * 900 + "!").banners == ()
    rule.refresh_from_db()
    assert rule.fault == "Its pattern takes longer than 5 ms to look at a query."


def test_what_can_no_longer_be_read_does_nothing_and_says_so(mugs: dict[str, Any], live: Live) -> None:
    rule = live(pin(mugs["hat"]))
    Rule.objects.update(live={"actions": [{"do": "filter", "filters": {"gone": ["x"]}}]})
    changing.move(rule, 1)
    assert titles("mug") == FIRST
    rule.refresh_from_db()
    assert "There is no facet 'gone'" in rule.fault


def test_none_applies_none_asks(mugs: dict[str, Any], live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that don't apply cost no statement more than no rules at all."""
    # What is asked now and then is asked at no time here.
    monkeypatch.setattr(encoding, "LOOK_AHEAD_SECONDS", math.inf)
    ask("hat")
    with CaptureQueriesContext(connection) as before:
        ask("hat")
    live(pin(mugs["one"]), {"do": "hide", "which": {"filters": {"brand": ["nord"]}}})
    ask("hat")  # reads them, once
    with CaptureQueriesContext(connection) as after:
        ask("hat")
    asked, without_rules = ([re.sub(r"\d+", "", each["sql"][:200]) for each in of] for of in (after, before))
    assert asked == without_rules


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ([], ""),
        ({"actions": []}, "actions"),
        ({"actions": [{"do": "dance"}]}, "actions"),
        ({"actions": [{"do": "pin"}]}, "actions"),
        ({"actions": [{"do": "pin", "products": ["1"], "place": 0}]}, "actions"),
        ({"actions": [{"do": "boost", "which": {"products": ["1"]}, "points": 7}]}, "actions"),
        ({"actions": [{"do": "hide", "which": {}}]}, "actions"),
        ({"actions": [{"do": "hide", "which": {"among": "nobody"}}]}, "actions"),
        ({"actions": [{"do": "hide", "which": {"filters": {"price": ["cheap"]}}}]}, "actions"),
        ({"actions": [{"do": "redirect", "url": "javascript:alert(1)"}]}, "actions"),
        ({"actions": [{"do": "redirect", "url": "//evil.example"}]}, "actions"),
        ({"actions": [{"do": "banner"}]}, "actions"),
        ({"actions": [{"do": "synonym", "words": ["?"], "means": ["mug"]}]}, "actions"),
        ({"actions": [{"do": "replace", "words": "mug"}]}, "actions"),
        ({"actions": [{"do": "banner", "text": "x"}], "conditions": {"about": "is"}}, "conditions"),
        ({"actions": [{"do": "banner", "text": "x"}], "conditions": {"about": "pattern", "words": ["("]}},
         "conditions"),
        ({"actions": [{"do": "banner", "text": "x"}], "language": "xx"}, "language"),
        ({"actions": [{"do": "banner", "text": "x"}], "starts": "tomorrow"}, "starts"),
        (
            {"actions": [{"do": "banner", "text": "x"}], "starts": "2026-02-01T00:00Z", "ends": "2026-01-01T00:00Z"},
            "ends",
        ),
        ({"actions": [{"do": "banner", "text": "x", "colour": "red"}]}, "actions"),
        ({"actions": [{"do": "banner", "text": "x"}], "condition": {}}, ""),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(written: Any, part: str) -> None:
    with pytest.raises(BadRule) as refused:
        read(written)
    assert refused.value.part == part
    assert str(refused.value)
