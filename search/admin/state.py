"""What the index page shows: the state of the index, why products failed, who is at work, and how large it all is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import CharField, Count, F, Func, Max, Q, QuerySet, TextField
from django.db.models.functions import MD5
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from ..indexing import heartbeat, pulse
from ..indexing.health import Health, health, silent_after
from ..indexing.sweep import HEARTBEAT
from ..indexing.work import database
from ..models import Entry, Picture, PictureVector, Space, State, TextVector

#: Causes of failure that are shown, the most frequent first, and failed products that are read to group them.
CAUSES = 20
GROUPED = 20_000
#: Products named with each cause.
EXAMPLES = 3

#: Entries that failed and are tried again, or were given up.
TROUBLED = Q(parked=True) | Q(done__lt=F("wanted"), attempts__gt=0)


class Cause(Func):
    """The first line of an error, without what differs from product to product: numbers and what is in quotes."""

    template = "regexp_replace(split_part(%(expressions)s, E'\\n', 1), %(pattern)s, '…', 'g')"
    output_field: TextField[str, str] = TextField()

    def __init__(self) -> None:
        # Only a pattern of ours is written into the SQL.
        super().__init__(F("error"), pattern="""'(''[^'']*''|"[^"]*"|[0-9]+)'""")


@dataclass(frozen=True)
class Failure:
    """Products that failed for one cause: `digest` names it in addresses; `error` is one of theirs, whole."""

    digest: str
    cause: str
    products: int
    parked: int
    error: str
    examples: tuple[Any, ...]


@dataclass(frozen=True)
class Sign:
    """The last sign of life of one process. `problem` is what it reported; `silent` when it counts as stopped."""

    name: str
    kind: Any
    age: float
    silent: bool
    problem: str

    @property
    def ago(self) -> str:
        """How long ago that was, in words."""
        for seconds, text in (
            (86_400, ngettext_lazy("%d day ago", "%d days ago")),
            (3_600, ngettext_lazy("%d hour ago", "%d hours ago")),
            (60, ngettext_lazy("%d minute ago", "%d minutes ago")),
        ):
            if self.age >= 2 * seconds:
                return str(text % int(self.age // seconds))
        return str(ngettext_lazy("%d second ago", "%d seconds ago") % int(self.age))


@dataclass(frozen=True)
class SpaceState:
    """One embedding space, with how many vectors of texts and pictures it holds, about."""

    space: Space
    texts: int
    pictures: int

    @property
    def label(self) -> Any:
        """Its state in words."""
        return SPACE_STATES[self.space.state]


@dataclass(frozen=True)
class Size:
    """One table: rows (about), bytes of the table, of its indexes."""

    name: str
    rows: int
    table: int
    indexes: int

    @property
    def all(self) -> int:
        """Bytes on disk."""
        return self.table + self.indexes


@dataclass(frozen=True)
class IndexState:
    """All that the page shows and that changes while one looks at it."""

    health: Health
    failures: tuple[Failure, ...]
    unreadable: tuple[tuple[str, int], ...]
    signs: tuple[Sign, ...]

    @property
    def total(self) -> int:
        """Products that have an entry, about."""
        now = self.health
        return now.fresh + now.waiting + now.failed + now.parked

    @property
    def level(self) -> str:
        """How it stands, for the eye: "ok", "busy", "degraded" or "down"."""
        status = self.health.status
        return "busy" if status == "ok" and (self.health.waiting or self.health.marks) else status

    @property
    def problems(self) -> tuple[tuple[str, str, str], ...]:
        """Each problem's cause and fix, with commands and lines set as code, and "stops" or "" for all goes on."""
        return tuple(
            (with_code(problem.cause), with_code(problem.fix), "stops" if problem.stops else "")
            for problem in self.health.problems
        )

    @property
    def troubled(self) -> int:
        """Products that a retry would take up again."""
        return self.health.failed + self.health.parked

    @classmethod
    def now(cls) -> IndexState:
        """As it is at this moment."""
        using = database()
        return cls(health(), failures(using), unreadable(using), signs(using))


