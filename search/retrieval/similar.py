"""More like this product: by what its pictures show and its text says, less the product itself and its variants."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from numpy.typing import NDArray

from ..conf import settings
from ..documents import SearchScope, document
from ..errors import InvalidRequest, UnknownProduct
from ..models import PictureVector, TextVector
from .answer import SearchAnswer
from .candidates import Legs, gather
from .engine import DISABLED
from .filters import Choices
from .fusion import Evidence, mean_of_known
from .grouping import group_text
from .page import hits, rank, ranked_parts
from .serving import Serving
from .snapshot import read, transaction_of_a_search
from .vectors import VectorLeg, Vectors, picture_leg, text_leg

#: Pictures of the product that are compared; the first ones show it best.
MOST_PICTURES = 4
MAX_LIMIT = 100
#: What looks alike counts more than what is described alike.
LOOK_SHARE = 0.6
NOT_INDEXED = "not-indexed: this product is not indexed yet"


def similar(product_key: Any, scope: SearchScope, *, limit: int = 12) -> SearchAnswer:
    """Up to `limit` (1 to 100) visible products that resemble that of `product_key`, best first, one of each group.

    Raises `UnknownProduct` where `scope` can't see it, `InvalidRequest` for another limit. `total` counts all that
    resemble it; there are no facets and one page.
    """
    started = time.perf_counter()
    conf, shop = settings(), document()
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest("out_of_range", "limit", f"limit is {limit}; expected 1 to {MAX_LIMIT}.")
    choices = Choices.of(shop, scope, {})
    key, group = _found(choices, product_key)
    empty = SearchAnswer((), 0, "eq", (), 1, limit, 0)
    if not conf.enabled:
        return replace(empty, notices=(DISABLED,))
    using = choices.visible.db
    language = scope.search_language(shop.languages)
    serving = Serving.now(language, using=using)
    with transaction_of_a_search(using):
        legs = _legs(key, serving, language, size=conf.leg_size, using=using)
        if not legs.vectors:
            return replace(empty, notices=(NOT_INDEXED,))
        others = Choices(shop, choices.visible.alias(ps_own=group_text(shop)).exclude(ps_own=group), {})
        candidates = gather(
            legs, others, conf.relevance_floor, partial(_resembling, floor=conf.relevance_floor)
        )
        ranked = rank(candidates, read(ranked_parts(others, candidates), using=using), 1, limit)
        shown = hits(ranked.keys, others, scope, candidates)
    return replace(
        empty,
        hits=shown,
        total=ranked.total,
        relation=candidates.relation,
        pages=1 if shown else 0,
        took_ms=(time.perf_counter() - started) * 1000,
    )


def _found(choices: Choices, product_key: Any) -> tuple[Any, str]:
    """The visible product's key in the shop's own type, and its group."""
    try:
        rows = choices.visible.filter(pk=product_key).annotate(ps_own=group_text(choices.document))
        row = rows.values_list("pk", "ps_own").first()
    except (ValueError, TypeError, OverflowError, ValidationError):  # no key of this shop's type
        row = None
    if row is None:
        raise UnknownProduct(f"No product {str(product_key)[:80]!r} can be seen here.")
    key, group = row
    return key, group


def _legs(key: Any, serving: Serving, language: str, *, size: int, using: str) -> Legs:
    legs: list[VectorLeg | None] = []
    if serving.space is not None and serving.generation is not None:
        pictures = PictureVector.objects.using(using).filter(space_id=serving.space.pk, product=key)
        looks = _stacked(pictures.order_by("position", "picture")[:MOST_PICTURES])
        texts = TextVector.objects.using(using).filter(
            space_id=serving.space.pk, generation_id=serving.generation.pk, language=language, product=key
        )
        said = _stacked(texts)
        if looks is not None:
            legs.append(picture_leg(serving, "picture-picture", looks, size=size, using=using))
        if said is not None:
            legs.append(text_leg(serving, language, said, size=size, using=using))
    return Legs(None, tuple(leg for leg in legs if leg is not None))


def _stacked(rows: QuerySet[Any]) -> Vectors | None:
    vectors = list(rows.values_list("vector", flat=True))
    return np.array(vectors, dtype=np.float32) if vectors else None


def _resembling(evidence: Evidence, *, floor: float) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """It resembles when it looks alike or is described alike; both together decide how much."""
    alike = np.fmax(np.nan_to_num(evidence.likeness), np.nan_to_num(evidence.text))
    scores = np.nan_to_num(mean_of_known((evidence.likeness, evidence.text), (LOOK_SHARE, 1 - LOOK_SHARE)))
    return alike >= floor, scores
