"""Compares the whole shop with the whole index, page by page, and has what differs indexed anew.

For everything that wrote past the signals: bulk updates, raw SQL, a restored backup, a file replaced under its name. It
goes in pages in the order of keys with one page in memory. Where a run stands is a row in the database, so the sweep
runs it in slices, a person's request needs no broker, and a process that dies takes nothing along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from ..conf import settings
from ..documents import document
from ..models import Entry, Generation, Picture, PictureVector, Space, State, Text, TextVector
from . import claim, generations, heartbeat
from .differences import KINDS, Depth, Differences, of_products
from .work import database

#: Products compared at once: file bytes, functions and terms make a page of the deep kind slow.
PAGES: Mapping[Depth, int] = {"quick": 500, "deep": 50}
#: Keys kept of each kind, to look at.
EXAMPLES = 5
#: How long a slice of a run that a person asked for takes, and of one that came by itself.
ASKED_SECONDS = 2.0
SLICE_SECONDS = 0.5

#: What is looked through, one after the other: the shop's products, then what the index holds of products it lacks.
PHASES: Mapping[str, tuple[Any, str]] = {
    "products": (None, ""),
    "entries": (Entry, "orphan_entry"),
    "texts": (Text, "orphan_text"),
    "pictures": (Picture, "orphan_picture"),
    "text vectors": (TextVector, "orphan_vector"),
    "picture vectors": (PictureVector, "orphan_vector"),
}


@dataclass(frozen=True)
class Reconciliation:
    """One comparison of shop and index: where it stands, and what it found.

    `checked` of about `products` were compared; `differences` counts products by kind (`KINDS` has each one's meaning
    and least depth); `examples` holds some keys of each as text. `raised` products were handed to the workers,
    `waiting` ones were to be indexed anyway, `failing` ones have an error of their own.
    """

    depth: Depth
    finished: bool = False
    asked: bool = False
    checked: int = 0
    products: int = 0
    differences: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    raised: int = 0
    waiting: int = 0
    failing: int = 0
    #: Where the next page begins: what is looked through, and the last key of the page before.
    phase: str = "products"
    after: str | None = None

    @property
    def share(self) -> float:
        """How much is done, 0 to 1, for a progress bar."""
        if self.finished:
            return 1.0
        return min(self.checked / self.products, 1.0) if self.products else 0.0


def reconcile(
    depth: Depth = "quick",
    *,
    repair: bool = True,
    progress: Callable[[Reconciliation], None] = lambda now: None,
) -> Reconciliation:
    """Compare everything now, in this process; with `repair`, what differs is raised for the workers.

    Orphans go the same way: a worker that finds no product drops all that is held of it. Raises `GenerationRetired` in
    a process with an older document than the one that serves.
    """
    using = database()
    now = _begun(using, depth)
    while not now.finished:
        now = _page(using, now, repair=repair)
        progress(now)
    if repair:
        _finish(using, now)
    return now


def ask(depth: Depth) -> None:
    """Have the next sweeps do it, from the beginning; for an admin's button. Needs a worker and beat, and no broker."""
    using = database()
    heartbeat.beat(_running(depth), using=using, **asdict(replace(_begun(using, depth), asked=True)))


def running(depth: Depth) -> Reconciliation | None:
    """The run that the sweeps are at, or that they will begin; None when there is none."""
    found = heartbeat.age(_running(depth), using=database())
    return None if found is None else _of_row(depth, found[1])


def last(depth: Depth) -> tuple[float, Reconciliation] | None:
    """How long ago (seconds) the last run of this depth ended, and what it found; None before the first."""
    found = heartbeat.age(_last(depth), using=database())
    return None if found is None or not found[1] else (found[0], _of_row(depth, found[1]))


def advance(using: str) -> None:
    """What the sweep does: a slice of the run that a person asked for, else of one that is due or begun."""
    for depth in PAGES:
        now = running(depth)
        if now is None and _is_due(using, depth):
            now = _begun(using, depth)
        if now is None:
            continue
        if now.asked:
            _slice(using, now, ASKED_SECONDS)
        else:
            job = partial(_slice, using, now, SLICE_SECONDS)
            heartbeat.run_rested(f"job:reconcile-{depth}", job, using=using)
        return


def _is_due(using: str, depth: Depth) -> bool:
    conf = settings()
    every = conf.reconcile_hours * 3600 if depth == "quick" else conf.deep_reconcile_days * 86400
    if not every:
        return False
    found = heartbeat.age(_last(depth), using=using)
    if found is None:  # the first one is due after the first pause: a new shop is being indexed just now
        heartbeat.beat(_last(depth), using=using)
        return False
    return found[0] > every


