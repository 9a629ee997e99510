"""Means by kind as bars with their intervals; with two runs compared, each query's difference beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .evaluating import ALL, Run
from .measures import EvaluationMissing


def write_plot(path: Path, runs: Sequence[Run], against: Run | None, measure: str) -> None:
    """Write the plot to `path`, as its ending says (.svg, .png, .pdf); raises `EvaluationMissing`, `OSError`."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EvaluationMissing(
            f'A plot needs an extra ({error}): pip install "django-product-search[evaluation]".'
        ) from error
    shown = [*runs, *([against] if against is not None and against not in runs else [])]
    kinds = [kind for kind in shown[0].rows if any(run.of(kind, measure) for run in shown)]
    # Ids in an SVG are drawn by chance unless told otherwise: the same figures are the same file.
    with matplotlib.rc_context({"svg.hashsalt": "product_search"}):
        figure = Figure(figsize=(4 + 0.9 * len(kinds) + (5 if against else 0), 4.5), layout="constrained")
        axes = figure.subplots(1, 2 if against else 1, squeeze=False)[0]
        _bars(axes[0], shown, kinds, measure)
        if against is not None:
            _differences(axes[1], runs[0], against, measure)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _bars(axes: Any, runs: Sequence[Run], kinds: Sequence[str], measure: str) -> None:
    width = 0.8 / len(runs)
    for number, run in enumerate(runs):
        found = [(at, run.means(kind)[measure]) for at, kind in enumerate(kinds) if run.of(kind, measure)]
        axes.bar(
            [at + (number - (len(runs) - 1) / 2) * width for at, _ in found],
            [mean.value for _, mean in found],
            width,
            yerr=[
                [mean.value - mean.low for _, mean in found],
                [mean.high - mean.value for _, mean in found],
            ],
            error_kw={"linewidth": 0.8},
            label=run.setup,
        )
    axes.set_xticks(range(len(kinds)), [kind.replace("_", " ") for kind in kinds], rotation=30, ha="right")
    axes.set_ylim(0, 1.02)
    axes.set_ylabel(f"{measure}, 95 % interval")
    axes.legend(fontsize="small")


def _differences(axes: Any, first: Run, second: Run, measure: str) -> None:
    ours, theirs = first.of(ALL, measure), second.of(ALL, measure)
    less = sorted((ours[name] - theirs[name] for name in ours if name in theirs), reverse=True)
    axes.bar(range(len(less)), less, 1.0)
    axes.axhline(0, linewidth=0.8, color="black")
    axes.set_ylim(-1.02, 1.02)
    axes.set_xlabel("queries, by their difference")
    axes.set_ylabel(f"{measure}: {first.setup} less {second.setup}")
