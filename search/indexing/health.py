"""Says whether saves are indexed and, if not, why: a cause and the line that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import settings
from ..documents import document
from ..models import Entry, Generation, Mark, Space, State
from ..models.entry import STALE
from ..replicas import fleet
from ..replicas.measuring import Replica
from . import generations, heartbeat, progress, wake
from .embedding import CHANGED
from .progress import GenerationProgress, SpaceProgress
from .pulse import BEAT, WORKER
from .spaces import missing_indexes
from .sweep import HEARTBEAT, SWEEP_TASK
from .throughput import Throughput, throughput
from .work import database

#: Without a sign of life for so many sweeps, and for SILENT_SECONDS at least, a worker or beat counts as stopped.
SILENT_SWEEPS = 6
SCHEDULE_LINE = "CELERY_BEAT_SCHEDULE = {**product_search.schedule()}"
#: Counts are exact to here; beyond, the planner's estimate answers a monitor that asks every few seconds.
COUNTED = 20_000
#: While more than this share of all products waits, an import runs, and HNSW indexes are better built after it.
IMPORTING = 0.1


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
    #: Products whose index entry is up to date, that wait, that failed and are tried again, that are parked: not tried
    #: any more before somebody asks for it. Each is exact to COUNTED and about right beyond.
    fresh: int
    waiting: int
    failing: int
    parked: int
    #: Marks not yet turned into waiting products, and the age of the oldest that is due.
    marks: int
    oldest_mark_s: float | None
    throughput: Throughput
    worker_seen_s: float | None
    sweep_seen_s: float | None
    spaces: tuple[SpaceProgress, ...]
    generations: tuple[GenerationProgress, ...]
    problems: tuple[Problem, ...]
    #: Each replica of REPLICAS as this process saw it last.
    replicas: tuple[Replica, ...] = ()

    @property
    def status(self) -> str:
        """ "down" when searches can't be answered, "degraded" when saves are not indexed, else "ok"."""
        if not self.enabled or not self.serving:
            return "down"
        return "degraded" if any(problem.stops for problem in self.problems) else "ok"

    @property
    def total(self) -> int:
        """Products that have an entry, about."""
        return self.fresh + self.waiting + self.failing + self.parked

    @property
    def remaining_s(self) -> float | None:
        """About how long until all that waits is indexed; None while nothing waits, or nothing is being indexed."""
        return self.throughput.seconds_for(self.waiting + self.marks)


def health() -> Health:
    """The state of the index, read in a few short queries; needs no broker and loads no model."""
    using = database()
    conf = settings()
    fresh, waiting, failing, parked = _counts(using)
    marks, oldest = _marks(using)
    workers = list(heartbeat.ages(WORKER, using=using).values())  # the last seen first
    worker = workers[0][0] if workers else None
    beats = [age for age, _ in heartbeat.ages(BEAT, using=using).values()]
    swept = heartbeat.age(HEARTBEAT, using=using)
    spaces, texts = progress.of_spaces(using), progress.of_generations(using)
    serving = any(each.space.state == State.SERVING for each in spaces) and any(
        each.generation.state == State.SERVING for each in texts
    )
    importing = waiting > IMPORTING * (fresh + waiting)
    replicas = fleet.fleet.states()
    problems = (
        ()
        if not conf.enabled
        else (
            *_missing(worker, min(beats, default=None), None if swept is None else swept[0]),
            *_reported(workers),
            *_space_problems(using, [each.space for each in spaces]),
            *([] if importing else _index_problems(using, [each.space for each in spaces])),
            *_product_problems(failing, parked),
            *_replica_problems(replicas),
        )
    )
    return Health(
        enabled=conf.enabled,
        serving=serving,
        fresh=fresh,
        waiting=waiting,
        failing=failing,
        parked=parked,
        marks=marks,
        oldest_mark_s=oldest,
        throughput=throughput(using),
        worker_seen_s=worker,
        sweep_seen_s=None if swept is None else swept[0],
        spaces=spaces,
        generations=texts,
        problems=problems,
        replicas=replicas,
    )


def silent_after() -> float:
    """Seconds without a sign of life after which a worker or beat counts as stopped."""
    conf = settings()
    return float(max(conf.silent_seconds, SILENT_SWEEPS * conf.sweep_seconds))


