"""How much of what is nearest an index of vectors finds: the shop's own rows, against reading all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from ..conf import settings
from ..documents import document
from ..indexing import heartbeat
from ..indexing.work import database
from .answer import LegName
from .serving import Serving
from .snapshot import read_under, transaction_of_a_search
from .vectors import InnerProduct, VectorLeg, breadth_of, picture_leg, text_leg

Vectors = NDArray[np.float32]

#: Queries of each pair, unless told otherwise: titles and pictures of the shop.
QUERIES = 100
#: Recall is told of so many, a page of results.
SHOWN = 24
#: What a shop wants of it.
WANTED = 0.98
BREADTHS = (40, 80, 120, 200, 400, 800)
#: Which vectors are put to which rows.
PAIRS: tuple[LegName, ...] = ("text-text", "text-picture", "picture-picture", "picture-text")
#: A row as near as the last of the nearest counts as one of them, whichever the index gave; half precision is no finer.
TIE = 1e-4


@dataclass(frozen=True)
class Recall:
    """Of one pair at one `ef_search`: the mean and the 5th percentile over queries, and the median milliseconds."""

    pair: LegName
    ef_search: int
    mean: float
    low: float
    ms: float


@dataclass(frozen=True)
class Report:
    """What was measured, each pair at each breadth; empty where no index is there, so that every scan is exact."""

    queries: int
    found: tuple[Recall, ...]

    @property
    def proposed(self) -> int | None:
        """The smallest breadth at which every pair reaches WANTED; None where none does, or nothing was measured."""
        least: dict[int, float] = {}
        for each in self.found:
            least[each.ef_search] = min(each.mean, least.get(each.ef_search, 1.0))
        return next((breadth for breadth in sorted(least) if least[breadth] >= WANTED), None)

    def at(self, ef_search: int) -> dict[str, dict[str, float]]:
        """Mean and 5th percentile of each pair at one breadth."""
        return {
            each.pair: {"mean": each.mean, "low": each.low}
            for each in self.found
            if each.ef_search == ef_search
        }


def in_use() -> int:
    """The breadth at which a shopper's searches scan an index now."""
    conf = settings()
    return conf.ef_search or breadth_of(conf.leg_size)


def measure(
    queries: int = QUERIES,
    breadths: Sequence[int] = BREADTHS,
    *,
    advance: Callable[[], object] = lambda: None,
) -> Report:
    """Recall of each pair that an index serves, and remember it for the index page.

    Each of the sampled titles and pictures is looked for among all rows but its own product's; `advance` is called
    after each query at all `breadths`.
    """
    using, language = database(), document().languages[0]
    serving = Serving.now(language, using=using)
    wanted = sorted({*breadths, in_use()})
    found: list[Recall] = []
    for pair, leg, asked in _pairs(serving, language, queries, using=using):
        shares: dict[int, list[float]] = {breadth: [] for breadth in wanted}
        taken: dict[int, list[float]] = {breadth: [] for breadth in wanted}
        for product, vector in asked:
            with transaction_of_a_search(using):
                own = replace(leg, rows=leg.rows.exclude(product=product), vectors=vector[np.newaxis])
                least = _exact(own)
                for breadth in wanted if least else ():
                    begun = time.perf_counter()
                    scores = _approximate(replace(own, ef_search=breadth))
                    taken[breadth].append((time.perf_counter() - begun) * 1000)
                    near = sum(score >= least[-1] - TIE for score in scores[: len(least)])
                    shares[breadth].append(near / len(least))
            advance()
        found += [
            Recall(
                pair,
                breadth,
                float(np.mean(shares[breadth])),
                float(np.percentile(shares[breadth], 5)),
                float(np.median(taken[breadth])),
            )
            for breadth in wanted
            if shares[breadth]
        ]
    report = Report(queries, tuple(found))
    _remember(report, serving, using=using)
    return report


def measured(using: str) -> tuple[float, dict[str, Any]] | None:
    """Seconds since recall was last measured in the serving space, and what was remembered; None when it never was.

    That is `ef_search` and `pairs` as they were searched with, the number of `queries`, and the breadth `proposed`.
    """
    space = Serving.now(document().languages[0], using=using).space
    return None if space is None else heartbeat.age(f"recall:{space.pk}", using=using)


def _remember(report: Report, serving: Serving, *, using: str) -> None:
    if serving.space is not None and report.found:
        heartbeat.beat(
            f"recall:{serving.space.pk}",
            using=using,
            ef_search=in_use(),
            pairs=report.at(in_use()),
            queries=report.queries,
            proposed=report.proposed,
            all=[asdict(each) for each in report.found],
        )


def _pairs(
    serving: Serving, language: str, queries: int, *, using: str
) -> Iterator[tuple[LegName, VectorLeg, list[tuple[Any, Vectors]]]]:
    """Each pair that an index serves, a leg for it, and the product and vector of each query."""
    nothing = np.zeros((1, serving.space.dim if serving.space else 1), dtype=np.float32)
    size = settings().leg_size
    texts = text_leg(serving, language, nothing, size=size, using=using)
    pictures = picture_leg(serving, "picture-picture", nothing, size=size, using=using)
    sources = {"text": texts, "picture": pictures}
    asked = {kind: [] if leg is None else _sampled(leg.rows, queries) for kind, leg in sources.items()}
    for pair in PAIRS:
        query, rows = pair.split("-")
        leg = sources[rows]
        if leg is not None and leg.indexed and asked[query]:
            yield pair, leg, asked[query]


def _sampled(rows: QuerySet[Any], number: int) -> list[tuple[Any, Vectors]]:
    """Products and vectors `(dim,)` of rows in the order of their digests: as good as random, the same on every run."""
    return [
        (product, np.array(vector, dtype=np.float32))
        for product, vector in rows.order_by("digest", "id").values_list("product", "vector")[:number]
    ]


def _exact(leg: VectorLeg) -> list[float]:
    """The scores of the SHOWN nearest rows, every row looked at."""
    scored = leg.rows.annotate(ps_raw=InnerProduct(leg.vectors)).order_by("-ps_raw")
    return list(scored.values_list("ps_raw", flat=True)[:SHOWN])


def _approximate(leg: VectorLeg) -> list[float]:
    """Scores of the rows that the index gives, the nearest first."""
    scan = leg.index_scan(leg.table, None, leg.vectors[0], leg.size, None)
    (found,) = read_under(leg.rows.db, leg.index_settings(), [scan])
    return sorted((float(row[1]) for row in found), reverse=True)
