"""What one shopper seems to like, from what was looked at, and how much of it each product has. Pure functions.

What counts is what the viewed products have more of than what is found has: who looked at mugs learns nothing of a
search for mugs, who looked at red things does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: By facet, how surely a product has each value that something is known of, in 0..1.
Known = Mapping[str, Mapping[str, float]]

#: Each view counts so much of the one after it.
FADING = 0.95
#: So many views are half of a taste; one is chance.
PATIENCE = 3.0
#: A value that fewer of the viewed products have is no preference.
LEAST_VIEWS = 2
#: What a look counts beside all that facets say.
LOOK_SHARE = 0.5


@dataclass(frozen=True)
class Liking:
    """`(n,)` of the products found: how much of a taste each has, in 0..1, and for what: `(facet, value)` that count
    most for it, and whether its look does.
    """

    shares: Floats
    reasons: tuple[tuple[tuple[str, str], ...], ...]
    looks: Floats


def liking(
    viewed: Sequence[Any],
    found: Sequence[Any],
    known: Mapping[Any, Known],
    looks: Mapping[Any, NDArray[np.float32]],
) -> Liking:
    """How much each of `found` is to the taste of whoever `viewed` others, the latest first.

    `known` has the facets of all of them, and `looks` a unit vector `(dim,)` of those that have pictures.
    """
    preferred = preferences(viewed, found, known)
    by_facets = np.zeros(len(found))
    reasons = []
    for at, key in enumerate(found):
        because: list[tuple[float, tuple[str, str]]] = []
        for facet, values in preferred.items():
            own = known.get(key, {}).get(facet, {})
            best = max(
                ((preference * own.get(value, 0.0), (facet, value)) for value, preference in values.items()),
                default=(0.0, ("", "")),
            )
            if best[0] > 0:
                because.append(best)
        by_facets[at] = sum(share for share, _ in because)
        reasons.append(tuple(each for _, each in sorted(because, reverse=True)[:2]))
    by_look = LOOK_SHARE * look_likings(viewed, found, looks)
    shares = np.clip(by_facets + by_look, 0.0, 1.0)
    return Liking(shares, tuple(reasons), by_look)


def preferences(
    viewed: Sequence[Any], found: Sequence[Any], known: Mapping[Any, Known]
) -> dict[str, dict[str, float]]:
    """By facet, the values that the viewed products have more often than those found, each 0..1."""
    weights = FADING ** np.arange(len(viewed))
    believed = confidence(len(viewed))
    preferred: dict[str, dict[str, float]] = {}
    for facet in dict.fromkeys(facet for key in viewed for facet in known.get(key, {})):
        views = [known.get(key, {}).get(facet, {}) for key in viewed]
        others = [known.get(key, {}).get(facet, {}) for key in found]
        for value in dict.fromkeys(value for view in views for value in view):
            if sum(view.get(value, 0.0) > 0.5 for view in views) < LEAST_VIEWS:
                continue
            mine = float(np.average([view.get(value, 0.0) for view in views], weights=weights))
            usual = float(np.mean([other.get(value, 0.0) for other in others])) if others else 0.0
            if mine > usual:
                preferred.setdefault(facet, {})[value] = believed * (mine - usual)
    return preferred


def look_likings(
    viewed: Sequence[Any], found: Sequence[Any], looks: Mapping[Any, NDArray[np.float32]]
) -> Floats:
    """How much each of `found` looks like what was `viewed`, 0..1, beside the others that were found."""
    liked = [at for at, key in enumerate(viewed) if key in looks]
    there = [at for at, key in enumerate(found) if key in looks]
    shares = np.zeros(len(found))
    if len(liked) < LEAST_VIEWS or len(there) < 2:
        return shares
    toward = np.average(
        np.stack([looks[viewed[at]] for at in liked]), axis=0, weights=FADING ** np.array(liked, dtype=float)
    )
    own = np.stack([looks[found[at]] for at in there]).astype(np.float64)
    alike = (own - own.mean(axis=0)) @ toward
    spread = float(alike.std())
    if spread > 1e-9:
        shares[there] = confidence(len(liked)) * np.clip(alike / (2 * spread), 0.0, 1.0)
    return shares


def confidence(views: int) -> float:
    """How far so many views are believed, 0..1."""
    return views / (views + PATIENCE)