def _counts(using: str) -> tuple[int, int, int, int]:
    """Fresh, waiting, failing and parked products: no count reads more than COUNTED rows."""
    entries = Entry.objects.using(using).order_by()
    stale = entries.filter(STALE)
    # Each is what one of the table's partial indexes holds, and what is at work at this moment.
    waiting = _counted(stale.filter(attempts=0, lease=None), "product_search_entry_new")
    waiting += _counted(stale.filter(attempts=0, lease__isnull=False))
    failing = _counted(stale.filter(attempts__gt=0, lease=None), "product_search_entry_failed")
    failing += _counted(stale.filter(attempts__gt=0, lease__isnull=False))
    parked = _counted(entries.filter(parked=True), "product_search_entry_parked")
    every = _counted(entries, Entry._meta.db_table)
    return max(every - waiting - failing - parked, 0), waiting, failing, parked


def _counted(rows: QuerySet[Entry], relation: str = "") -> int:
    """How many there are; from COUNTED on as the last ANALYZE saw it, in the table or index of that name."""
    count = rows[:COUNTED].count()
    return max(count, _estimate(rows.db, relation)) if count == COUNTED and relation else count


def _estimate(using: str, relation: str) -> int:
    """Rows of a table or index, as the last ANALYZE saw them."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [relation])
        row = cursor.fetchone()
    return max(int(row[0]), 0) if row else 0


def _marks(using: str) -> tuple[int, float | None]:
    """Marks that are due, counted to COUNTED, and the age of the oldest: two look-ups in product_search_mark_due."""
    marks = Mark._meta.db_table
    oldest = f"SELECT min(not_before) FROM {marks} WHERE bulk = %s AND not_before <= statement_timestamp()"
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM (SELECT FROM {marks} WHERE not_before <= statement_timestamp() LIMIT %s) d),"
            f" extract(epoch FROM clock_timestamp() - least(({oldest}), ({oldest})))::float8",
            [COUNTED, False, True],
        )
        count, age = cursor.fetchone() or (0, None)
    return count, age


def _missing(worker: float | None, beat: float | None, swept: float | None) -> list[Problem]:
    """Which of worker, beat and schedule is missing, by the seconds since each gave a sign of life."""
    limit, app = silent_after(), wake.celery_app()
    found = []
    if _silent(worker, limit):
        if app is None:
            found.append(
                Problem(
                    _("No Celery app is loaded, so nothing wakes a worker."),
                    _(
                        "Write `from .celery import app as celery_app` in the __init__.py of your project package, or "
                        "run `manage.py index --watch`."
                    ),
                )
            )
        queue = settings().queue
        if worker is None:
            default, named = (
                _("No worker on the default queue was ever seen."),
                _('No worker on queue "%(queue)s" was ever seen.'),
            )
        else:
            default, named = (
                _("No worker on the default queue was seen for %(seconds)d s."),
                _('No worker on queue "%(queue)s" was seen for %(seconds)d s.'),
            )
        cause = (default if queue is None else named) % {"queue": queue, "seconds": round(worker or 0)}
        option = "" if queue is None else f" -Q {queue}"
        fix = _("Start one: `%s`, or run `manage.py index --watch`.")
        found.append(Problem(cause, fix % f"celery -A {_name(app)} worker{option}"))
        if not _silent(beat, limit):
            return found  # no worker, hence no sweep: one cause, one fix
    if _silent(swept, limit):
        found.append(_no_sweep(swept, app, beats=not _silent(beat, limit)))
    return found


def _no_sweep(swept: float | None, app: Any, *, beats: bool) -> Problem:
    """A worker sweeps when beat asks it to; the schedule is asked here, as the web process has it."""
    tasks = [] if app is None else [entry.get("task") for entry in (app.conf.beat_schedule or {}).values()]
    beat = f"celery -A {_name(app)} beat"
    cause = _("No sweep was ever seen.") if swept is None else _("No sweep was seen for %d s.") % round(swept)
    if SWEEP_TASK not in tasks and app is not None:
        fix = (
            _(
                "Celery's schedule has none: write `%(line)s` in your settings, beside what is there, and restart beat."
            )
            if beats
            else _(
                "Celery's schedule has none: write `%(line)s` in your settings, beside what is there, and start beat: "
                "`%(beat)s`."
            )
        )
    elif beats:
        fix = _("Beat runs all the same: restart it, and write `%(line)s` where its settings are.")
    else:
        fix = _("Start beat: `%(beat)s`, with `%(line)s`.")
    return Problem(cause, fix % {"line": SCHEDULE_LINE, "beat": beat})


def _name(app: Any) -> str:
    return "APP" if app is None else str(app.main)


def _reported(workers: list[tuple[float, dict[str, Any]]]) -> list[Problem]:
    """What the last worker itself could not get over."""
    problem = workers[0][1].get("problem") if workers else ""
    return (
        [
            Problem(
                _("The last worker reports: %s") % problem,
                _("Mend it; the products go on waiting."),
            )
        ]
        if problem
        else []
    )


def _silent(age: float | None, limit: float) -> bool:
    return age is None or age > limit


def _space_problems(using: str, spaces: list[Space]) -> list[Problem]:
    found = []
    spaces = [space for space in spaces if space.state != State.RETIRED]
    serving = next((space for space in spaces if space.state == State.SERVING), None)
    encoder = settings().encoder
    if serving is None:
        found.append(
            Problem(
                _("No embedding space exists yet."), _("Run `manage.py index`, which makes the first one.")
            )
        )
    elif encoder not in {space.name for space in spaces}:
        found.append(
            Problem(
                _('ENCODER is "%(encoder)s", but searches are served by space %(space)d of "%(name)s".')
                % {"encoder": encoder, "space": serving.pk, "name": serving.name},
                _(
                    "Run `manage.py spaces create`, `manage.py spaces fill` and `manage.py spaces switch`, or set "
                    "ENCODER back."
                ),
                stops=False,
            )
        )
    for _age, detail in heartbeat.ages(CHANGED, using=using).values():
        found.append(
            Problem(str(detail.get("problem", "")), _("Until then searches go by words."), stops=False)
        )
    return [*found, *_generation_problems(using)]


def _generation_problems(using: str) -> list[Problem]:
    """Read only: asking how things stand makes no generation."""
    generation = Generation.objects.using(using).filter(digest=generations.current_digest()).first()
    if generation is None or generation.state == State.SERVING:
        return []
    if generation.state == State.FILLING:
        cause = _("The document changed: its new texts are being filled beside those that serve.")
        return [Problem(cause, _("Nothing to do; it switches when complete."), stops=False)]
    cause = _("This process's document is that of generation %d, which a newer one replaced.") % generation.pk
    fix = _("Restart it with the shop's new code, or run `manage.py index` to go back to this document.")
    return [Problem(cause, fix, stops=False)]


def _index_problems(using: str, spaces: list[Space]) -> list[Problem]:
    """Searches are answered without an HNSW index too, but every one reads all vectors.

    Of a space that is being filled they are built at the end of it.
    """
    found = []
    for space in spaces:
        if space.state not in (State.SERVING, State.STANDBY):
            continue
        due = len(missing_indexes(space, document().languages, using=using))
        if due:
            cause = ngettext(
                "%(count)d HNSW index of space %(space)d is due and missing, so searches get slower as products come.",
                "%(count)d HNSW indexes of space %(space)d are due and missing, so searches get slower as products "
                "come.",
                due,
            ) % {"count": due, "space": space.pk}
            fix = (
                _("Run `manage.py spaces index %d` as the tables' owner; nothing stops meanwhile.") % space.pk
            )
            found.append(Problem(cause, fix, stops=False))
    return found


def _product_problems(failing: int, parked: int) -> list[Problem]:
    found = []
    if failing:
        cause = ngettext(
            "%d product could not be indexed and is tried again.",
            "%d products could not be indexed and are tried again.",
            failing,
        )
        fix = _("See the errors in the admin, under index entries.")
        found.append(Problem(cause % failing, fix, stops=False))
    if parked:
        cause = ngettext(
            "%d product is parked after repeated errors.",
            "%d products are parked after repeated errors.",
            parked,
        )
        fix = _(
            "Mend what `manage.py index --status` names, then try again in the admin, save what is concerned or run "
            "`manage.py index --all`."
        )
        found.append(Problem(cause % parked, fix, stops=False))
    return found


def _replica_problems(replicas: tuple[Replica, ...]) -> list[Problem]:
    """Those that are left out of searches, each with why."""
    found = []
    for each in replicas:
        if each.in_service:
            continue
        cause = {
            "silent": _("The replica %(alias)s does not answer."),
            "behind": _("The replica %(alias)s is further behind than MOST_BEHIND, %(seconds)d s."),
            "stage": _("The replica %(alias)s has not replayed the last migration or switch of the index."),
            "alone": _("The replica %(alias)s follows no primary: it was promoted, or never was a replica."),
        }[each.fault] % {"alias": each.alias, "seconds": settings().most_behind}
        fix = (
            _("Make it a replica again, or take it out of REPLICAS; until then it is left out of searches.")
            if each.fault == "alone"
            else _("Searches go elsewhere until it is back; look at its log, and at pg_stat_replication.")
        )
        found.append(Problem(cause, fix, stops=False))
    return found
