"""Plots of an audit as SVG: how sure against how right, what is taken for what, and rates by group."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from ..evaluation import EvaluationMissing
from .figures import Bin
from .groups import GroupRates

#: Groups drawn, those that are worst beside others.
MOST_GROUPS = 20


def reliability_plot(bins: Sequence[Bin], title: str) -> str:
    """How right answers are against how sure they are, with how many there are; on the diagonal is well calibrated."""

    def draw(figure: Any) -> None:
        upper, lower = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
        upper.plot([0, 1], [0, 1], color="0.6", linewidth=1)
        upper.plot([each.sure for each in bins], [each.right for each in bins], marker="o")
        upper.set_ylim(0, 1.02)
        upper.set_ylabel("right")
        upper.set_title(title)
        lower.bar([each.sure for each in bins], [each.count for each in bins], 0.06, color="0.6")
        lower.set_xlim(0, 1)
        lower.set_ylabel("answers")
        lower.set_xlabel("how sure")

    return _svg((4.4, 4.2), draw)


def groups_plot(groups: Sequence[GroupRates], title: str) -> str:
    """Each group's rate with that of other products of the same values; what is worse stands out."""
    shown = list(reversed(groups[:MOST_GROUPS]))

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for row, each in enumerate(shown):
            colour = "tab:red" if each.is_worse else "tab:blue"
            axes.plot([each.others_right, each.right], [row, row], color=colour, linewidth=1)
            axes.plot(each.others_right, row, marker="|", color="0.4", markersize=10)
            axes.plot(each.right, row, marker="o", color=colour)
        axes.set_yticks(range(len(shown)), [f"{each.facet}: {each.value}"[:40] for each in shown])
        axes.set_xlim(0, 1.02)
        axes.set_xlabel("seen rightly (dot); others of the same values (stroke)")
        axes.set_title(title)

    return _svg((6.4, 1.4 + 0.26 * len(shown)), draw)


def _svg(size: tuple[float, float], draw: Callable[[Any], None]) -> str:
    """Raises `EvaluationMissing` where matplotlib is not installed."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EvaluationMissing(
            f'Plots need an extra ({error}): pip install "django-product-search[evaluation]".'
        ) from error
    # Ids in an SVG are drawn by chance unless told otherwise: the same figures are the same file.
    with matplotlib.rc_context({"svg.hashsalt": "product_search"}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    svg = written.getvalue()
    return svg[svg.index("<svg") :]
