"""Shoppers with a hidden taste: results in their taste are better to them, and nothing else changes.

Tastes, views and what is wanted come from what the rendered products really show, which the index never sees. The
weights were chosen on the shoppers of CHOSEN_ON.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.retrieval import SearchAnswer, SearchRequest, search
from tests.acceptance import reports
from tests.acceptance.conftest import Truth, read_truth

CHOSEN_ON, SEED = 1, 73_000
WEIGHT = 0.2
EN = SearchScope(language="en")
#: How many products a shopper looked at, of other kinds than the one that is searched for; and how many in earnest.
VIEWS, IN_EARNEST = 8, 0.8
#: What a product is worth that has what is liked, and one that is only of the kind.
LIKED, OF_THE_KIND = 3, 1


@dataclass(frozen=True)
class Sold:
    """A product as it really is."""

    key: int
    group: int
    title: str
    truth: Truth
    brand: str

    def of(self, side: str) -> str:
        """Its brand, or its colour, pattern, ..."""
        return self.brand if side == "brand" else str(getattr(self.truth, side))


@dataclass(frozen=True)
class Shopper:
    """Likes one value of one side, has `viewed` products, and searches for `kind`."""

    side: str
    value: str
    kind: str
    viewed: tuple[int, ...]


def sold() -> list[Sold]:
    truth = read_truth()
    rows = Product.objects.select_related("brand").order_by("sku")
    return [
        Sold(row.pk, row.parent_id or row.pk, row.name, truth[row.sku], row.brand.slug if row.brand else "")
        for row in rows
    ]


def shoppers(products: Sequence[Sold], number: int, seed: int) -> list[Shopper]:
    """As many as asked, where there is something to like and something else."""
    rng = random.Random(seed)
    kinds = sorted({each.truth.type for each in products})
    found: list[Shopper] = []
    while len(found) < number:
        side = rng.choice(["colour", "colour", "pattern", "brand", "material"])
        value = rng.choice(sorted({each.of(side) for each in products} - {"", "plain"}))
        kind = rng.choice(kinds)
        liked = {each.group for each in products if each.truth.type == kind and each.of(side) == value}
        others = {each.group for each in products if each.truth.type == kind} - liked
        views = [each.key for each in products if each.truth.type != kind and each.of(side) == value]
        if len(liked) < 2 or len(others) < 4 or len(views) < VIEWS:
            continue
        seen = [
            rng.choice(views) if rng.random() < IN_EARNEST else rng.choice(products).key for _ in range(VIEWS)
        ]
        found.append(Shopper(side, value, kind, tuple(dict.fromkeys(seen))))
    return found


def ndcg(answer: SearchAnswer, products: Sequence[Sold], shopper: Shopper, *, liked: int = LIKED) -> float:
    """nDCG@10 of the products shown, each variants' group once, of the grade of the one that is shown."""
    grades = {
        each.key: (liked if each.of(shopper.side) == shopper.value else OF_THE_KIND)
        if each.truth.type == shopper.kind
        else 0
        for each in products
    }
    best: dict[int, int] = {}
    for each in products:
        best[each.group] = max(grades[each.key], best.get(each.group, 0))
    return gain([grades[hit.key] for hit in answer.hits[:10]]) / gain(
        sorted(best.values(), reverse=True)[:10]
    )


def gain(grades: Sequence[int]) -> float:
    return float(sum(grade / np.log2(place + 2) for place, grade in enumerate(grades)))


def ask(q: str, viewed: tuple[int, ...] = (), **more: Any) -> SearchAnswer:
    return search(SearchRequest(q, viewed=viewed, **{"per_page": 100} | more), EN)


def groups(answer: SearchAnswer, group_of: dict[Any, int]) -> list[int]:
    return [group_of[hit.key] for hit in answer.hits]


@pytest.mark.acceptance_size(name="personal")
@pytest.mark.django_db
def test_personal(shop: None, model_settings: dict[str, object], settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**model_settings, "PERSONAL_WEIGHT": WEIGHT}
    asked = reports.asked("personal")
    products = sold()
    group_of = {each.key: each.group for each in products}
    rng = random.Random(SEED)
    lifts: dict[str, list[tuple[float, float]]] = {}
    harmed: list[tuple[float, float]] = []
    took: list[tuple[float, float]] = []
    changed = 0
    for shopper in shoppers(products, int(asked["shoppers"]), SEED):
        words = shopper.kind.replace("-", " ")
        plain, personal = ask(words), ask(words, shopper.viewed)
        lifts.setdefault(shopper.side, []).append(
            (ndcg(plain, products, shopper), ndcg(personal, products, shopper))
        )
        # Once more, as what comes first warms what comes after.
        took.append((ask(words).took_ms, ask(words, shopper.viewed).took_ms))
        assert sorted(groups(plain, group_of)) == sorted(groups(personal, group_of))
        assert (plain.total, plain.facets, len(plain.near)) == (
            personal.total,
            personal.facets,
            len(personal.near),
        )
        changed += [hit.key for hit in plain.hits] != [hit.key for hit in personal.hits]
        # Somebody without a taste looked here and there: what is of the kind must stay before what is not.
        anything = tuple(each.key for each in rng.sample(products, VIEWS))
        harmed.append(
            (
                ndcg(plain, products, shopper, liked=OF_THE_KIND),
                ndcg(ask(words, anything), products, shopper, liked=OF_THE_KIND),
            )
        )
    names = rng.sample(products, int(asked["names"]))
    others = shoppers(products, len(names), SEED + 1)
    same = sum(
        [hit.key for hit in ask(each.title).hits] == [hit.key for hit in ask(each.title, other.viewed).hits]
        for each, other in zip(names, others, strict=True)
    )
    every = [pair for pairs in lifts.values() for pair in pairs]
    without, with_taste = (float(np.mean([pair[side] for pair in every])) for side in (0, 1))
    result: dict[str, Any] = {
        "weight": WEIGHT,
        "without": without,
        "with": with_taste,
        "lift": with_taste - without,
        "by_taste": {
            side: {
                "shoppers": len(pairs),
                "without": float(np.mean([pair[0] for pair in pairs])),
                "with": float(np.mean([pair[1] for pair in pairs])),
            }
            for side, pairs in sorted(lifts.items())
        },
        "orders_changed": changed,
        "of_the_kind": {
            "without": float(np.mean([pair[0] for pair in harmed])),
            "with": float(np.mean([pair[1] for pair in harmed])),
        },
        "names_unchanged": same,
        "times_as_long": float(np.median([pair[1] / pair[0] for pair in took])),
    }
    reports.write_report(
        "personal",
        sizes={**asked, "products": len(products)},
        seeds={"shoppers": SEED, "weights_chosen_on": CHOSEN_ON},
        result=result,
    )
    assert with_taste - without >= 0.05, result
    assert same == len(names), result
    assert result["of_the_kind"]["with"] >= result["of_the_kind"]["without"] - 0.01, result
