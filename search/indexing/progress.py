"""How far embedding spaces and generations of texts are, by what those who fill them last said: no row is counted."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import ngettext

from ..models import Generation, PictureVector, Space, State, TextVector
from . import filling, generations, heartbeat
from .sizes import rows
from .spaces import partition


@dataclass(frozen=True)
class Filling:
    """`complete` of `products` are in it; `running` while somebody is at it; `remaining_s` where that is known.

    Of a space, `complete` are those that the last fill compared, and brought in where they were missing.
    """

    complete: int
    products: int
    running: bool
    remaining_s: float | None = None

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(self.complete / self.products, 1.0) if self.products else 1.0


@dataclass(frozen=True)
class SpaceProgress:
    """An embedding space and how many vectors of texts and of pictures it holds, about. `filling` only while it is."""

    space: Space
    texts: int
    pictures: int
    filling: Filling | None


@dataclass(frozen=True)
class GenerationProgress:
    """A generation of texts that serves or is to. `filling` only while it is filled."""

    generation: Generation
    filling: Filling | None


def of_spaces(using: str) -> tuple[SpaceProgress, ...]:
    """Every embedding space, the newest first."""
    found = list(Space.objects.using(using).order_by("-pk"))
    held = rows(using) if found else {}
    return tuple(
        SpaceProgress(
            space,
            texts=held.get(partition(TextVector._meta.db_table, space), 0),
            pictures=held.get(partition(PictureVector._meta.db_table, space), 0),
            filling=_filling(using, space) if space.state == State.FILLING else None,
        )
        for space in found
    )


def _filling(using: str, space: Space) -> Filling:
    found = filling.latest(using, space)
    if found is None:
        return Filling(0, 0, running=False)
    age, now = found
    running = age <= filling.SEEN_SECONDS and not space.paused
    return Filling(now.seen, now.products, running, now.remaining_s if running else None)


def of_generations(using: str) -> tuple[GenerationProgress, ...]:
    """Every generation but those that were replaced, the newest first."""
    live = Generation.objects.using(using).exclude(state=State.RETIRED).defer("declaration").order_by("-pk")
    return tuple(
        GenerationProgress(row, _filling_texts(using, row) if row.state == State.FILLING else None)
        for row in live
    )


def _filling_texts(using: str, generation: Generation) -> Filling:
    """Workers and sweeps fill it by themselves; whether there are any is health's to say."""
    found = heartbeat.age(f"{generations.FILLED}{generation.pk}", using=using)
    detail = {} if found is None else found[1]
    return Filling(detail.get("complete", 0), detail.get("products", 0), running=found is not None)


def in_words(seconds: float) -> str:
    """A duration as people say it, in the active language: "90 seconds", "4 minutes", "3 hours", "2 days"."""
    if seconds < 120:
        count = max(round(seconds), 1)
        return ngettext("%d second", "%d seconds", count) % count
    if seconds < 2 * 3_600:
        count = round(seconds / 60)
        return ngettext("%d minute", "%d minutes", count) % count
    if seconds < 2 * 86_400:
        count = round(seconds / 3_600)
        return ngettext("%d hour", "%d hours", count) % count
    count = round(seconds / 86_400)
    return ngettext("%d day", "%d days", count) % count
