"""Each thing that can be wrong with well-written rules is found, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import Product
from product_search.merchandising import changing, copying
from product_search.merchandising.findings import findings
from product_search.models import Rule, RuleChange

from ..retrieval.shelf import Shelf
from .conftest import titles

Live = Callable[..., Rule]


def found() -> set[tuple[str, str]]:
    return {(each.name, each.kind) for each in findings("default")}


def test_pins_and_places(mugs: dict[str, Any], live: Live) -> None:
    live({"do": "pin", "products": [str(mugs["one"]), str(mugs["two"])]}, name="first")
    assert found() == set()
    live({"do": "pin", "products": [str(mugs["hat"])], "place": 2}, name="second")
    live({"do": "pin", "products": [str(mugs["hat"])]}, conditions={"about": "none"}, name="elsewhere")
    assert found() == {("second", "same-place")}
    live({"do": "hide", "which": {"filters": {"brand": ["nord"]}}}, conditions={}, name="hides")
    assert found() == {("second", "same-place"), ("first", "hidden-pin")}
    Product.objects.filter(pk=mugs["hat"]).update(published=False)
    assert {("second", "gone-pin"), ("elsewhere", "gone-pin")} <= found()


def test_schedules_redirects_and_rules_that_never_act(mugs: dict[str, Any], live: Live) -> None:
    past = (timezone.now() - timedelta(days=1)).isoformat()
    live({"do": "redirect", "url": "/"}, ends=past, name="over", conditions={"about": "is", "words": ["x"]})
    live({"do": "redirect", "url": "/no-such-page/?a=1"}, name="nowhere")
    live({"do": "redirect", "url": "https://example.org/"}, name="second")
    live({"do": "synonym", "words": ["cup"], "means": ["mug"]}, conditions={"about": "none"}, name="wordless")
    live({"do": "banner", "text": "x"}, conditions={"about": "none", "picture": True}, name="neither")
    assert found() == {
        ("over", "expired"),
        ("nowhere", "redirect"),
        ("second", "never"),
        ("wordless", "never"),
        ("neither", "never"),
    }


def test_synonyms_that_swallow(shelf: Shelf, mugs: dict[str, Any], live: Live) -> None:
    shelf.gather_words()
    every: Any = {"conditions": {}}
    live({"do": "synonym", "words": ["beaker"], "means": ["mug"]}, name="fine", **every)
    live({"do": "synonym", "words": ["Nord"], "means": ["north"]}, name="brand", **every)
    live({"do": "synonym", "words": ["mug"], "means": ["hat"], "two_way": False}, name="sold", **every)
    live({"do": "replace", "words": "mug", "instead": "hat"}, name="replaced", **every)
    assert found() == {("brand", "swallows"), ("sold", "swallows"), ("replaced", "swallows")}


def test_the_command_checks_lists_and_copies(mugs: dict[str, Any], live: Live, tmp_path: Path) -> None:
    def run(*args: str) -> str:
        out = StringIO()
        call_command("rules", *args, stdout=out, stderr=StringIO())
        return out.getvalue()

    live({"do": "pin", "products": [str(mugs["hat"])]}, name="Hats first")
    live({"do": "redirect", "url": "/nowhere/"}, name="Away", conditions={"about": "is", "words": ["away"]})
    assert run("list").split("\n")[0] == "   1  live   Hats first"
    with pytest.raises(SystemExit) as wrong:
        run("check")
    assert wrong.value.code == 1
    file = tmp_path / "rules.json"
    file.write_text(run("export"))
    assert run("import", str(file)) == "0 changed, 2 were the same.\n"
    for rule in Rule.objects.all():
        changing.delete(rule)
    own = live({"do": "banner", "text": "Ours"}, name="Ours")
    assert run("import", str(file), "--dry-run") == "2 would change, 0 were the same.\n"
    assert not Rule.objects.filter(name="Away").exists()
    assert run("import", str(file)) == "2 changed, 0 were the same.\n"
    assert titles("mug")[0] == "Hat"
    assert list(Rule.objects.values_list("name", flat=True)) == ["Hats first", "Away", "Ours"]
    changes = RuleChange.objects.count()
    assert run("import", str(file)) == "0 changed, 2 were the same.\n"
    assert RuleChange.objects.count() == changes
    own.refresh_from_db()
    assert own.position == 3

    written = json.loads(file.read_text())
    written["rules"][1]["live"]["actions"] = [{"do": "redirect", "url": "nowhere"}]
    file.write_text(json.dumps(written))
    with pytest.raises(CommandError, match="Away: “nowhere” is no address"):
        run("import", str(file))
    file.write_text("[]")
    with pytest.raises(CommandError, match="no file of rules"):
        run("import", str(file))
    written["rules"] = [
        {
            "name": "Gone",
            "state": "draft",
            "live": None,
            "draft": {"actions": [{"do": "pin", "products": ["987654"]}]},
        }
    ]
    assert copying.take_over(written, dry_run=True).missing == {"Gone": ("987654",)}