def _slice(using: str, now: Reconciliation, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not now.finished and time.monotonic() < until:
        now = _page(using, now, repair=True)
        heartbeat.beat(_running(now.depth), using=using, **asdict(now))
    if now.finished:
        _finish(using, now)


def _finish(using: str, now: Reconciliation) -> None:
    heartbeat.beat(_last(now.depth), using=using, **asdict(now))
    heartbeat.forget(_running(now.depth), using=using)


def _begun(using: str, depth: Depth) -> Reconciliation:
    return Reconciliation(depth, products=document().queryset().using(using).count())


def _page(using: str, now: Reconciliation, *, repair: bool) -> Reconciliation:
    """The next page, compared and, with `repair`, raised; and where the run stands then."""
    size = PAGES[now.depth]
    model, kind = PHASES[now.phase]
    found = Differences()
    if model is None:
        if repair:
            claim.expand(using)  # what is marked is no difference, but work that waits
        keys = _next(document().queryset().using(using), "pk", now.after, size)
        if keys:
            found = of_products(using, keys, now.depth)
        now = replace(now, checked=now.checked + len(keys))
    else:
        keys = _next(_orphans(using, model), "product", now.after, size)
        for key in keys:
            found.add(kind, key)
    if repair:
        _repair(using, found)
    now = _noted(now, found, raised=len(found.products) if repair else 0)
    if len(keys) == size:
        return replace(now, after=str(keys[-1]))
    behind = list(PHASES)[list(PHASES).index(now.phase) + 1 :]
    return replace(now, phase=behind[0], after=None) if behind else replace(now, after=None, finished=True)


def _next(rows: QuerySet[Any], column: str, after: str | None, size: int) -> list[Any]:
    """The next keys in their order, once each."""
    if after is not None:
        rows = rows.filter(**{f"{column}__gt": claim.from_db(after)})
    keys = rows.order_by(column).values_list(column, flat=True).distinct()[:size]
    return list(keys)


def _orphans(using: str, model: Any) -> QuerySet[Any]:
    """Rows of products that the shop no longer has, and vectors of a generation that there is none of.

    Left out are those that a worker is about to drop anyway.
    """
    of_shop = document().queryset().using(using).order_by().filter(pk=OuterRef("product"))
    waiting = Entry.objects.using(using).filter(product=OuterRef("product"), done__lt=F("wanted"))
    gone = ~Exists(of_shop) & ~Exists(waiting)
    rows = model._base_manager.using(using).filter(product__isnull=False)
    if model in (TextVector, PictureVector):
        # A retired space is about to be dropped as a whole.
        live = Space.objects.using(using).exclude(state=State.RETIRED)
        rows = rows.filter(space_id__in=list(live.values_list("pk", flat=True)))
    if model is TextVector:
        gone |= ~Q(generation_id__in=_generations(using))
    orphans: QuerySet[Any] = rows.filter(gone)
    return orphans


def _generations(using: str) -> list[int]:
    return list(Generation.objects.using(using).values_list("pk", flat=True))


def _repair(using: str, found: Differences) -> None:
    """Raise what differs. A worker writes all of a product but what no document of today would ever name."""
    extra = list(found.found.get("extra_text", ()))
    if extra:
        generation = generations.current(using)
        rows = Text.objects.using(using).filter(generation=generation, product__in=extra)
        rows.exclude(language__in=document().languages).delete()
    wrong = list(found.found.get("wrong_terms", ()))
    if wrong:  # equal texts are not taken apart again, so this one must not look equal
        Text.objects.using(using).filter(product__in=wrong).update(digest="")
    orphans = list(found.found.get("orphan_vector", ()))
    if orphans:
        rows_of_none = TextVector.objects.using(using).filter(product__in=orphans)
        rows_of_none.exclude(generation_id__in=_generations(using)).update(product=None, forgotten_at=Now())
    claim.raise_entries(using, found.products, bulk=True)


def _noted(now: Reconciliation, found: Differences, *, raised: int) -> Reconciliation:
    differences = dict(now.differences)
    examples = {kind: list(keys) for kind, keys in now.examples.items()}
    for kind, keys in found.found.items():
        differences[kind] = differences.get(kind, 0) + len(keys)
        known = examples.setdefault(kind, [])
        known.extend(sorted(str(key) for key in keys)[: EXAMPLES - len(known)])
    return replace(
        now,
        products=max(now.products, now.checked),
        differences={kind: differences[kind] for kind in KINDS if kind in differences},
        examples=examples,
        raised=now.raised + raised,
        waiting=now.waiting + found.waiting,
        failing=now.failing + found.failing,
    )


def _of_row(depth: Depth, detail: Mapping[str, Any]) -> Reconciliation:
    """A run as it was noted, be it by another release: what that one did not know has its default."""
    known = {spec.name for spec in fields(Reconciliation)}
    return Reconciliation(**{"depth": depth, **{name: detail[name] for name in known & detail.keys()}})


def _running(depth: Depth) -> str:
    return f"reconcile:{depth}"


def _last(depth: Depth) -> str:
    return f"reconciled:{depth}"
