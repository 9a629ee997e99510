"""How good a model is: retrieval and zero-shot figures from vectors alone. Knows numpy, and no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating[Any]]


def recall_at(k: int, queries: Vectors, items: Vectors, answers: Sequence[Sequence[int]]) -> float:
    """Share of queries `(q, dim)` with one of their answers (row numbers of `items` `(n, dim)`) in the first `k`."""
    scores = queries @ items.T
    first = np.argpartition(-scores, min(k, scores.shape[1] - 1), axis=1)[:, :k]
    found = [bool(set(row.tolist()) & set(right)) for row, right in zip(first, answers, strict=True)]
    return float(np.mean(found))


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