KINDS = {
    pulse.WORKER.rstrip(":"): pgettext_lazy("process", "worker"),
    pulse.BEAT.rstrip(":"): pgettext_lazy("process", "beat"),
    HEARTBEAT: pgettext_lazy("process", "sweep"),
}
SPACE_STATES: dict[str, Any] = {
    State.SERVING: _("answers searches"),
    State.FILLING: _("is being filled"),
    State.STANDBY: _("stands by, to go back to"),
    State.RETIRED: _("was replaced"),
}


def with_code(text: str) -> str:
    """`text` as HTML, with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}{}{}", ((_CODE if at % 2 else "", part, _END if at % 2 else "") for at, part in parts)
    )


_CODE, _END = mark_safe("<code>"), mark_safe("</code>")


def by_cause(entries: QuerySet[Entry], digest: str) -> QuerySet[Entry]:
    """Those of `entries` that failed for the cause of this digest."""
    return entries.filter(TROUBLED).annotate(ps_cause=MD5(Cause())).filter(ps_cause=digest)


def failures(using: str) -> tuple[Failure, ...]:
    """Why products failed, the most frequent cause first."""
    troubled = Entry.objects.using(using).filter(TROUBLED).order_by()
    read = troubled.values_list("pk")[:GROUPED]
    causes = (
        troubled.filter(pk__in=read)
        .annotate(ps_text=Cause())
        .values("ps_text")
        .annotate(
            ps_digest=MD5("ps_text", output_field=CharField()),
            ps_count=Count("pk"),
            ps_parked=Count("pk", filter=Q(parked=True)),
            ps_error=Max("error"),
        )
        .order_by("-ps_count", "ps_text")[:CAUSES]
    )
    return tuple(
        Failure(
            digest=row["ps_digest"],
            cause=row["ps_text"],
            products=row["ps_count"],
            parked=row["ps_parked"],
            error=row["ps_error"],
            examples=tuple(by_cause(troubled, row["ps_digest"]).values_list("pk", flat=True)[:EXAMPLES]),
        )
        for row in causes
    )


def unreadable(using: str) -> tuple[tuple[str, int], ...]:
    """Reasons why pictures can't be read, each with how many of them."""
    broken = Picture.objects.using(using).exclude(reason="").order_by()
    rows = broken.values_list("reason").annotate(ps_count=Count("pk")).order_by("-ps_count", "reason")
    return tuple((reason, count) for reason, count in rows)


def signs(using: str) -> tuple[Sign, ...]:
    """Workers, beats and the sweep, by kind and the last seen first."""
    limit = silent_after()
    found = []
    for kind, label in KINDS.items():
        for name, (age, detail) in heartbeat.ages(kind, using=using).items():
            if name == kind or name.startswith(f"{kind}:"):
                shown = name.partition(":")[2] or name
                found.append(Sign(shown, label, age, age > limit, str(detail.get("problem") or "")))
    return tuple(found)


def spaces(using: str) -> tuple[SpaceState, ...]:
    """Every embedding space, the newest first."""
    rows = {size.name: size.rows for size in sizes(using)}

    def vectors(model: Any, space: Space) -> int:
        return rows.get(f"{model._meta.db_table}_{space.pk}", 0)

    return tuple(
        SpaceState(space, vectors(TextVector, space), vectors(PictureVector, space))
        for space in Space.objects.using(using).order_by("-pk")
    )


def sizes(using: str) -> tuple[Size, ...]:
    """Every table of the plugin's that holds rows, the largest first; read from the catalog, no row is counted."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, greatest(coalesce(s.n_live_tup, 0), c.reltuples::bigint, 0),
                pg_table_size(c.oid), pg_indexes_size(c.oid)
            FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
            WHERE c.relkind = 'r' AND starts_with(c.relname, 'product_search_') AND pg_table_is_visible(c.oid)
            ORDER BY pg_total_relation_size(c.oid) DESC, c.relname
            """
        )
        rows: Sequence[tuple[str, int, int, int]] = cursor.fetchall()
    return tuple(Size(*row) for row in rows)
