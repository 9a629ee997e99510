"""How much of what was wanted a peer found: recall against all rows compared one by one, and nDCG and recall of judged
queries as `product_search.evaluation` defines them, without what that needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .peers.protocol import Vectors

#: Hits that judged answers are measured by, and the grade from which one counts as found.
DEPTH = 10
RELEVANT = 2
_WORD = re.compile(r"\w+")
#: Rows that are compared at once.
AT_ONCE = 100_000


@dataclass(frozen=True)
class Nearest:
    """What brute force says of one query `(dim,)`: the score of the last of the `hits` nearest that pass, of all where
    fewer do. `passing` is `(n,)`.
    """

    vectors: Vectors
    query: Vectors
    passing: NDArray[np.bool_]
    last: float
    hits: int

    @classmethod
    def of(cls, vectors: Vectors, query: Vectors, passing: NDArray[np.bool_], hits: int) -> Nearest:
        """All rows `(n, dim)` that pass compared, a part at a time."""
        parts = range(0, len(vectors), AT_ONCE)
        scores = np.concatenate([vectors[at : at + AT_ONCE] @ query for at in parts])[passing]
        hits = min(hits, len(scores))
        last = float(np.partition(scores, len(scores) - hits)[len(scores) - hits]) if hits else 0.0
        return cls(vectors, query, passing, last, hits)

    def recall(self, found: Sequence[int], tie: float) -> float:
        """The share of the nearest among the ids `found`, which count from 1; what is as near to `tie` counts.

        Raises `ValueError` for an id twice, or one that does not pass.
        """
        if len(set(found)) != len(found):
            raise ValueError(f"an id stands twice in {sorted(found)}")
        rows = np.array(found, dtype=np.int64) - 1
        if not self.passing[rows].all():
            raise ValueError(f"ids that do not pass: {(rows[~self.passing[rows]] + 1).tolist()}")
        if not self.hits:
            return 1.0
        near = int((self.vectors[rows] @ self.query >= self.last - tie).sum())
        return min(near, self.hits) / self.hits


@dataclass(frozen=True)
class Saying:
    """What reading every text says of one query by words: which ids have them all, and how many are asked for."""

    ids: frozenset[int]
    hits: int

    @classmethod
    def of(cls, texts: Sequence[str], words: str, hits: int) -> Saying:
        """All texts read; words are letters and digits, in whatever case."""
        wanted = set(_WORD.findall(words.lower()))
        ids = frozenset(at for at, text in enumerate(texts, 1) if wanted <= set(_WORD.findall(text.lower())))
        return cls(ids, min(hits, len(ids)))

    def recall(self, found: Sequence[int], tie: float) -> float:
        """The share of them among the ids `found`."""
        return min(len(self.ids.intersection(found)), self.hits) / self.hits if self.hits else 1.0


def answers(found: Sequence[int], grades: Mapping[int, int], groups: Sequence[str]) -> list[int]:
    """The grade of each answer, best first: variants of one product are one answer, the first of them.

    One that shows a worse variant than its group has answers nothing.
    """
    wanted = best_of_groups(grades, groups)
    seen: dict[str, int] = {}
    for each in found:
        group = groups[each - 1]
        if group not in seen:
            grade = grades.get(each, 0)
            seen[group] = grade if grade >= wanted.get(group, 0) else 0
    return list(seen.values())


def best_of_groups(grades: Mapping[int, int], groups: Sequence[str]) -> dict[str, int]:
    """The best grade of each group among judged ids."""
    wanted: dict[str, int] = {}
    for each, grade in grades.items():
        wanted[groups[each - 1]] = max(grade, wanted.get(groups[each - 1], 0))
    return wanted


def ndcg(found: Sequence[int], grades: Mapping[int, int], groups: Sequence[str]) -> float:
    """nDCG of the first DEPTH answers, the gain being the grade."""
    wanted = sorted(best_of_groups(grades, groups).values(), reverse=True)
    most = _gain(wanted)
    return _gain(answers(found, grades, groups)) / most if most else 0.0


def found_share(found: Sequence[int], grades: Mapping[int, int], groups: Sequence[str]) -> float:
    """The share of the relevant answers among the first DEPTH."""
    wanted = sum(grade >= RELEVANT for grade in best_of_groups(grades, groups).values())
    there = sum(grade >= RELEVANT for grade in answers(found, grades, groups)[:DEPTH])
    return there / wanted if wanted else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(place + 2) for place, grade in enumerate(grades[:DEPTH]))
