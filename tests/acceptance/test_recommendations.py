"""How good recommendations are: nDCG by what the products really show, and how alike a list is within itself.

Of a product the others of its type are right (gain 1), and more so in its colour (gain 3, as 2^grade - 1 has it).
Beside what is recommended stand its look alone, the nearest titles of all, and products drawn at random.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.models import PictureVector, Space, State, TextVector
from product_search.retrieval import recommend
from product_search.retrieval.recommendations import DIVERSITY
from tests.acceptance import reports
from tests.acceptance.conftest import Truth
from tests.acceptance.test_relevance_kagl import KAGL, PART, kagl_settings, sell

__all__ = ["kagl_settings"]  # a fixture

SEED = 70_707
EN = SearchScope(language="en")
LIMIT = 12
#: Part of its nDCG that a list may lose by being diverse.
MOST_LOST = 0.05


@dataclass(frozen=True)
class Shown:
    """What a product really is: its group, type and colour."""

    group: int
    type: str
    colour: str


def ndcg(gains: Sequence[float], ideal: Sequence[float]) -> float:
    """Of a list with these gains, against the best one that there is."""
    discounts = 1 / np.log2(np.arange(LIMIT) + 2)
    best = np.array(sorted(ideal, reverse=True)[:LIMIT])
    return float(np.array(gains) @ discounts[: len(gains)] / (best @ discounts[: len(best)]))


def gain(one: Shown, other: Shown) -> float:
    return 0.0 if one.type != other.type else 3.0 if one.colour == other.colour else 1.0


class Judge:
    """Knows what each product is and where its vectors lie; reads nothing of what recommends."""

    def __init__(self, shown: Mapping[int, Shown]) -> None:
        self.shown = shown
        self.on_sale = {
            product.pk
            for product in Product.objects.filter(published=True).exclude(stock=0)
            if product.pk in shown
        }
        space = Space.objects.get(state=State.SERVING).pk
        rows: Any = PictureVector.objects.filter(space_id=space, product__isnull=False).order_by("-position")
        self.looks = {row.product: np.array(row.vector) for row in rows}
        said: Any = TextVector.objects.filter(space_id=space, language="en", product__isnull=False)
        self.said = {row.product: np.array(row.vector) for row in said}

    def ndcg(self, product: int, found: Sequence[int]) -> float:
        own = self.shown[product]
        best: dict[int, float] = {}
        for key in self.on_sale:
            other = self.shown[key]
            if other.group != own.group:
                best[other.group] = max(best.get(other.group, 0.0), gain(own, other))
        return ndcg([gain(own, self.shown[key]) for key in found], list(best.values()))

    def by_title(self, product: int) -> list[int]:
        """The products whose titles' vectors are nearest, all compared; each group once."""
        keys = sorted(self.on_sale & self.said.keys(), key=lambda key: -(self.said[key] @ self.said[product]))
        groups: dict[int, int] = {}
        for key in keys:
            groups.setdefault(self.shown[key].group, key)
        groups.pop(self.shown[product].group, None)
        return list(groups.values())[:LIMIT]

    def at_random(self, product: int, rng: random.Random) -> list[int]:
        """Products of other groups, each group once."""
        keys = rng.sample(sorted(self.on_sale), min(8 * LIMIT, len(self.on_sale)))
        groups = {self.shown[key].group: key for key in keys}
        groups.pop(self.shown[product].group, None)
        return list(groups.values())[:LIMIT]

    def likeness(self, found: Sequence[int]) -> float:
        """Mean cosine of the list's products with one another, of their pictures and of their texts."""
        pairs = [(one, other) for at, one in enumerate(found) for other in found[:at]]
        looks = [self.looks[one] @ self.looks[other] for one, other in pairs]
        said = [self.said[one] @ self.said[other] for one, other in pairs]
        return float(np.mean(looks) + np.mean(said)) / 2


def measured(shown: Mapping[int, Shown], queries: int) -> dict[str, Any]:
    """Mean nDCG at LIMIT of each way, and mean likeness within its lists."""
    judge, rng = Judge(shown), random.Random(SEED)
    having_others = [
        key
        for key in sorted(judge.on_sale)
        if any(
            judge.shown[other].type == judge.shown[key].type
            and judge.shown[other].group != judge.shown[key].group
            for other in judge.on_sale
        )
    ]
    asked = rng.sample(having_others, min(queries, len(having_others)))

    def by(**how: Any) -> Callable[[int], list[int]]:
        return lambda key: [hit.key for hit in recommend([key], EN, limit=LIMIT, **how).hits]

    ways: dict[str, Callable[[int], list[int]]] = {
        "both": by(diversity=0.0),
        "diverse": by(diversity=DIVERSITY),
        "look": by(by="look", diversity=0.0),
        "title": judge.by_title,
        "random": lambda key: judge.at_random(key, rng),
    }
    found: dict[str, Any] = {"queries": len(asked)}
    for name, way in ways.items():
        lists = [way(key) for key in asked]
        found[name] = {
            "ndcg": fmean(judge.ndcg(key, each) for key, each in zip(asked, lists, strict=True)),
            "likeness": fmean(judge.likeness(each) for each in lists if len(each) > 1),
            "shown": fmean(map(len, lists)),
        }
    found["lost"] = 1 - found["diverse"]["ndcg"] / found["both"]["ndcg"]
    return found


def hold(found: Mapping[str, Any]) -> None:
    """What is promised of recommendations, whatever the catalogue."""
    for way in ("both", "diverse"):
        assert found[way]["ndcg"] > found["title"]["ndcg"]
        assert found[way]["ndcg"] > 2 * found["random"]["ndcg"]
    assert found["diverse"]["likeness"] < found["both"]["likeness"]
    assert found["lost"] <= MOST_LOST


def rendered(truth: Mapping[str, Truth]) -> dict[int, Shown]:
    """The rendered catalogue's products as they were drawn."""
    return {
        product.pk: Shown(product.parent_id or product.pk, truth[product.sku].type, truth[product.sku].colour)
        for product in Product.objects.all()
        if product.sku in truth
    }


@pytest.mark.acceptance_size(name="recommend-kagl")
@pytest.mark.django_db
@pytest.mark.usefixtures("kagl_settings")
def test_recommendations_of_photographs(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    sell(KAGL / "products.csv", tmp_path)
    with (KAGL / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file) if row["split"] == PART}
    shown = {
        product.pk: Shown(product.pk, rows[product.sku]["article_type"], rows[product.sku]["colour"])
        for product in Product.objects.all()
    }
    found = measured(shown, int(reports.asked("recommend-kagl")["queries"]))
    reports.write_report(
        "recommend-kagl",
        sizes={"queries": found["queries"], "products": len(shown)},
        seeds={"queries": SEED},
        result=found,
    )
    hold(found)
