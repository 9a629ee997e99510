"""Fills an embedding space beside the serving one: page by page, at a bounded rate, from wherever it was left.

Nothing remembers how far a fill came but the vectors themselves: a page of entries is compared with what the space
holds, and only products that lack something are raised for the workers. So a fill that was killed goes on where it
stopped, two at once do no work twice, and saves by people, which are not bulk, go first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now

from ..documents import document
from ..errors import ProductSearchError
from ..models import Entry, Space, State
from . import calibrate, claim, generations, heartbeat, spaces
from .missing import coverage, vector_differences
from .work import index_pending

#: Entries compared at once, and the most products that wait because of a fill.
PAGE = 500
#: How often a paused fill, or one whose products others work on, looks again.
LOOK_SECONDS = 0.2
HEARTBEAT = "fill:"
#: A fill that reported within this time is still running.
SEEN_SECONDS = 10.0


class FillStuck(ProductSearchError):
    """A whole pass brought nothing new into the space; the message says what keeps it."""


@dataclass(frozen=True)
class FillProgress:
    """Where a fill stands: `seen` of `products` compared in this pass, of which `filled` were brought in.

    `per_second` counts products compared; `remaining_s` is None until it can be told.
    """

    seen: int
    products: int
    filled: int
    per_second: float
    remaining_s: float | None
    paused: bool = False


def fill(
    space: Space,
    *,
    using: str,
    rate: float | None = None,
    page: int = PAGE,
    progress: Callable[[FillProgress], None] = lambda progress: None,
) -> FillProgress:
    """Bring every product into `space`, here and in whatever workers run; at most `rate` products a second.

    Returns once nothing is missing but products that fail by themselves. Waits while the space is paused. Raises
    `FillStuck` when another pass helps no more than the one before, and what `index_pending` raises.
    """
    now = _pass(space, using, rate, page, progress, patient=False)
    left = coverage(using, space).missing
    while left:
        before = left
        now = _pass(space, using, rate, page, progress, patient=True)
        left = coverage(using, space).missing
        if left >= before:
            raise FillStuck(
                f"{left} products are indexed but have no vectors in space {space.pk} of {space.name}. Is its model "
                "where the workers run? `manage.py index --status` says what they report."
            )
    return now


def complete(
    space: Space,
    *,
    using: str,
    rate: float | None = None,
    progress: Callable[[FillProgress], None] = lambda progress: None,
) -> list[str]:
    """All that `space` needs before it may serve: its vectors, the indexes that they justify, and its curves.

    A paused or retired space is taken up again. Returns the names of the indexes that were built. Raises as `fill`
    does, and `OwnerNeeded` where an index is due that this role may not build.
    """
    if space.state == State.RETIRED:
        Space.objects.using(using).filter(pk=space.pk).update(state=State.FILLING, since=Now())
    Space.objects.using(using).filter(pk=space.pk).update(paused=False)
    fill(space, using=using, rate=rate, progress=progress)
    space.refresh_from_db()
    built = spaces.build_indexes(space, document().languages, using=using)
    # What was saved while an index was built was left out of the space.
    fill(space, using=using, rate=rate, progress=progress)
    calibrate.calibrate(using, space, generations.current(using))
    return built


def latest(using: str, space: Space) -> tuple[float, FillProgress] | None:
    """How long ago (seconds) a fill of `space` last reported, and what; None when none did."""
    found = heartbeat.age(f"{HEARTBEAT}{space.pk}", using=using)
    return None if found is None else (found[0], FillProgress(**found[1]))


def _pass(
    space: Space,
    using: str,
    rate: float | None,
    page: int,
    progress: Callable[[FillProgress], None],
    *,
    patient: bool,
) -> FillProgress:
    """All entries once. A `patient` pass waits for what others hold, such as a worker that died with its lease."""
    total = Entry.objects.using(using).count()
    begun = time.monotonic()
    rested = 0.0
    seen = filled = 0
    after: Any = None
    size = page if rate is None else max(1, min(page, int(rate)))

    def report(*, paused: bool = False) -> FillProgress:
        worked = max(time.monotonic() - begun - rested, 1e-6)
        speed = seen / worked
        remaining = (total - seen) / speed if seen else None
        now = FillProgress(seen, max(total, seen), filled, speed, remaining, paused)
        heartbeat.beat(f"{HEARTBEAT}{space.pk}", using=using, **vars(now))
        progress(now)
        return now

    while True:
        rested += _wait_while_paused(using, space, lambda: report(paused=True))
        keys = _keys(using, after, size)
        if not keys:
            return report()
        started = time.monotonic()
        lacking, waiting = _lacking(using, space, keys)
        claim.raise_entries(using, lacking, bulk=True)
        if lacking or (patient and waiting):
            _work_off(using, [*lacking, *waiting] if patient else lacking)
            filled += len(lacking)
        after = keys[-1]
        seen += len(keys)
        report()
        if rate is not None and lacking:
            time.sleep(max(0.0, len(lacking) / rate - (time.monotonic() - started)))


def _keys(using: str, after: Any, size: int) -> list[Any]:
    """The next entries that have been indexed, in the order of their keys."""
    entries = Entry.objects.using(using).filter(done__gt=0).order_by("product")
    if after is not None:
        entries = entries.filter(product__gt=after)
    return list(entries.values_list("product", flat=True)[:size])


def _lacking(using: str, space: Space, keys: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Of `keys` those whose vectors differ: to be raised, and waiting anyway. Failing ones are neither."""
    different = {product for _, product in vector_differences(using, space, keys)}
    entries = Entry.objects.using(using).filter(product__in=different, parked=False, attempts=0)
    fresh, waiting = entries.filter(done=F("wanted")), entries.filter(done__lt=F("wanted"))
    return list(fresh.values_list("product", flat=True)), list(waiting.values_list("product", flat=True))


def _work_off(using: str, keys: Sequence[Any]) -> None:
    """Index here until none of `keys` waits any more, whoever took it; one that fails is waited for no longer."""
    waiting = Q(done__lt=F("wanted"), parked=False, attempts=0)
    while True:
        index_pending(seconds=LOOK_SECONDS)
        if not Entry.objects.using(using).filter(waiting, product__in=list(keys)).exists():
            return
        time.sleep(LOOK_SECONDS)


def _wait_while_paused(using: str, space: Space, report: Callable[[], Any]) -> float:
    begun = time.monotonic()
    while True:
        now = Space.objects.using(using).filter(pk=space.pk).first()
        if now is None or now.state == State.RETIRED:
            raise FillStuck(f"Space {space.pk} of {space.name} is no longer there to be filled.")
        if not now.paused:
            return time.monotonic() - begun
        report()
        time.sleep(LOOK_SECONDS)
