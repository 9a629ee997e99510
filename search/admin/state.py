"""What the index page shows: the state of the index, why products failed, who is at work, and how large it all is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, F, Func, Max, Q, QuerySet, TextField
from django.db.models.functions import MD5
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import ngettext_lazy, pgettext_lazy

from ..indexing import heartbeat, pulse
from ..indexing.health import Health, health, silent_after
from ..indexing.progress import Filling, in_words
from ..indexing.sweep import HEARTBEAT
from ..indexing.work import database
from ..models import Entry, Picture
from ..retrieval.recall import in_use, measured

#: Causes of failure that are shown, the most frequent first, and failed products that are read to group them.
CAUSES = 20
GROUPED = 20_000
#: Products named with each cause.
EXAMPLES = 3

#: Entries that are failing or parked.
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


def ago(age: float) -> str:
    """How many seconds, minutes, hours or days ago something was, in words."""
    for seconds, text in (
        (86_400, ngettext_lazy("%d day ago", "%d days ago")),
        (3_600, ngettext_lazy("%d hour ago", "%d hours ago")),
        (60, ngettext_lazy("%d minute ago", "%d minutes ago")),
    ):
        if age >= 2 * seconds:
            return str(text % int(age // seconds))
    return str(ngettext_lazy("%d second ago", "%d seconds ago") % int(age))


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
        return ago(self.age)


@dataclass(frozen=True)
class IndexState:
    """All that the page shows and that changes while one looks at it."""

    health: Health
    failures: tuple[Failure, ...]
    unreadable: tuple[tuple[str, int], ...]
    signs: tuple[Sign, ...]

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
    def remaining(self) -> str:
        """About how long until all that waits is indexed, in words; empty where that can't be told."""
        seconds = self.health.remaining_s
        return "" if seconds is None else in_words(seconds)

    @property
    def oldest_mark(self) -> str:
        """Since when the oldest change waits that nobody took up, in words."""
        seconds = self.health.oldest_mark_s
        return "" if seconds is None else in_words(seconds)

    @property
    def fillings(self) -> tuple[tuple[Any, str], ...]:
        """Every space with how long its fill goes on, in words; empty where that can't be told."""
        return tuple((each, _left(each.filling)) for each in self.health.spaces)

    @property
    def troubled(self) -> int:
        """Products that a retry would take up again."""
        return self.health.failing + self.health.parked

    @classmethod
    def now(cls) -> IndexState:
        """As it is at this moment."""
        using = database()
        return cls(health(), failures(using), unreadable(using), signs(using))


@dataclass(frozen=True)
class SeenRecall:
    """What `manage.py measure_recall` last found: of the worst pair, as searches scan the index now.

    `changed` where another breadth is set by now than the one that was measured.
    """

    mean: float
    low: float
    ef_search: int
    proposed: int | None
    changed: bool
    age: float

    @property
    def ago(self) -> str:
        """How long ago it was measured, in words."""
        return ago(self.age)

    @classmethod
    def now(cls) -> SeenRecall | None:
        """None when it was never measured in the serving space."""
        found = measured(database())
        if found is None:
            return None
        age, detail = found
        worst = min(detail["pairs"].values(), key=lambda pair: pair["mean"])
        return cls(
            mean=worst["mean"],
            low=worst["low"],
            ef_search=detail["ef_search"],
            proposed=detail["proposed"],
            changed=detail["ef_search"] != in_use(),
            age=age,
        )


KINDS = {
    pulse.WORKER.rstrip(":"): pgettext_lazy("process", "worker"),
    pulse.BEAT.rstrip(":"): pgettext_lazy("process", "beat"),
    HEARTBEAT: pgettext_lazy("process", "sweep"),
}


def _left(filling: Filling | None) -> str:
    return "" if filling is None or filling.remaining_s is None else in_words(filling.remaining_s)


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
