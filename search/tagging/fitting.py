"""How sure is sure: temperatures from what is known of products, and the threshold that keeps a promised precision.

Arithmetic alone; what is known, and of which products, is `labels`' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..models import NEVER
from .heads import Head
from .scoring import Floats, Likelihood, Temperatures, likelihood, logits

#: Fewer products whose value is known say too little of how sure a score is.
FEWEST_KNOWN = 50
#: Without any: the spread of a product's scores that is one logit. Cautious: only what stands out is sure.
UNFITTED = 0.5
#: How many products' worth the model's own probabilities count beside what was seen to be right.
PRIOR = 20.0
#: The least number of products that a threshold may rest on.
FEWEST_SURE = 10
#: Share of the products known to have a value for which none of them, or no product, may be likelier all the same.
DOUBTED = 0.02
_SCALES = np.geomspace(0.02, 4.0, 80)
_BIASES = np.linspace(-6.0, 6.0, 13)


@dataclass(frozen=True)
class Fit:
    """Temperatures, the probability from which on a value is said, and of how many products that was learnt."""

    temperatures: Temperatures
    threshold: float
    known: int


def spread(found: Floats) -> float:
    """How far the cosines `(n, v + 2)` of one row lie apart, on average: their standard deviation within a row."""
    rows = found[~np.isnan(found).any(axis=1)]
    return float(max(rows.std(axis=1).mean(), 1e-4)) if rows.size else np.nan


def fit(
    head: Head,
    pictures: Floats,
    texts: Floats,
    truth: NDArray[np.bool_],
    folds: NDArray[Any],
    promised: float,
    wrong: NDArray[np.bool_] | None = None,
) -> Fit:
    """Fit `head` to the scores `(n, v + 2)` of pictures and texts of a sample.

    `truth` `(n, v)`: the values that a product is known to have; `wrong` `(n, v)`: those that it is known not to have,
    where that is all that is known of it (without: all others). A row of nothing: nothing is known. `folds` `(n,)`:
    products of one fold are judged by temperatures from the others, so that the threshold is chosen on products that
    the temperatures never met. With fewer than FEWEST_KNOWN the temperatures follow from the
    spread of scores, and every answer must be as sure by itself as what is promised of all.
    """
    picture, text = spread(pictures), spread(texts)
    picture, text = (
        text if np.isnan(picture) else picture,
        picture if np.isnan(text) else text,
    )
    if np.isnan(picture):
        return Fit(Temperatures(UNFITTED, UNFITTED), NEVER, 0)

    def at(scale: float, bias: float = 0.0) -> Temperatures:
        return Temperatures(scale * picture, scale * text, bias)

    seen = ~(np.isnan(pictures).any(axis=1) & np.isnan(texts).any(axis=1))
    decided = wrong is not None
    denied = np.zeros_like(truth) if wrong is None else wrong
    known = (truth | denied).any(axis=1) & seen
    count = int(known.sum())
    if count < FEWEST_KNOWN:
        return Fit(at(UNFITTED), promised, 0)
    rows = logits(pictures[known], texts[known], at(1.0))
    right, fold = truth[known], np.asarray(folds)[known]
    told = _told(head, right, None if wrong is None else wrong[known])
    sure: list[NDArray[np.float64]] = []
    correct: list[NDArray[np.bool_]] = []
    for each in np.unique(fold):
        scale, bias = _best(head, rows[fold != each], right[fold != each], told[fold != each], decided)
        found = likelihood(head, rows[fold == each] / scale, bias=bias)
        judged = _of_answers(head, found, told[fold == each])
        sure.append(_of_answers(head, found, found.values)[judged])
        correct.append(_of_answers(head, found, _right(head, right[fold == each]))[judged])
    scale, bias = _best(head, rows, right, told, decided)
    return Fit(at(scale, bias), threshold(np.concatenate(sure), np.concatenate(correct), promised), count)


def threshold(sure: NDArray[np.float64], correct: NDArray[np.bool_], promised: float) -> float:
    """The lowest probability t from which on answers are expected to be right as often as `promised`, else NEVER.

    Of the n(t) answers that are as sure as t, k(t) were right, and their mean probability is m(t). What is expected:

        E(t) = (k(t) + PRIOR * m(t)) / (n(t) + PRIOR)

    the mean of a beta distribution whose prior is what the model itself expects. `sure` and `correct` are `(n,)`.
    """
    order = np.argsort(-sure, kind="stable")
    descending = sure[order]
    counts = np.arange(1, len(descending) + 1)
    expected = (correct[order].cumsum() + PRIOR * descending.cumsum() / counts) / (counts + PRIOR)
    last = np.append(descending[1:] < descending[:-1], True)  # equally sure answers are said together
    keeps = np.flatnonzero((expected >= promised) & last & (counts >= FEWEST_SURE))
    return float(descending[keeps[-1]]) if keeps.size else NEVER


def _right(head: Head, truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which answers `(n, v)` are right; what stands above the truth in a hierarchy is."""
    right: NDArray[np.bool_] = (truth.astype(np.float64) @ head.below.T) > 0
    return right


