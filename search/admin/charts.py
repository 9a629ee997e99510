"""Charts as shapes that a template draws as SVG: no script and no style of its own; a table beside it says the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 720.0, 180.0
#: Room for the highest value's label above, and for the days below.
TOP, BOTTOM = 14.0, 18.0


@dataclass(frozen=True)
class Bar:
    """One bar, in the units of the drawing, and what it says."""

    x: str
    y: str
    width: str
    height: str
    said: str


@dataclass(frozen=True)
class Chart:
    """Bars of this period and a line of the one before, over the same axis; `rows` are (label, value, value before)."""

    bars: Sequence[Bar]
    line: str
    highest: str
    ends: tuple[str, str]
    rows: Sequence[tuple[Any, str, str]]


def chart(
    labels: Sequence[str],
    values: Sequence[float | None],
    before: Sequence[float | None],
    said: Callable[[Any], str],
) -> Chart:
    """A chart of as many `values` as `labels`, with those of the period `before`; `said(value)` is how one is written.

    None is no value: there is no bar, and the line passes it by.
    """
    highest = max((value for value in (*values, *before) if value is not None), default=0.0) or 1.0
    step, room = WIDTH / max(1, len(labels)), HEIGHT - TOP - BOTTOM
    bars = [
        Bar(
            f"{number * step + step * 0.1:.1f}",
            f"{HEIGHT - BOTTOM - room * value / highest:.1f}",
            f"{step * 0.8:.1f}",
            f"{room * value / highest:.1f}",
            f"{labels[number]}: {said(value)}",
        )
        for number, value in enumerate(values)
        if value is not None
    ]
    points = [
        f"{number * step + step / 2:.1f},{HEIGHT - BOTTOM - room * value / highest:.1f}"
        for number, value in enumerate(before)
        if value is not None
    ]
    rows = [(label, said(now), said(then)) for label, now, then in zip(labels, values, before, strict=True)]
    return Chart(bars, " ".join(points), said(highest), (labels[0], labels[-1]) if labels else ("", ""), rows)
