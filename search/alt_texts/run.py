"""Alt texts, page by page, from stored vectors and tags: of what changed lately, and of everything when words changed.

How far a pass over everything has come is one row, written with each page, so it goes on wherever it was killed, and
two workers at once take turns. A pass begins when tagging has ended its own.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from .. import tagging
from ..conf import settings
from ..documents import document
from ..indexing import work
from ..indexing.passes import Pass, take_queued, take_turn
from ..models import Attribute, Generation, Space, Undescribed
from ..tagging.heads import vocabulary
from .page import describe_page

#: Products that are looked at together.
PAGE = 500
#: The pass over everything.
PASS = Pass("alt-texts")


@dataclass(frozen=True)
class AltTextProgress:
    """Where a run stands: `seen` of `products` in the pass over everything, and `pictures` that have words to review.

    `complete`: nothing was left to do when it ended.
    """

    seen: int = 0
    products: int = 0
    pictures: int = 0
    complete: bool = False


@dataclass(frozen=True)
class _Serving:
    """What a run goes by, as it was when the run began."""

    using: str
    space: Space
    generation: Generation
    attributes: Sequence[Attribute]
    digest: str

    @classmethod
    def now(cls, using: str) -> _Serving | None:
        """None before anything is indexed."""
        space = Space.serving(using)
        generation = Generation.serving(using) if space else None
        if space is None or generation is None:
            return None
        attributes = vocabulary(using)
        return cls(using, space, generation, attributes, _digest(attributes, space, generation))


def _digest(attributes: Sequence[Attribute], space: Space, generation: Generation) -> str:
    """Hex SHA-256 of all that decides words but the products and their tags."""
    said = [
        (each.name, [(value.value, value.said, value.translations) for value in each.values.all()])
        for each in attributes
    ]
    whole = [space.digest, generation.digest, document().languages, settings().captioner, said]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def is_due(using: str) -> bool:
    """Whether a worker would find something to do."""
    serving = _Serving.now(using) if settings().alt_texts else None
    if serving is None:
        return False
    if Undescribed.objects.using(using).exists():
        return True
    state = PASS.state(using=using)
    if state.get("digest") == serving.digest:
        return not state.get("complete")
    return not tagging.is_due(using)


def write_pending(
    *,
    seconds: float | None = None,
    again: bool = False,
    progress: Callable[[AltTextProgress], None] = lambda progress: None,
) -> AltTextProgress:
    """Write in this process whatever waits, for at most about `seconds`; `again` begins a new pass over everything.

    Raises `EncoderUnavailable` where a new phrase can't be embedded here; nothing is lost then.
    """
    using, conf = work.database(), settings()
    serving = _Serving.now(using) if conf.enabled and conf.alt_texts else None
    if serving is None:
        return AltTextProgress(complete=True)
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    if again or (PASS.state(using=using).get("digest") != serving.digest and not tagging.is_due(using)):
        _begin(serving, again=again)
    now = AltTextProgress()
    while time.monotonic() < deadline:
        taken, pictures = _write_queued(serving)
        if not taken:
            pictures = _advance(serving)
        state = PASS.state(using=using)
        now = AltTextProgress(
            int(state.get("seen", 0)),
            int(state.get("products", 0)),
            now.pictures + pictures,
            not taken and (bool(state.get("complete", True)) or state.get("digest") != serving.digest),
        )
        progress(now)
        if now.complete:
            break
    return now


def _begin(serving: _Serving, *, again: bool) -> None:
    """Start a pass over everything, unless another process was quicker."""
    using = serving.using
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        if again or PASS.state(using=using).get("digest") != serving.digest:
            PASS.begin(using=using, digest=serving.digest)


def _write_queued(serving: _Serving) -> tuple[int, int]:
    """A page of what waits: how many products, and for how many pictures there are words."""
    using = serving.using
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        keys = take_queued(Undescribed, PAGE, using=using)
        return len(keys), _describe(keys, serving)


def _advance(serving: _Serving) -> int:
    """The next page of the pass over everything: for how many pictures there are words."""
    using = serving.using
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        state = PASS.state(using=using)
        if state.get("complete", True) or state.get("digest") != serving.digest:
            return 0  # there is none, or another process goes on with newer words
        return PASS.advance(state, PAGE, lambda keys: _describe(keys, serving), using=using)[1]


def _describe(keys: Sequence[Any], serving: _Serving) -> int:
    if not keys:
        return 0
    return describe_page(keys, serving.attributes, serving.space, serving.generation, using=serving.using)
