"""More like this product: by what its pictures show and its text says, less the product itself and its variants."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibration import mean_of_known
from ..conf import Conf, settings
from ..documents import SearchScope, document
from ..errors import UnknownProduct
from ..replicas.reading import from_replica
from .answer import SearchAnswer
from .candidates import Legs, gather
from .composition import described_as, found, looks, others
from .engine import DISABLED, search
from .filters import Choices
from .fusion import Evidence, log_odds
from .page import counted, hits, rank
from .request import Example, SearchRequest, check_whole
from .serving import Serving
from .snapshot import transaction_of_a_search
from .vectors import VectorLeg, picture_leg, text_leg

MAX_LIMIT = 100
#: What looking alike counts beside being described alike: on the rendered catalogue, whose titles say most of what its
#: pictures show, both together are better than either up to here.
LOOK_SHARE = 0.3
NOT_INDEXED = "not-indexed: this product is not indexed yet"


@from_replica
def similar(product_key: Any, scope: SearchScope, *, limit: int = 12, q: str = "") -> SearchAnswer:
    """Up to `limit` (1 to 100) visible products that resemble that of `product_key`, best first, one of each group.

    With words (`q`) those that are like it but as the words say: "in red".

    Raises `UnknownProduct` where `scope` can't see it, `InvalidRequest` for another limit. `total` counts all that
    resemble it; there are no facets and one page.
    """
    started = time.perf_counter()
    conf, shop = settings(), document()
    if product_key is None:
        raise UnknownProduct("No product was named.")
    check_whole("limit", limit, 1, MAX_LIMIT)
    if q.strip():
        request = SearchRequest(q, examples=(Example(product=product_key),), per_page=limit, facets=())
        answer = search(request, scope)
        return replace(answer, pages=min(answer.pages, 1))
    choices = Choices.of(shop, scope, {})
    product = found(choices, product_key)
    empty = SearchAnswer((), 0, "eq", (), 1, limit, 0)
    if not conf.enabled:
        return replace(empty, notices=(DISABLED,))
    using = choices.visible.db
    language = scope.search_language(shop.languages)
    serving = Serving.now(language, using=using)
    with transaction_of_a_search(using):
        legs = _legs(product.key, serving, language, conf, using=using)
        if not legs.vectors:
            return replace(empty, notices=(NOT_INDEXED,))
        rest = others(choices, [product])
        candidates = gather(legs, rest, conf.relevance_floor, partial(resembling, floor=conf.relevance_floor))
        left = counted(rest, candidates)
        candidates, ranked = left.candidates, rank(left.candidates, left.rows, 1, limit)
        shown = hits(ranked.keys, rest, scope, candidates)
    return replace(
        empty,
        hits=shown,
        total=ranked.total,
        relation=candidates.relation,
        pages=1 if shown else 0,
        took_ms=(time.perf_counter() - started) * 1000,
    )


def _legs(key: Any, serving: Serving, language: str, conf: Conf, *, using: str) -> Legs:
    seen = looks(key, serving, using=using)
    said = described_as([key], serving, language, using=using)
    legs: list[VectorLeg | None] = []
    if seen is not None:
        legs.append(
            picture_leg(
                serving, "picture-picture", seen, size=conf.leg_size, ef_search=conf.ef_search, using=using
            )
        )
    if said is not None:
        legs.append(
            text_leg(serving, language, said, size=conf.leg_size, ef_search=conf.ef_search, using=using)
        )
    return Legs(None, tuple(leg for leg in legs if leg is not None))


def resembling(evidence: Evidence, *, floor: float) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """It resembles when it looks alike or is described alike; both together decide how much."""
    alike = np.fmax(np.nan_to_num(evidence.likeness), np.nan_to_num(evidence.text))
    return alike >= floor, alikeness(evidence)


def alikeness(evidence: Evidence) -> NDArray[np.float64]:
    """How much products look alike and are described alike `(n,)`, in log odds; 0 where nothing is known."""
    logits = (log_odds(evidence.likeness), log_odds(evidence.text))
    return np.nan_to_num(mean_of_known(logits, (LOOK_SHARE, 1 - LOOK_SHARE)))
