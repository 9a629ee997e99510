"""The loss by step: a CSV beside the checkpoint, and its plot where matplotlib is installed (the training extra)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

CURVE_FILE = "curve.csv"
PLOT_FILE = "curve.png"


class Point(NamedTuple):
    """One step: its number from 1, seconds of training until its end, and its loss."""

    step: int
    seconds: float
    loss: float


def write(folder: Path, points: Sequence[Point]) -> None:
    """Write the whole curve; a cut run's file is never longer than its checkpoint."""
    with (folder / CURVE_FILE).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Point._fields)
        table.writerows(points)


def read(folder: Path) -> list[Point]:
    """The curve that stands in a folder; none where there is no file."""
    path = folder / CURVE_FILE
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Point(int(row["step"]), float(row["seconds"]), float(row["loss"])) for row in csv.DictReader(file)
        ]


def plot(folder: Path) -> Path | None:
    """Draw the folder's curve with its running mean; None without matplotlib or without a curve."""
    points = read(folder)
    if not points or find_spec("matplotlib") is None:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="step", ylabel="loss")
    axes.plot([point.step for point in points], [point.loss for point in points], linewidth=0.4, alpha=0.5)
    axes.plot([point.step for point in points], _smooth([point.loss for point in points]), linewidth=1.5)
    figure.savefig(folder / PLOT_FILE, dpi=120)
    return folder / PLOT_FILE


def _smooth(values: Sequence[float], keep: float = 0.97) -> list[float]:
    """Exponential running mean."""
    mean, means = values[0], []
    for value in values:
        mean = keep * mean + (1 - keep) * value
        means.append(mean)
    return means
