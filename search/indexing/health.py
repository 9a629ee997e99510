"""Says whether saves are indexed and, if not, why: a cause and the line that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import F, Q

from ..conf import settings
from ..models import Entry, Generation, Mark, Space, State
from . import generations, heartbeat, wake
from .sweep import HEARTBEAT
from .work import database

#: Without a sign of life for so many sweeps, and for a minute at least, a worker or sweep counts as gone.
SILENT_SWEEPS = 6
WORKER_PREFIX = "worker:"


@dataclass(frozen=True)
class Problem:
    """One thing that keeps saves from being indexed, and what to do about it. `stops`: nothing is indexed at all."""

    cause: str
    fix: str
    stops: bool = True

    def __str__(self) -> str:
        return f"{self.cause} {self.fix}"


@dataclass(frozen=True)
class Health:
    """The index at this moment. Ages are seconds; None means never seen, or nothing waiting."""

    enabled: bool
    #: Searches can be answered: a generation of texts and an embedding space serve.
    serving: bool
    #: Products whose index entry is up to date, that wait, that failed and are tried again, that were given up.
    fresh: int
    waiting: int
    failed: int
    parked: int
    #: Marks not yet turned into waiting products, and the age of the oldest that is due.
    marks: int
    oldest_mark_s: float | None
    worker_seen_s: float | None
    sweep_seen_s: float | None
    problems: tuple[Problem, ...]

    @property
    def status(self) -> str:
        """ "down" when searches can't be answered, "degraded" when saves are not indexed, else "ok"."""
        if not self.enabled or not self.serving:
            return "down"
        return "degraded" if any(problem.stops for problem in self.problems) else "ok"


def health() -> Health:
    """The state of the index, read in a few short queries; needs no broker and loads no model."""
    using = database()
    conf = settings()
    stale = Q(done__lt=F("wanted"))
    entries = Entry.objects.using(using)
    fresh = entries.filter(done=F("wanted"), parked=False).count()
    waiting = entries.filter(stale, parked=False, attempts=0).count()
    failed = entries.filter(stale, parked=False, attempts__gt=0).count()
    parked = entries.filter(parked=True).count()
    marks, oldest = _marks(using)
    workers = list(heartbeat.ages(WORKER_PREFIX, using=using).values())  # the last seen first
    worker = workers[0][0] if workers else None
    swept = heartbeat.age(HEARTBEAT, using=using)
    serving = all(
        model._default_manager.using(using).filter(state=State.SERVING).exists()
        for model in (Generation, Space)
    )
    problems = (
        ()
        if not conf.enabled
        else (
            *_missing_workers(worker, None if swept is None else swept[0]),
            *_reported(workers),
            *_space_problems(using),
            *_product_problems(failed, parked),
        )
    )
    return Health(
        enabled=conf.enabled,
        serving=serving,
        fresh=fresh,
        waiting=waiting,
        failed=failed,
        parked=parked,
        marks=marks,
        oldest_mark_s=oldest,
        worker_seen_s=worker,
        sweep_seen_s=None if swept is None else swept[0],
        problems=problems,
    )


def _marks(using: str) -> tuple[int, float | None]:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT count(*), extract(epoch FROM clock_timestamp() - min(not_before))::float8"
            f" FROM {Mark._meta.db_table} WHERE not_before <= statement_timestamp()"
        )
        count, oldest = cursor.fetchone() or (0, None)
    return count, oldest


def _missing_workers(worker: float | None, swept: float | None) -> list[Problem]:
    conf = settings()
    limit = max(60.0, SILENT_SWEEPS * conf.sweep_seconds)
    found = []
    app = wake.celery_app()
    if app is None and _silent(worker, limit):
        found.append(
            Problem(
                "No Celery app is loaded, so nothing wakes a worker.",
                'Write "from .celery import app as celery_app" in the __init__.py of your project package, or run '
                "`manage.py index --watch`.",
            )
        )
    name = "APP" if app is None else app.main
    queue = "the default queue" if conf.queue is None else f'queue "{conf.queue}"'
    option = "" if conf.queue is None else f" -Q {conf.queue}"
    if _silent(worker, limit):
        found.append(
            Problem(
                f"No worker on {queue} {_since(worker)}.",
                f"Start one: `celery -A {name} worker{option}`, or run `manage.py index --watch`.",
            )
        )
    if _silent(swept, limit):
        found.append(
            Problem(
                f"No sweep {_since(swept)}.",
                f"Start beat: `celery -A {name} beat`, with **product_search.schedule() in CELERY_BEAT_SCHEDULE.",
            )
        )
    return found


def _reported(workers: list[tuple[float, dict[str, Any]]]) -> list[Problem]:
    """What the last worker itself could not get over."""
    problem = workers[0][1].get("problem") if workers else ""
    return (
        [Problem(f"The last worker reports: {problem}", "Mend it; the products go on waiting.")]
        if problem
        else []
    )


def _silent(age: float | None, limit: float) -> bool:
    return age is None or age > limit


def _since(age: float | None) -> str:
    return "was ever seen" if age is None else f"was seen for {age:.0f} s"


def _space_problems(using: str) -> list[Problem]:
    found = []
    spaces = list(Space.objects.using(using).exclude(state=State.RETIRED))
    serving = next((space for space in spaces if space.state == State.SERVING), None)
    encoder = settings().encoder
    if serving is None:
        found.append(
            Problem("No embedding space exists yet.", "Run `manage.py index`, which makes the first one.")
        )
    elif encoder not in {space.name for space in spaces}:
        found.append(
            Problem(
                f'ENCODER is "{encoder}", but searches are served by space {serving.pk} of "{serving.name}".',
                "Run `manage.py spaces create`, `manage.py spaces fill` and `manage.py spaces switch`, or set ENCODER "
                "back.",
                stops=False,
            )
        )
    return [*found, *_generation_problems(using)]


def _generation_problems(using: str) -> list[Problem]:
    """Read only: asking how things stand makes no generation."""
    generation = Generation.objects.using(using).filter(digest=generations.current_digest()).first()
    if generation is None or generation.state == State.SERVING:
        return []
    if generation.state == State.FILLING:
        cause = "The document changed: its new texts are being filled beside those that serve."
        return [Problem(cause, "Nothing to do; it switches when complete.", stops=False)]
    cause = f"This process's document is that of generation {generation.pk}, which a newer one replaced."
    fix = "Restart it with the shop's new code, or run `manage.py index` to go back to this document."
    return [Problem(cause, fix, stops=False)]


def _product_problems(failed: int, parked: int) -> list[Problem]:
    found = []
    if failed:
        found.append(
            Problem(
                f"{failed} products could not be indexed and are tried again.",
                "See their errors in the admin, under index entries.",
                stops=False,
            )
        )
    if parked:
        found.append(
            Problem(
                f"{parked} products were given up after repeated errors.",
                "Mend what `manage.py index --status` names, then save them or run `manage.py index --all`.",
                stops=False,
            )
        )
    return found
