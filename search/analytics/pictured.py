"""What shoppers look for by picture, in clusters: searches whose first hits look alike are about the same.

Shoppers' own pictures are kept nowhere; a cluster is seen by the products that its searches showed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..documents import document
from ..models import EventKind, SearchEvent, SearchKind, ShopperEvent
from ..retrieval.composition import looks_of
from ..retrieval.serving import Serving
from . import days
from .reports import Choice

#: The latest searches of a period that are looked at.
MOST_SEARCHES = 2_000
#: Hits that tell what a search was about.
TELLING = 4
MOST_CLUSTERS = 12
#: Products by which a cluster is seen.
TYPICAL = 6
_ROUNDS = 20

_Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Cluster:
    """Searches that are about the same: how many, on how many of them a hit was clicked, and the products that stood
    first most often.
    """

    searches: int
    clicked: int
    products: Sequence[Any]


@dataclass(frozen=True)
class PictureSearches:
    """How many searches by picture were looked at, how many of them found nothing, and what the others were about, what
    is searched most first.
    """

    searches: int
    empty: int
    clusters: Sequence[Cluster]

    @property
    def is_cut(self) -> bool:
        """Whether as many were looked at as ever are: there may be more."""
        return self.searches == MOST_SEARCHES


def picture_searches(choice: Choice, *, using: str) -> PictureSearches:
    """The latest searches by picture, with words or without, in the days of `choice` of which events are kept.

    A search whose hits have no vectors in the serving space is in no cluster.
    """
    rows = _searches(choice, using)
    language = choice.language or next(iter(document().languages))
    firsts = {search: shown[:TELLING] for search, shown in rows.items() if shown}
    products = list(dict.fromkeys(key for keys in firsts.values() for key in keys))
    looks = looks_of(products, Serving.now(language, using=using), using=using) if products else {}
    about = {
        search: np.sum(seen, axis=0)
        for search, keys in firsts.items()
        if (seen := [looks[key] for key in keys if key in looks])
    }
    clusters: list[Cluster] = []
    if about:
        clicked = _clicked(choice, about, using)
        vectors = _unit(np.stack(list(about.values())).astype(np.float32))
        own = clustered(vectors, min(MOST_CLUSTERS, ceil(sqrt(len(vectors) / 2))))
        by_cluster: dict[int, list[Any]] = {}
        for search, cluster in zip(about, own.tolist(), strict=True):
            by_cluster.setdefault(cluster, []).append(search)
        for searches in by_cluster.values():
            stood = Counter(key for search in searches for key in firsts[search])
            typical = [key for key, _ in stood.most_common(TYPICAL)]
            clusters.append(Cluster(len(searches), len(clicked.intersection(searches)), typical))
    clusters.sort(key=lambda cluster: -cluster.searches)
    return PictureSearches(len(rows), len(rows) - len(firsts), clusters)


def clustered(vectors: _Vectors, count: int) -> NDArray[np.int64]:
    """The cluster 0..count-1 of each of the unit `vectors` `(n, dim)`; some may be empty.

    Spherical k-means (Dhillon and Modha 2001) from centres that are far from one another (Gonzalez 1985), so that the
    same searches give the same clusters.
    """
    centres = vectors[:1].copy()
    while len(centres) < count:
        farthest = int((vectors @ centres.T).max(axis=1).argmin())
        centres = np.concatenate([centres, vectors[farthest : farthest + 1]])
    own = np.full(len(vectors), -1)
    for _ in range(_ROUNDS):
        nearest = (vectors @ centres.T).argmax(axis=1)
        if (nearest == own).all():
            break
        own = nearest
        for cluster in set(own.tolist()):
            centres[cluster] = _unit(vectors[own == cluster].sum(axis=0, keepdims=True))[0]
    return own


def _searches(choice: Choice, using: str) -> Mapping[Any, Sequence[Any]]:
    """By search, what it showed; the latest first."""
    begin, end = days.span(choice.first, choice.last)
    only = {
        name: value
        for name in ("language", "channel", "segment")
        if (value := getattr(choice, name)) is not None
    }
    events = SearchEvent.objects.using(using).filter(
        at__gte=begin, at__lt=end, page=1, kind__in=(SearchKind.PICTURE, SearchKind.BOTH), **only
    )
    return dict(events.order_by("-at", "-pk").values_list("search_id", "shown")[:MOST_SEARCHES])


def _clicked(choice: Choice, searches: Mapping[Any, Any], using: str) -> set[Any]:
    """Those of `searches` on which a hit was clicked."""
    clicks = ShopperEvent.objects.using(using).filter(
        at__gte=days.span(choice.first)[0], kind=EventKind.CLICK, search_id__in=list(searches)
    )
    return set(clicks.values_list("search_id", flat=True))


def _unit(vectors: _Vectors) -> _Vectors:
    unit: _Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit
