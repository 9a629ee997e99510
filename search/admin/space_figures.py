"""The figures of spaces beside the one that served, as the index page and a space's own page show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..finetuning.beside import Beside, kept
from ..finetuning.figures import Figure, Verdict
from ..models import Space, State
from .state import ago

#: What a figure is about, by what counts as found.
NAMES = {
    "id": gettext_lazy("%(measure)s: a title (%(of)s) finds its own product"),
    "title": gettext_lazy("%(measure)s: a title (%(of)s) finds any product of that title"),
    "judged": gettext_lazy("%(measure)s: judged queries (%(of)s)"),
}
VERDICTS: dict[Verdict, Any] = {
    "better": gettext_lazy("A step forward."),
    "worse": gettext_lazy("A step back."),
    "mixed": gettext_lazy("Better in some, a step back in others."),
    "unsure": gettext_lazy("No sure difference."),
}


@dataclass(frozen=True)
class SeenFigure:
    """A figure as a line of a table; `sign` is "ps-good" or "ps-bad" where its difference is sure."""

    figure: Figure
    name: str
    difference: float
    sign: str

    @classmethod
    def of(cls, figure: Figure) -> SeenFigure:
        """The line of `figure`."""
        name = NAMES[figure.by] % {"measure": figure.measure, "of": figure.of}
        sign = "ps-good" if figure.low > 0 else "ps-bad" if figure.high < 0 else ""
        return cls(figure, name, figure.new - figure.serving, sign)


@dataclass(frozen=True)
class SpaceFigures:
    """All that was measured of a space, how long ago, and what it says together."""

    space: Space
    beside: Beside
    age: float

    @property
    def rows(self) -> list[SeenFigure]:
        """A line for each figure."""
        return [SeenFigure.of(figure) for figure in self.beside.figures]

    @property
    def verdict(self) -> str:
        """What the figures that decide say."""
        return str(VERDICTS[self.beside.verdict])

    @property
    def ago(self) -> str:
        """How long ago they were measured, in words."""
        return ago(self.age)

    @property
    def title(self) -> str:
        """Which of which."""
        return _("%(space)s beside %(other)s") % {"space": self.space.name, "other": self.beside.other}

    @classmethod
    def of(cls, space: Space, *, using: str) -> SpaceFigures | None:
        """Those of one space; None where none were measured."""
        found = kept(space, using=using)
        return None if found is None else cls(space, found[1], found[0])

    @classmethod
    def of_all(cls, *, using: str) -> list[SpaceFigures]:
        """Those of every space that serves, stands by or is filled, the newest space first."""
        live = Space.objects.using(using).exclude(state=State.RETIRED).order_by("-pk")
        found = (cls.of(space, using=using) for space in live)
        return [each for each in found if each is not None]
