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

from django.db import connections, transaction

from .. import tagging
from ..conf import settings
from ..documents import document
from ..indexing import heartbeat, work
from ..models import Attribute, Entry, Generation, Space, State, Undescribed
from ..tagging.heads import vocabulary
from .page import describe_page

#: Products that are looked at together.
PAGE = 500
#: The row that says how far the pass over everything is.
STATE = "alt-texts"
QUEUE = Undescribed._meta.db_table
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('product_search'), hashtext('alt-texts'))"


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
        space = Space.objects.using(using).filter(state=State.SERVING).first()
        generation = Generation.objects.using(using).filter(state=State.SERVING).first() if space else None
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
    state = _state(using)
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
    if again or (_state(using).get("digest") != serving.digest and not tagging.is_due(using)):
        _begin(serving, again=again)
    now = AltTextProgress()
    while time.monotonic() < deadline:
        taken, pictures = _write_queued(serving)
        if not taken:
            pictures = _advance(serving)
        state = _state(using)
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


def _state(using: str) -> dict[str, Any]:
    found = heartbeat.age(STATE, using=using)
    return {} if found is None else found[1]


def _begin(serving: _Serving, *, again: bool) -> None:
    """Start a pass over everything, unless another process was quicker."""
    using = serving.using
    with transaction.atomic(using=using):
        _take_turn(using)
        if again or _state(using).get("digest") != serving.digest:
            products = Entry.objects.using(using).filter(done__gt=0).count()
            heartbeat.beat(
                STATE,
                using=using,
                digest=serving.digest,
                products=products,
                seen=0,
                after=None,
                complete=False,
            )


def _write_queued(serving: _Serving) -> tuple[int, int]:
    """A page of what waits: how many products, and for how many pictures there are words."""
    using = serving.using
    with transaction.atomic(using=using):
        _take_turn(using)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {QUEUE} WHERE id IN"  # noqa: S608 - a table of ours
                f" (SELECT id FROM {QUEUE} ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING product",
                [PAGE],
            )
            field: Any = Undescribed._meta.get_field("product")
            keys = sorted({field.to_python(key) for (key,) in cursor.fetchall()})
        return len(keys), _describe(keys, serving)


def _advance(serving: _Serving) -> int:
    """The next page of the pass over everything: for how many pictures there are words."""
    using = serving.using
    with transaction.atomic(using=using):
        _take_turn(using)
        state = _state(using)
        if state.get("complete", True) or state.get("digest") != serving.digest:
            return 0  # there is none, or another process goes on with newer words
        entries = Entry.objects.using(using).filter(done__gt=0).order_by("product")
        if state["after"] is not None:
            field: Any = Entry._meta.get_field("product")
            entries = entries.filter(product__gt=field.to_python(state["after"]))
        keys = list(entries.values_list("product", flat=True)[:PAGE])
        pictures = _describe(keys, serving)
        state |= {"seen": state["seen"] + len(keys), "complete": len(keys) < PAGE}
        if keys:
            state["after"] = str(keys[-1])
        heartbeat.beat(STATE, using=using, **state)
        return pictures


def _describe(keys: Sequence[Any], serving: _Serving) -> int:
    if not keys:
        return 0
    return describe_page(keys, serving.attributes, serving.space, serving.generation, using=serving.using)


def _take_turn(using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(_LOCK)
