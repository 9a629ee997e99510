"""A row put to a peer: its searches timed, their answers held against brute force or judgements, its updates."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import judging
from .peers.protocol import Engine, Products, Query
from .rows import Peer, Row, Rows

#: Of the data, on which a peer must answer as brute force does before it is timed; and by how much of the hits.
CHECKED, CHECK_QUERIES, CHECK_RECALL = 1_000, 10, 0.9
#: Answers that judged queries are read to: variants of one product are one of the ten that count.
JUDGED_DEPTH = 50
#: A setting whose first FEW queries take CLEARLY longer than those of one that suffices is given up.
FEW, CLEARLY = 10, 1.2
#: Rounds of updates of one row, and of many.
UPDATES = {1: 20}
FEW_UPDATES = 3
#: How long a search may take to see an update.
SEEN_WITHIN_S = 10.0


class Wrong(Exception):
    """A peer's answers are not what brute force gives; it is not timed."""


@dataclass(frozen=True)
class Task:
    """A row put to one peer: the searches of all its queries, and how good their answers are."""

    row: Row
    rows: Rows
    products: Products
    tuning: Sequence[Query]
    queries: Sequence[Query]

    def ask(self, peer: Engine, query: Query, hits: int) -> list[int]:
        """One search."""
        match self.row.table, self.row.task:
            case _, "filter":
                return peer.under(query.vector, self.most, hits)
            case "words", _:
                return peer.words(query.words, hits)
            case "hybrid", _:
                return peer.hybrid(query.words, query.vector, hits)
        return peer.nearest(query.vector, hits)

    @property
    def most(self) -> int:
        """The price that the row's share of the products is within."""
        return max(round(self.row.share * len(self.products)), 1)

    def quality(
        self, peer: Engine, queries: Sequence[Query], slower_than: float = math.inf
    ) -> tuple[dict[str, float], float]:
        """How good the answers are, and median milliseconds of a search.

        Recall against brute force, or of judged queries nDCG and recall; nothing where speed alone is asked for. What
        is plainly `slower_than` so many milliseconds is given up after the first few queries, as if it found nothing.
        """
        hits = JUDGED_DEPTH if self.judged else self.rows.hits
        found: list[tuple[Query, list[int]]] = []
        taken: list[float] = []
        for number, query in enumerate(queries):
            if number == FEW and np.median(taken) > CLEARLY * slower_than:
                return {"recall": 0.0}, float(np.median(taken))
            begun = time.perf_counter()
            found.append((query, self.ask(peer, query, hits)))
            taken.append((time.perf_counter() - begun) * 1000)
        quality: dict[str, float] = {}
        if self.row.recall:
            shares = [self.nearest(query).recall(ids, self.rows.tie) for query, ids in found]
            quality["recall"] = float(np.mean(shares))
        if self.judged:
            for name, measure in (("ndcg10", judging.ndcg), ("recall10", judging.found_share)):
                shares = [measure(ids, query.grades, self.products.groups) for query, ids in found]
                quality[name] = float(np.mean(shares))
        return quality, float(np.median(taken))

    @property
    def judged(self) -> bool:
        """Whether what was wanted decides what is right, and not nearness."""
        return self.row.task.endswith("quality")

    def nearest(self, query: Query) -> judging.Nearest | judging.Saying:
        """What brute force finds; computed once."""
        asked = (self.row.table, self.most, query.words)
        if asked not in _nearest and self.row.table == "words":
            _nearest[asked] = judging.Saying.of(self.products.texts, query.words, self.rows.hits)
        elif asked not in _nearest:
            passing = self.products.prices <= self.most
            vectors = self.products.vectors["picture"]
            _nearest[asked] = judging.Nearest.of(vectors, query.vector, passing, self.rows.hits)
        return _nearest[asked]

    def times(self, peer: Engine, queries: Sequence[Query], rounds: int) -> list[float]:
        """Milliseconds of each search, after one round that is not timed."""
        hits, taken = self.rows.hits, []
        for turn in range(rounds + 1):
            for query in queries:
                begun = time.perf_counter()
                self.ask(peer, query, hits)
                if turn:
                    taken.append((time.perf_counter() - begun) * 1000)
        return taken


_nearest: dict[tuple[str, int, str], judging.Nearest | judging.Saying] = {}


def updates(task: Task, made: Engine) -> dict[str, float]:
    """Milliseconds of a change of price, and until a search sees it; prices are put back after each round."""
    row, products = task.row, task.products
    rng = np.random.default_rng(task.rows.data[row.data]["seed"])
    changing: list[float] = []
    seeing: list[float] = []
    for _ in range(UPDATES.get(row.changed, FEW_UPDATES)):
        ids = sorted(rng.choice(products.ids, row.changed, replace=False).tolist())
        query, wanted = task.queries[len(changing) % len(task.queries)], min(row.changed, task.rows.hits)
        begun = time.perf_counter()
        made.change_prices(ids, 0)
        changing.append((time.perf_counter() - begun) * 1000)
        while True:
            found = made.under(query.vector, 0, task.rows.hits)
            if set(found) <= set(ids) and len(found) >= wanted:
                break
            if time.perf_counter() - begun > SEEN_WITHIN_S:
                raise Wrong(
                    f"{row.changed} changed and {wanted} of them asked for: a search under the new price found"
                    f" {len(set(found) & set(ids))} within {SEEN_WITHIN_S:.0f} s"
                )
        seeing.append((time.perf_counter() - begun) * 1000)
        # Back to its own; of many, which had a thousand different ones, to one that no search below asks for.
        made.change_prices(ids, int(products.prices[ids[0] - 1]) if len(ids) == 1 else len(products) + 1)
    return {"p50_ms": float(np.median(seeing)), "change_ms": float(np.median(changing))}


def check(
    made: Engine, peer: Peer, products: Products, queries: Sequence[Query], tables: Sequence[str]
) -> None:
    """Hold the peer's answers over a small part of the data against brute force; raises `Wrong`."""
    if "vectors" not in tables or "vectors" not in peer.grids:
        return
    small, grid = products.first(min(CHECKED, len(products))), peer.grids["vectors"]
    made.build(small, "vectors", grid.builds[0])
    made.choose(grid.searches[-1])
    every, half = np.ones(len(small), dtype=bool), small.prices <= len(small) // 2
    for name, passing, ask in (
        ("nearest", every, lambda vector: made.nearest(vector, 10)),
        ("under a price", half, lambda vector: made.under(vector, len(small) // 2, 10)),
    ):
        shares = []
        for query in queries[:CHECK_QUERIES]:
            near = judging.Nearest.of(small.vectors["picture"], query.vector, passing, 10)
            try:
                shares.append(near.recall(ask(query.vector), 1e-3))
            except ValueError as error:
                raise Wrong(f"{name}: {error}") from error
        if np.mean(shares) < CHECK_RECALL:
            raise Wrong(f"{name}: {np.mean(shares):.2f} of what brute force finds")
