"""How a run goes: the loss by step and what was found at each look, as CSV beside the checkpoint, and their plot where
matplotlib is installed (the training extra).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from .figures import Retrieval
from .titles import Found

CURVE_FILE = "curve.csv"
LOOKS_FILE = "validation.csv"
PLOT_FILE = "curve.png"
_FIGURES = ("recall_1", "recall_10", "mrr")


class Point(NamedTuple):
    """One step: its number from 1, seconds of training until its end, and its loss."""

    step: int
    seconds: float
    loss: float


class Look(NamedTuple):
    """The model measured on the validation part after a step; `spent` is of the budget, in its own unit."""

    step: int
    seconds: float
    spent: float
    found: Found


def write(folder: Path, points: Sequence[Point], looks: Sequence[Look] = ()) -> None:
    """Write both curves whole; a cut run's files are never shorter than its checkpoint."""
    _write(folder / CURVE_FILE, Point._fields, points)
    if looks:
        named = [f"{kind}_{figure}" for kind in ("by_id", "by_title") for figure in _FIGURES]
        _write(
            folder / LOOKS_FILE,
            ("step", "seconds", "spent", "asked", "pictures", *named),
            [
                (
                    look.step,
                    look.seconds,
                    look.spent,
                    look.found.asked,
                    look.found.pictures,
                    *_figures(look.found),
                )
                for look in looks
            ],
        )


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
    partial.replace(path)


def _figures(found: Found) -> list[float]:
    return [getattr(kind, figure) for kind in (found.by_id, found.by_title) for figure in _FIGURES]


def read(folder: Path) -> tuple[list[Point], list[Look]]:
    """Both curves as they stand in a folder; none where there is no file."""
    points = [
        Point(int(step), float(seconds), float(loss)) for step, seconds, loss in _rows(folder / CURVE_FILE)
    ]
    looks = []
    for step, seconds, spent, asked, pictures, *figures in _rows(folder / LOOKS_FILE):
        values = list(map(float, figures))
        found = Found(Retrieval(*values[:3]), Retrieval(*values[3:]), int(asked), int(pictures))
        looks.append(Look(int(step), float(seconds), float(spent), found))
    return points, looks


def _rows(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def plot(folder: Path) -> Path | None:
    """Draw the folder's loss with its running mean, and what was found; None without matplotlib or without a curve."""
    points, looks = read(folder)
    if not points or find_spec("matplotlib") is None:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="step", ylabel="loss")
    steps, losses = [point.step for point in points], [point.loss for point in points]
    axes.plot(steps, losses, linewidth=0.4, alpha=0.5)
    lines = axes.plot(steps, _smooth(losses), linewidth=1.5, label="loss")
    if looks:
        right = axes.twinx()
        right.set(ylabel="found on the validation part", ylim=(0, 1))
        for colour, name, kind in (("tab:green", "recall_10", "recall@10"), ("tab:red", "mrr", "MRR")):
            values = [getattr(look.found.by_id, name) for look in looks]
            lines += right.plot(
                [look.step for look in looks], values, ".-", color=colour, label=f"{kind} by id"
            )
        axes.legend(handles=lines, loc="center right")
    figure.savefig(folder / PLOT_FILE, dpi=120)
    return folder / PLOT_FILE


def _smooth(values: Sequence[float], keep: float = 0.97) -> list[float]:
    """Exponential running mean."""
    mean, means = values[0], []
    for value in values:
        mean = keep * mean + (1 - keep) * value
        means.append(mean)
    return means
