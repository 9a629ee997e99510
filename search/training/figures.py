"""How good a model is: retrieval and zero-shot figures from vectors alone. Knows numpy, and no model."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating[Any]]
#: Questions compared with all items at a time.
_ROWS = 512


def recall_at(k: int, queries: Vectors, items: Vectors, answers: Sequence[Sequence[int]]) -> float:
    """Share of queries `(q, dim)` with one of their answers (row numbers of `items` `(n, dim)`) in the first `k`."""
    scores = queries @ items.T
    first = np.argpartition(-scores, min(k, scores.shape[1] - 1), axis=1)[:, :k]
    found = [bool(set(row.tolist()) & set(right)) for row, right in zip(first, answers, strict=True)]
    return float(np.mean(found))


@dataclass(frozen=True)
class Retrieval:
    """How questions find their answers: share with one of them first, and among the first ten, and the mean reciprocal
    rank of the best; all 0 where nothing was asked.
    """

    recall_1: float = 0.0
    recall_10: float = 0.0
    mrr: float = 0.0

    @classmethod
    def of_ranks(cls, ranks: NDArray[np.int64]) -> Retrieval:
        """From the rank of the best answer to each question, from 1."""
        if not len(ranks):
            return cls()
        return cls(float((ranks <= 1).mean()), float((ranks <= 10).mean()), float((1 / ranks).mean()))


def best_ranks(
    queries: Vectors, items: Vectors, asked: Sequence[Hashable], known: Sequence[Hashable]
) -> NDArray[np.int64]:
    """`(q,)`: the rank from 1 of the nearest item `(n, dim)` of which is `known` what a query `(q, dim)` asks for.

    An item that is as near as the best answer stands before it: equal vectors, or none that are numbers, must not look
    like good ones.
    """
    keys = {key: number for number, key in enumerate(dict.fromkeys(known))}
    of_item = np.array([keys[key] for key in known])
    ranks = np.empty(len(queries), dtype=np.int64)
    for start in range(0, len(queries), _ROWS):
        scores = queries[start : start + _ROWS] @ items.T
        wanted = np.array([keys[key] for key in asked[start : start + _ROWS]])
        right = wanted[:, None] == of_item[None, :]
        best = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)
        ranks[start : start + _ROWS] = 1 + (~(scores < best) & ~right).sum(axis=1)
    return ranks


def zero_shot_accuracy(pictures: Vectors, labels: Sequence[int], label_vectors: Vectors) -> float:
    """Share of pictures `(n, dim)` whose nearest label vector `(classes, dim)` is their own."""
    return float(np.mean((pictures @ label_vectors.T).argmax(axis=1) == np.asarray(labels)))


def ensemble(vectors: Vectors, sizes: Sequence[int]) -> Vectors:
    """Mean of each run of `sizes` rows, of length 1: one vector for a label with several prompts `(classes, dim)`."""
    means = []
    start = 0
    for size in sizes:
        mean = vectors[start : start + size].mean(axis=0)
        means.append(mean / np.linalg.norm(mean))
        start += size
    return np.stack(means)
