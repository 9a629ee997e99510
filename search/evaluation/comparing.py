"""Whether a difference between two set-ups is more than chance: over the same queries, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .measures import EvaluationMissing

#: Share of all intervals that hold the true mean.
CONFIDENCE = 0.95
RESAMPLES = 9999
SEED = 20_260_000


@dataclass(frozen=True)
class Mean:
    """A mean over `queries` with its 95 % interval: percentiles of a seeded bootstrap."""

    value: float
    low: float
    high: float
    queries: int


@dataclass(frozen=True)
class Difference:
    """How much better the first set-up is: the mean with its interval, and `p` of a paired randomisation test.

    `p` is two-sided: how often a difference as large comes of flipping the signs of the queries' differences at random
    (Fisher's test; Smucker, Allan, Carterette, 2007). `better` and `worse` count queries.
    """

    mean: Mean
    p: float
    better: int
    worse: int


def mean(values: Sequence[float]) -> Mean:
    """Mean of `(n,)` values, one for each query; n is 1 or more."""
    given = np.asarray(values, dtype=np.float64)
    if np.ptp(given) == 0:  # nothing to draw: a bootstrap of equal values knows no interval
        return Mean(float(given[0]), float(given[0]), float(given[0]), len(given))
    found = (
        _stats()
        .bootstrap(
            (given,),
            np.mean,
            n_resamples=RESAMPLES,
            batch=1000,
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=SEED,
        )
        .confidence_interval
    )
    return Mean(float(given.mean()), float(found.low), float(found.high), len(given))


def difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """`first` less `second`, `(n,)` each, one value for each of the same queries; n is 1 or more."""
    less = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    p = 1.0  # one query alone, or no difference at all, is no proof
    if len(less) > 1 and np.any(less):
        p = float(
            _stats()
            .permutation_test(
                (less,), np.mean, permutation_type="samples", n_resamples=RESAMPLES, batch=1000, rng=SEED
            )
            .pvalue
        )
    return Difference(mean(less.tolist()), p, int((less > 0).sum()), int((less < 0).sum()))


def _stats() -> Any:
    try:
        from scipy import stats
    except ImportError as error:
        raise EvaluationMissing(
            f'Measuring needs an extra ({error}): pip install "django-product-search[evaluation]".'
        ) from error
    return stats
