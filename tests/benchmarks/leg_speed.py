"""A vector leg beside a bare ORDER BY over the same vectors, and the way it chose beside the ways it might have."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from product_search.conf import settings
from product_search.documents import SearchScope, visible_products
from product_search.retrieval import selectivity, vectors
from product_search.retrieval.selectivity import Exact, Scan
from product_search.retrieval.serving import Serving
from product_search.retrieval.snapshot import transaction_of_a_search
from product_search.retrieval.vectors import VectorLeg, breadth_of, picture_leg, text_leg

from .vectors import Vectors
from .yardstick import Yardstick

EN = SearchScope(language="en")
#: Filters by popularity, which is spread evenly from 0 to 999: a thousandth of the products and more.
PASSING = {"100 %": 1000, "50 %": 500, "10 %": 100, "1 %": 10, "0.1 %": 1}
WAYS = {"chosen": None, "exact": (Exact(), Scan(None)), "approximate": (Scan(None),)}


def milliseconds(task: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    task()
    return (time.perf_counter() - begun) * 1000


def leg(kind: str, query: Vectors) -> VectorLeg:
    serving = Serving.now("en", using="default")
    size = settings().leg_size
    if kind == "text":
        return text_leg(serving, "en", query[None], size=size, using="default")
    return picture_leg(serving, "text-picture", query[None], size=size, using="default")


def beside_bare_scans(queries: Sequence[Vectors], yardstick: Yardstick) -> dict[str, dict[str, float]]:
    """Median milliseconds of each leg, and of a bare ORDER BY with LIMIT that looks as widely, in turns."""
    found = {}
    breadth = breadth_of(settings().leg_size)
    for kind in ("text", "picture"):
        ours: list[float] = []
        bare: list[float] = []
        for at, query in enumerate(queries):
            asked = leg(kind, query)

            def search(asked: VectorLeg = asked) -> None:
                with transaction_of_a_search("default"):
                    asked.find(visible_products(EN), settings().relevance_floor)

            def scan(kind: str = kind, query: Vectors = query) -> None:
                yardstick.run(f"{kind} leg", query, ef_search=breadth)

            search()  # asks the filters how many pass, which is not asked again for a minute
            for task, taken in ((search, ours), (scan, bare))[:: 1 if at % 2 else -1]:
                taken.append(milliseconds(task))
        ratios = [one / other for one, other in zip(ours, bare, strict=True)]
        found[kind] = {
            "ours": round(statistics.median(ours), 2),
            "bare": round(statistics.median(bare), 2),
            "ratio": round(statistics.median(ratios), 3),
        }
    return found


def by_selectivity(queries: Sequence[Vectors]) -> dict[str, dict[str, float]]:
    """Median milliseconds of the text-to-picture leg for each share that passes: as it chooses, and each way alone."""
    found: dict[str, dict[str, float]] = {}
    choose = selectivity.ways
    for name, most in PASSING.items():
        products = visible_products(EN).filter(popularity__lt=most)
        taken: dict[str, list[float]] = {way: [] for way in WAYS}
        for query in queries:
            asked = leg("picture", query)
            for way, forced in WAYS.items():
                with pytest.MonkeyPatch.context() as patch, transaction.atomic():
                    patch.setattr(vectors, "ways", choose if forced is None else lambda *_, to=forced: to)
                    find = partial(asked.find, products, settings().relevance_floor)
                    find()
                    taken[way].append(milliseconds(find))
        medians = {way: round(statistics.median(times), 2) for way, times in taken.items()}
        medians["ratio"] = round(medians["chosen"] / min(medians["exact"], medians["approximate"]), 3)
        found[name] = medians
    return found
