"""How surely a picture does not belong to its product: plain arithmetic over arrays, without a database or a model.

Nobody tells which of a shop's pictures are wrong, but what wrong ones would look like is known: pictures beside titles
and categories of other products. A line through both tells how much a picture is like those, and two curves tell how
much that says: the curve of wrong ones is counted, and that of right ones is what the shop's own pictures leave when
wrong ones are taken off (Efron, Large-Scale Inference, 2010, chapter 6: an empirical null).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Pictures next to one that tell in which category it would belong.
NEIGHBOURS = 12
#: Of the right ones' curve what lies between the first and the second part is counted; beyond, it falls as fast as
#: there. Where so many have one and the same score, up to the next.
COUNTED = (0.5, 0.9, 0.95, 0.98)
#: How rare right ones are where wrong ones are counted.
RARE = 0.002
#: Shares of wrong pictures up to which they are told; where more are wrong, nothing can be.
MOST_WRONG = 0.3
#: Where none seems wrong, the next one that comes may be.
LEAST_WRONG = 0.001
#: As many pictures as a category needs for half of its own level to count.
OWN_LEVEL = 20
#: The share of the shop's own pictures that lie farther from all others than what counts as unlike anything.
LONELY = 0.1
ROUNDS = 30
#: Pictures with a title that something can be learnt of.
FEWEST_TITLED = 100


@dataclass(frozen=True)
class Pictures:
    """`n` pictures: unit vectors `(n, dim)`, those of their products' titles `(n, dim)` with NaN where there is none,
    and codes `(n,)` of their products' groups and categories; no category is -1.
    """

    vectors: NDArray[np.float32]
    titles: NDArray[np.float32]
    groups: NDArray[np.int64]
    places: NDArray[np.int64]

    def given(self, other: NDArray[np.int64]) -> Pictures:
        """The same pictures beside titles and categories of the pictures `other` `(n,)` among them."""
        return Pictures(self.vectors, self.titles[other], self.groups[other], self.places[other])


@dataclass(frozen=True)
class Seen:
    """What is seen of `n` pictures: `(n, 3)` how well each fits its title among titles, its title among pictures, and
    the share of its neighbours that are of its category, NaN where unknown; its nearest other picture, and how near.
    """

    fits: Floats
    nearest: NDArray[np.int64]
    nearness: Floats


def seen(pictures: Pictures, among: Pictures, *, holders: NDArray[np.int64] | None = None) -> Seen:
    """Compare `pictures` with those of other groups `among` a sample; `holders` `(n,)` are groups left out besides."""
    vectors = pictures.vectors.astype(np.float32)
    titled = among.titles[~np.isnan(among.titles).any(axis=1)]
    centre = titled.mean(axis=0) if len(titled) else np.zeros(vectors.shape[1], dtype=np.float32)
    own = ((pictures.titles - centre) * vectors).sum(axis=1).astype(np.float64)
    fits = np.full((len(vectors), 3), np.nan)
    fits[:, 0] = _standing(own, vectors @ (titled - centre).T)
    fits[:, 1] = _standing(own, np.nan_to_num(pictures.titles - centre) @ among.vectors.T)
    near = vectors @ among.vectors.T
    for groups in (pictures.groups, holders):
        if groups is not None:
            near[groups[:, np.newaxis] == among.groups[np.newaxis, :]] = -np.inf
    count = min(NEIGHBOURS, near.shape[1])
    top = np.argpartition(-near, count - 1, axis=1)[:, :count]
    agree = (among.places[top] == pictures.places[:, np.newaxis]).mean(axis=1)
    fits[:, 2] = np.where(pictures.places < 0, np.nan, agree)
    nearest = near.argmax(axis=1)
    return Seen(fits, nearest, near[np.arange(len(near)), nearest].astype(np.float64))


def _standing(own: Floats, others: NDArray[np.float32]) -> Floats:
    """By how many of its deviations `own` `(n,)` lies above the row's mean."""
    if not others.shape[1]:
        return np.full(len(own), np.nan)
    return np.asarray((own - others.mean(axis=1)) / np.maximum(others.std(axis=1), 1e-6), dtype=np.float64)