def _told(head: Head, truth: NDArray[np.bool_], wrong: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Of which answers `(n, v)` it is known whether they are right."""
    whole = truth.any(axis=1, keepdims=True)
    if wrong is None or head.single:
        return np.broadcast_to(whole, truth.shape) | (truth if wrong is None else wrong)
    return _right(head, truth) | wrong


def _of_answers(head: Head, found: Likelihood, of: NDArray[Any]) -> NDArray[Any]:
    """What `of` `(n, v)` says of each answer: the likeliest value of a product; with several values, each."""
    if not head.single:
        return of.ravel()
    best = found.own.argmax(axis=1)
    likeliest: NDArray[Any] = of[np.arange(len(best)), best]
    return likeliest


def _best(
    head: Head,
    rows: NDArray[np.float64],
    truth: NDArray[np.bool_],
    told: NDArray[np.bool_],
    decided: bool,
) -> tuple[float, float]:
    """The scale and the bias under which `truth` is least surprising: the mean negative logarithm of what was given to
    it (Guo et al., On Calibration of Modern Neural Networks, 2017). Where a product has one value, of what was given to
    the likeliest one's being right or wrong, as nothing else is ever said (Gupta, Ramdas, Top-label calibration, 2022).

    Sentences of "none of these" are no values, and lie anywhere beside them. Where a product has one value, nothing is
    known of products without any, so the bias puts them where they are likelier than every value for DOUBTED of those
    with one; where that was `decided`, so that they have DOUBTED of all probability, for then it is told how sure the
    values are, and not only which is the likeliest.
    """
    if head.single:
        having = rows[truth.any(axis=1)] if truth.any() else rows
        values = np.where(head.guessed, having[:, :-2], -np.inf).max(axis=1)
        level = float(np.quantile(values - having[:, -2:].max(axis=1), DOUBTED))
        pairs = [(scale, _doubting(head, having / scale) if decided else level / scale) for scale in _SCALES]
    else:
        pairs = [(scale, bias) for scale in _SCALES[::4] for bias in _BIASES]
    tried = [(_surprise(head, rows / scale, bias, truth, told), scale, bias) for scale, bias in pairs]
    _, scale, bias = min(tried)
    return float(scale), float(bias)


def _doubting(head: Head, rows: NDArray[np.float64]) -> float:
    """The bias that gives none of the values and no product DOUBTED of the probability of `rows`, on average."""
    values = np.where(head.guessed, rows[:, :-2], -np.inf)
    ahead = np.logaddexp.reduce(values, axis=1) - np.logaddexp.reduce(rows[:, -2:], axis=1)
    low, high = float(ahead.min()) - 20.0, float(ahead.max()) + 20.0
    for _ in range(40):
        middle = (low + high) / 2
        share = (1.0 / (1.0 + np.exp(np.clip(ahead - middle, -60.0, 60.0)))).mean()
        low, high = (low, middle) if share > DOUBTED else (middle, high)
    return middle


def _surprise(
    head: Head,
    rows: NDArray[np.float64],
    bias: float,
    truth: NDArray[np.bool_],
    told: NDArray[np.bool_],
) -> float:
    found = likelihood(head, rows, bias=bias)
    if head.single:
        # Among the values alone: of none of these nothing is known that could be surprising.
        among = np.maximum(found.own.sum(axis=1), 1e-9)
        sure = found.own.max(axis=1) / among
        right = _of_answers(head, found, _right(head, truth))
        # Of a product of which only what it is not is told: that it is any other.
        other = (found.own * ~told).sum(axis=1) / among
        given = np.where(truth.any(axis=1), np.where(right, sure, 1.0 - sure), other)
        return float(-np.log(np.maximum(given, 1e-9)).mean())
    asked = told & head.guessed
    given = np.where(truth, found.own, 1.0 - found.own)[asked]
    return float(-np.log(np.maximum(given, 1e-9)).mean())
