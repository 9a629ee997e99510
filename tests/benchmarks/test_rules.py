"""What rules cost a search: each query with a thousand published rules and with nobody steering, in turns."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from catalog.models import Brand, Product
from product_search.documents import SearchScope
from product_search.merchandising import changing
from product_search.merchandising.reading import read
from product_search.models import RULES, Revision, Rule, RuleState
from product_search.retrieval import SearchRequest, search
from tests.acceptance import reports

from .shelf import COLOURS, MATERIALS, SEED, stock

pytestmark = pytest.mark.django_db(transaction=True)
EN = SearchScope(language="en")
#: Of a thousand rules those for mugs; of these so many ask the tables which products they mean.
APPLYING, ASKING = 20, 5
QUERIES, ROUNDS = 20, 15
#: Milliseconds that a thousand rules add to a search: where none applies, and where APPLYING do.
MOST_NONE, MOST_ALL = 2.0, 5.0


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:16"}  # rules don't depend on it


def publish(rules: int) -> None:
    """So many rules, of which APPLYING are for queries that contain "mug": written at once, as an import would."""
    rng = random.Random(SEED)
    keys = [str(key) for key in Product.objects.order_by("pk").values_list("pk", flat=True)[:50_000]]
    mugs = [
        str(key) for key in Product.objects.filter(category__slug="mug").values_list("pk", flat=True)[:400]
    ]
    brands = list(Brand.objects.order_by("pk").values_list("slug", flat=True))
    asking: list[dict[str, Any]] = [
        {"do": "boost", "which": {"filters": {"brand": brands[:10]}}, "points": 0.3},
        {"do": "boost", "which": {"filters": {"brand": brands[5:15]}}, "points": 0.4},
        {"do": "boost", "which": {"filters": {"price": ["..50"]}}, "points": -0.2},
        {"do": "boost", "which": {"among": "new this month"}, "points": 0.2},
        {"do": "hide", "which": {"filters": {"in_stock": ["false"]}}},
    ]
    named: list[dict[str, Any]] = [
        {"do": "pin", "products": rng.sample(mugs, 2), "place": 1},
        {"do": "pin", "products": rng.sample(mugs, 2), "place": 3},
        {"do": "hide", "which": {"products": rng.sample(mugs, 20)}},
        {"do": "banner", "text": "Mugs for winter"},
        *(
            {"do": "boost", "which": {"products": rng.sample(mugs, 50)}, "points": 0.1 + at / 30}
            for at in range(APPLYING - ASKING - 4)
        ),
    ]
    contents: list[Any] = [
        {"conditions": {"about": "contains", "words": ["mug"]}, "actions": [each]} for each in asking + named
    ]
    assert len(contents) == APPLYING
    for at in range(rules - APPLYING):
        word = "".join(rng.choices("bcdfgklmnprst", k=6))
        pin = {"do": "pin", "products": rng.sample(keys, 3)}
        contents.append(
            [
                {"conditions": {"about": "is", "words": [word, f"{word} sale"]}, "actions": [pin]},
                {"conditions": {"about": "contains", "words": [f"{word} set"]}, "actions": [pin]},
                {"conditions": {"about": "none", "filters": {"category": [word]}}, "actions": [pin]},
                {"actions": [{"do": "synonym", "words": [word], "means": [f"{word}o"]}]},
                {
                    "conditions": {"about": "contains", "words": ["mug"], "channels": ["app"]},
                    "actions": [pin],
                },
            ][at % 5]
            if at % 40
            else {"conditions": {"about": "pattern", "words": [f"^{word}[0-9]+$"]}, "actions": [pin]}
        )
    rng.shuffle(contents)
    Rule.objects.bulk_create(
        Rule(name=f"Rule {at}", position=at + 1, state=RuleState.LIVE, live=read(content).as_json())
        for at, content in enumerate(contents)
    )
    Revision.renew(RULES, using=changing.database())


def measure(products: int, rules: int, queries: int, rounds: int) -> dict[str, Any]:
    """Milliseconds that rules add, by what applies: medians over pairs, each query with them and without in turns."""
    stock(products, pictures=False)
    call_command("index", verbosity=0)
    Product.objects.filter(pk__in=Product.objects.values("pk")[: products // 7]).update(stock=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    publish(rules)
    rng = random.Random(SEED)
    said = [f"{rng.choice(list(COLOURS))} {rng.choice(list(MATERIALS))}".lower() for _ in range(queries)]
    found: dict[str, Any] = {}
    for name, thing in (("none", "lamp"), ("all", "mug")):
        asked = [SearchRequest(f"{words} {thing}") for words in said]
        answers = [search(request, EN) for request in asked]
        plain = [search(request, EN, steering=()) for request in asked]
        added, alone = [], []
        for turn in range(rounds):
            for at, request in enumerate(asked):
                taken = {}
                for steered in (True, False) if (turn + at) % 2 else (False, True):
                    begun = time.perf_counter()
                    search(request, EN, steering=None if steered else ())
                    taken[steered] = (time.perf_counter() - begun) * 1000
                added.append(taken[True] - taken[False])
                alone.append(taken[False])
        found[name] = {
            "added_p50": round(statistics.median(added), 3),
            "added_p95": round(float(np.percentile(added, 95)), 3),
            "alone_p50": round(statistics.median(alone), 3),
            "found_p50": statistics.median(answer.total for answer in plain),
            "rules_named": len(
                {each.name for answer in answers for hit in answer.hits for each in hit.steered}
            ),
            "hidden_p50": statistics.median(
                before.total - after.total for before, after in zip(plain, answers, strict=True)
            ),
        }
    found["faults"] = Rule.objects.exclude(fault="").count()
    return found


def test_with_rules_and_without(media: None) -> None:
    found = measure(600, 100, 4, 1)
    assert found["faults"] == 0
    assert found["none"]["hidden_p50"] == found["none"]["rules_named"] == 0
    assert found["all"]["hidden_p50"] > 0
    assert found["all"]["rules_named"] > 5


@pytest.mark.acceptance_size(name="rules")
def test_rules_cost_little(media: None) -> None:
    asked = reports.asked("rules")
    found = measure(int(asked["products"]), int(asked["rules"]), QUERIES, ROUNDS)
    reports.write_report(
        "rules",
        sizes={"products": Product.objects.count(), "rules": Rule.objects.count(), "pairs": QUERIES * ROUNDS},
        seeds={"products": SEED},
        result=found,
    )
    assert found["faults"] == 0, "a rule that takes too long is left out, and costs nothing any more"
    assert found["all"]["rules_named"] > 5, "those whose products are among the hits of first pages"
    assert found["none"]["added_p50"] <= MOST_NONE
    assert found["all"]["added_p50"] <= MOST_ALL