@dataclass(frozen=True)
class Judge:
    """What tells wrong pictures: a line over standardised fits, each category's own level, and from which score on how
    many of those at least as high are wrong (`scores`, `sures`); `lonely` is the nearness of what is like nothing.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    weights: tuple[float, ...]
    scores: tuple[float, ...] = ()
    sures: tuple[float, ...] = ()
    lonely: float = -1.0
    #: Share of the pictures that it was fitted to that are taken to be wrong.
    wrong: float = 0.0
    levels: Mapping[int, float] = field(default_factory=dict)

    def score(self, found: Seen, places: NDArray[np.int64]) -> Floats:
        """How much each picture `(n,)` is like a wrong one, in logits; one whose product has no title is like none."""
        line = _line(found.fits, self.means, self.deviations, self.weights)
        levels = np.array([self.levels.get(int(place), 0.0) for place in places])
        return np.asarray(np.where(np.isnan(found.fits[:, 0]), -np.inf, line - levels), dtype=np.float64)

    def sure(self, scores: Floats) -> Floats:
        """How many of the pictures with at least this score are expected to be wrong `(n,)`; 0 below all `scores`."""
        if not self.scores:
            return np.zeros(len(scores))
        found = np.interp(scores, self.scores, self.sures)
        return np.asarray(np.where(scores < self.scores[0], 0.0, found), dtype=np.float64)


def fit(sample: Pictures, promised: float, *, seed: int = 0) -> Judge | None:
    """What tells the wrong ones of `sample`, a shop's own pictures, such that `promised` of those told are wrong.

    None where nothing can be told: the products have no titles, or too few of them.
    """
    rng = np.random.default_rng(seed)
    other = rng.integers(0, len(sample.vectors), len(sample.vectors))
    swapped = sample.given(other)
    own, mixed = seen(sample, sample), seen(swapped, sample, holders=sample.groups)
    titled = ~np.isnan(own.fits[:, 0])
    strange = (swapped.groups != sample.groups) & ~np.isnan(mixed.fits[:, 0])
    if min(titled.sum(), strange.sum()) < FEWEST_TITLED:
        return None
    both = np.vstack([own.fits[titled], mixed.fits[strange]])
    known = ~np.isnan(both).all(axis=0)
    both = np.where(known, both, 0.0)
    means, deviations = np.nanmean(both, axis=0), np.maximum(np.nanstd(both, axis=0), 1e-6)
    weights = _separating(
        _standardised(own.fits[titled], means, deviations),
        _standardised(mixed.fits[strange], means, deviations),
    )
    judge = Judge(
        tuple(means.tolist()),
        tuple(deviations.tolist()),
        tuple(weights.tolist()),
        lonely=float(np.quantile(np.maximum(own.nearness, -1.0), LONELY)),
    )
    judge = replace(judge, levels=_levels(judge.score(own, sample.places)[titled], sample.places[titled]))
    scores, sures, share = sureness(
        judge.score(own, sample.places)[titled], judge.score(mixed, swapped.places)[strange], promised
    )
    return replace(judge, scores=tuple(scores.tolist()), sures=tuple(sures.tolist()), wrong=share)


def sureness(own: Floats, wrong: Floats, promised: float) -> tuple[Floats, Floats, float]:
    """From the scores of the shop's own pictures and of wrong ones: scores from the least on, above which `promised` of
    the own are expected to be wrong, with how many above each are, and the share of all that is wrong.

    The share is where counting ends: at a score that right ones hardly ever have, as many own pictures are found as of
    so many wrong ones would be. Nothing (`(0,)`) where no score keeps the promise.
    """
    grid, strange = np.sort(own), np.sort(wrong)
    above = 1.0 - np.arange(len(grid)) / len(grid)
    wrong_above = 1.0 - np.searchsorted(strange, grid) / len(strange)
    share, begin, scale = MOST_WRONG, 0.0, 0.0
    for _ in range(ROUNDS):
        right_above = np.clip((above - share * wrong_above) / (1.0 - share), 0.0, 1.0)
        begin = float(grid[np.argmax(right_above <= 1.0 - COUNTED[0])])
        scale = 0.0
        for part in COUNTED[1:]:
            end = float(grid[np.argmax(right_above <= 1.0 - part)])
            scale = scale or max(end - begin, 0.0) / np.log((1.0 - COUNTED[0]) / (1.0 - part))
        if not scale:
            return np.empty(0), np.empty(0), 0.0
        last = begin + scale * np.log((1.0 - COUNTED[0]) / RARE)
        found, expected = float((own >= last).mean()) - RARE, float((wrong >= last).mean()) - RARE
        share = float(np.clip(found / expected, 0.0, MOST_WRONG)) if expected > 10 * RARE else 0.0
    assumed = max(share, LEAST_WRONG)
    tail = (1.0 - COUNTED[0]) * np.exp(-np.maximum(strange - begin, 0.0) / scale)
    there = assumed * (1.0 - np.arange(len(strange)) / len(strange))
    sures = np.maximum.accumulate(there / (there + (1.0 - assumed) * tail))
    told = np.flatnonzero((sures >= promised) & (strange > begin))
    if not told.size:
        return np.empty(0), np.empty(0), share
    chosen = told[np.unique(np.linspace(0, len(told) - 1, 32).astype(int))]
    return strange[chosen], sures[chosen], share


def _standardised(fits: Floats, means: Any, deviations: Any) -> Floats:
    """With 0, neither here nor there, for what is unknown; and ones for the line's constant."""
    scaled = np.nan_to_num((fits - np.asarray(means)) / np.asarray(deviations))
    return np.hstack([scaled, np.ones((len(fits), 1))])


def _line(fits: Floats, means: Any, deviations: Any, weights: Any) -> Floats:
    return np.asarray(_standardised(fits, means, deviations) @ np.asarray(weights), dtype=np.float64)


def _separating(own: Floats, wrong: Floats) -> Floats:
    """The line of logistic regression between them; own ones on the wrong side are left out and it is drawn again."""
    kept = np.ones(len(own), dtype=bool)
    weights = np.zeros(own.shape[1])
    for _ in range(3):
        rows = np.vstack([own[kept], wrong])
        truth = np.concatenate([np.zeros(int(kept.sum())), np.ones(len(wrong))])
        ridge = np.eye(own.shape[1])
        ridge[-1, -1] = 1e-6
        weights = np.zeros(own.shape[1])
        for _step in range(25):  # Newton's
            given = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30, 30)))
            slope = rows.T @ (given - truth) + ridge @ weights
            curve = (rows * (given * (1.0 - given))[:, np.newaxis]).T @ rows + ridge
            weights = weights - np.linalg.solve(curve, slope)
        kept = own @ weights < 0
        if not kept.any():
            break
    return weights


def _levels(scores: Floats, places: NDArray[np.int64]) -> dict[int, float]:
    """By category, how far its middle lies from that of all, as far as its pictures are enough to say."""
    middle = float(np.median(scores))
    found = {}
    for place in np.unique(places).tolist():
        of = scores[places == place]
        found[place] = float((np.median(of) - middle) * len(of) / (len(of) + OWN_LEVEL))
    return found
