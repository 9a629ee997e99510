"""A shop whose products say nothing: what their pictures alone find, beside chance, and what silence costs.

Every word of a query is then one that no product says, and "word unknown" can be no reason to find nothing.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Product
from product_search.conf import settings as conf
from product_search.documents import SearchScope
from product_search.evaluation import store
from product_search.evaluation.measures import answers_found, answers_wanted, score
from product_search.evaluation.running import groups_of
from product_search.evaluation.setups import read_setup
from product_search.retrieval import SearchRequest
from product_search.retrieval.engine import search
from product_search.testing import index_now
from tests.acceptance import reports
from tests.acceptance.conftest import CATALOGUE, ROOT
from tests.acceptance.test_nothing_fits import lists

JUDGEMENTS = ROOT / "fixtures" / "judgements"
EN = SearchScope(language="en")
#: What can be seen: kinds of things, and their colours, patterns and materials.
KINDS = ("category", "attribute")
SAID = (
    "title",
    "title_de",
    "description",
    "description_de",
    "category",
    "category_de",
    "brand",
    "collections",
)
#: What pictures show alone, ranked without a floor; and the search as it is.
SETUPS = ("picture", "hybrid")
FLOORS = tuple(at / 10 for at in range(10))
#: Random orders of the catalogue that stand for chance.
ORDERS = 50
SEED = 6_050
#: Of what pictures answer, the most that may find nothing at the floor that ships.
MOST_LOST = 0.05


def hide(to: Path) -> None:
    """The catalogue `to` with its SKUs as titles, and nothing else said."""
    with (CATALOGUE / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with to.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for number, row in enumerate(rows):
            writer.writerow({**row, **dict.fromkeys(SAID, ""), "title": f"Z{number:05}"})


def beside_chance(queries: Iterable[store.StoredQuery]) -> dict[str, dict[str, float]]:
    """nDCG@10 of what pictures show alone, of the search with its floor, and of random orders, by kind."""
    rng = random.Random(SEED)
    keys = list(Product.objects.filter(published=True).order_by("pk").values_list("pk", flat=True))
    groups = groups_of(keys, EN)
    wanted, chance = {}, {}
    ranked: dict[str, dict[str, list[str]]] = {setup: {} for setup in SETUPS}
    kinds: dict[str, list[str]] = {}
    for query in queries:
        name = query.topic.name
        kinds.setdefault(query.topic.kind, []).append(name)
        wanted[name] = answers_wanted(query.grades, groups)
        for setup, found in ranked.items():
            legs = read_setup(setup)
            answer = search(SearchRequest(query.topic.text, facets=()), EN, conf=legs.conf(), only=legs.legs)
            hits = [hit.key for hit in answer.hits]
            found[name] = answers_found(hits, query.grades, groups, wanted[name])
        for turn in range(ORDERS):
            order = rng.sample(keys, len(keys))
            chance[f"{name} {turn}"] = answers_found(order, query.grades, groups, wanted[name])[:10]
    scores = {setup: score(wanted, found) for setup, found in ranked.items()}
    at_random = score({name: wanted[name.rpartition(" ")[0]] for name in chance}, chance)
    return {
        kind: {
            "queries": len(names),
            **{setup: fmean(found[name]["nDCG@10"] for name in names) for setup, found in scores.items()},
            "chance": fmean(
                at_random[f"{name} {turn}"]["nDCG@10"] for name in names for turn in range(ORDERS)
            ),
        }
        for kind, names in kinds.items()
    }


def emptied(queries: list[str], floor: float) -> float:
    """The share of `queries` that find nothing under `floor`."""
    set_up = replace(conf(), relevance_floor=floor)
    return fmean(not search(SearchRequest(query, facets=()), EN, conf=set_up).total for query in queries)


@pytest.mark.acceptance_size(name="titles-hidden")
@pytest.mark.django_db
def test_titles_hidden(tmp_path: Path, model_settings: dict[str, Any], settings: Any) -> None:
    settings.PRODUCT_SEARCH = model_settings
    settings.MEDIA_ROOT = tmp_path / "media"
    hide(tmp_path / "products.csv")
    call_command("import_products", tmp_path / "products.csv", images=CATALOGUE / "images", verbosity=0)
    index_now()
    call_command("judgements", "import", JUDGEMENTS / "check.csv", set="check", key="sku", verbosity=0)
    queries = store.load("check", kinds=KINDS)
    kinds = beside_chance(queries)
    nothing = lists(int(reports.asked("titles-hidden")["nothing"]))
    good = [query.topic.text for query in queries]
    bad = [text for kind in ("letters", "trades") for text in nothing[kind][len(nothing[kind]) // 2 :]]
    curve = {
        f"{floor:.2f}".replace(".", "_"): {"nonsense": emptied(bad, floor), "good": emptied(good, floor)}
        for floor in FLOORS
    }
    reports.write_report(
        "titles-hidden",
        sizes={"queries": len(good), "nothing": len(nothing["trades"]), "products": Product.objects.count()},
        seeds={"orders": SEED},
        result={"kinds": kinds, "curve": curve},
    )
    for kind, found in kinds.items():
        assert found["picture"] >= 4 * found["chance"], kind
        assert found["hybrid"] >= 0.8 * found["picture"], kind
    first, last = curve["0_00"], curve["0_90"]
    assert first["good"] < last["good"]
    assert all(point["good"] <= point["nonsense"] for point in curve.values()), (
        "what is there is easier to find"
    )
    assert curve["0_50"]["good"] <= MOST_LOST
