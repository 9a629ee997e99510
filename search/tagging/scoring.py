"""From vectors to probabilities of values: plain arithmetic over arrays, without a database or a model.

For an attribute with one value the values, "none of these" and "not a product picture" share a softmax; with several,
each value stands against the better of those two in a sigmoid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibration import TEXT_SHARE
from .heads import Head

Floats = NDArray[np.floating[Any]]
#: What a logit is that nothing may reach.
LOWEST = -1e9


@dataclass(frozen=True)
class Temperatures:
    """How much a cosine of a picture's vector, and of a text's, must differ to be one logit; `bias` is added to the
    logits of none of the values and of no product.
    """

    picture: float
    text: float
    bias: float = 0.0


@dataclass(frozen=True)
class Likelihood:
    """Of `n` products: the probability of each of `v` values `(n, v)`, in a hierarchy with all that stand below it;
    of the value alone, without those below (`own`); of none of them and of no product `(n,)`.

    Without any vector all are 0.
    """

    values: NDArray[np.float64]
    own: NDArray[np.float64]
    none: NDArray[np.float64]
    background: NDArray[np.float64]


def scores(head: Head, vectors: Floats) -> NDArray[np.float64]:
    """Cosines `(n, v + 2)` of unit vectors `(n, dim)` to the values, to none of them and to the nearest of what is no
    product; NaN where the vector is.
    """
    columns = np.vstack([head.vectors, head.none[np.newaxis]]).astype(np.float64)
    background = (vectors.astype(np.float64) @ head.background.T.astype(np.float64)).max(axis=1)
    return np.hstack([vectors.astype(np.float64) @ columns.T, background[:, np.newaxis]])


def picture_scores(head: Head, pictures: Floats) -> NDArray[np.float64]:
    """`scores` of pictures, with what decisions taught about them."""
    found = scores(head, pictures)
    if head.learned is not None:
        found[:, :-2] += head.learned.added(pictures)
    return found


def logits(pictures: Floats, texts: Floats, at: Temperatures) -> NDArray[np.float64]:
    """Logits `(n, v + 2)` from `scores` of pictures and of texts: their weighted mean, TEXT_SHARE of it the text's,
    over what is known. NaN where neither is.

    A picture and a text of one product say the same thing twice rather than two things, so they are averaged and not
    multiplied (a logarithmic opinion pool: Genest, Zidek, 1986).
    """
    parts = np.stack([pictures / at.picture, texts / at.text])
    shares = np.where(np.isnan(parts), 0.0, np.array([1 - TEXT_SHARE, TEXT_SHARE])[:, np.newaxis, np.newaxis])
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = (np.nan_to_num(parts) * shares).sum(axis=0) / shares.sum(axis=0)
    return mean


def likelihood(
    head: Head, found: NDArray[np.float64], *, bias: float = 0.0, refused: NDArray[np.bool_] | None = None
) -> Likelihood:
    """Probabilities from `logits` `(n, v + 2)`. `refused` `(n, v)` are values that are out of the question, for which
    0 comes out; what they had is shared by the others.
    """
    unknown = np.isnan(found).any(axis=1)
    found = np.nan_to_num(found)
    out: NDArray[np.bool_] = np.tile(~head.guessed, (len(found), 1))
    if refused is not None:
        # With a value goes all that stands below it.
        out = out | (refused.astype(np.float64) @ head.below > 0)
    values = np.where(out, LOWEST, found[:, :-2])
    rest = found[:, -2:] + bias
    if head.single:
        every = np.hstack([values, rest])
        raised = np.exp(every - every.max(axis=1, keepdims=True))
        shares = raised / raised.sum(axis=1, keepdims=True)
        own, none, background = shares[:, :-2], shares[:, -2], shares[:, -1]
        total = own @ head.below.T
    else:
        against = rest.max(axis=1, keepdims=True)
        own = 1.0 / (1.0 + np.exp(np.clip(against - values, -60.0, 60.0)))
        own = np.where(out, 0.0, own)
        total = np.stack([(own * low).max(axis=1) for low in head.below], axis=1)
        none = background = 1.0 - own.max(axis=1)
    known = (~unknown).astype(np.float64)
    each = known.reshape(-1, 1)
    return Likelihood(np.minimum(total, 1.0) * each, own * each, none * known, background * known)


def chosen(head: Head, found: Likelihood, threshold: float) -> NDArray[np.bool_]:
    """Which values `(n, v)` are sure enough to be said.

    Of one value: the likeliest, or where that is not sure enough, the lowest above it in its hierarchy that is. Where
    none of the values, or no product, is likelier than all of them, nothing is.
    """
    sure = found.values >= threshold
    if not head.single:
        # A value that stands above another that is said is said by it.
        under = head.below & ~np.eye(len(head.values), dtype=bool)
        return sure & ~((sure.astype(np.float64) @ under.T) > 0)
    best = found.own.argmax(axis=1)
    above = head.below[:, best].T & sure
    depth = head.below.sum(axis=0)
    lowest = np.where(above, depth, 0).argmax(axis=1)
    rows = np.arange(len(best))
    likely = found.values[rows, lowest] > np.maximum(found.none, found.background)
    said = np.zeros_like(sure)
    said[rows, lowest] = above.any(axis=1) & likely
    return said
