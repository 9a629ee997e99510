"""The figures of two models as lines of a terminal and as a table of a model card, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterator

from ..models import Space
from .beside import Beside
from .figures import Figure

TITLE = "Beside the model that served"


def lines(beside: Beside) -> Iterator[str]:
    """The figures, a line each."""
    width = max(len(figure.name) for figure in beside.figures)
    yield f"{'':{width}}  asked  of      new  serving  difference (95 %)"
    for figure in beside.figures:
        yield (
            f"{figure.name:{width}} {figure.questions:>6} {_choices(figure):>5}"
            f" {figure.new:>7.3f} {figure.serving:>7.3f}   {_difference(figure)}"
        )


def advice(beside: Beside, space: Space) -> Iterator[str]:
    """What the figures say, and the commands for whatever a person makes of it."""
    switch = f"manage.py spaces switch {space.pk}"
    sure = [figure for figure in beside.figures if figure.leads]
    worse = "; ".join(
        f"{figure.name}: {figure.new:.3f} instead of {figure.serving:.3f}"
        for figure in sure
        if figure.high < 0
    )
    if beside.verdict == "better":
        yield f"A step forward. Next: {switch}, and `manage.py spaces rollback` if you don't like it."
        return
    if beside.verdict == "worse":
        yield f"A STEP BACK: {worse}."
    elif beside.verdict == "mixed":
        yield f"Better in some and A STEP BACK in others: {worse}."
    else:
        yield "No step forward for sure: the differences are no larger than chance makes them."
    yield f"It does not serve, and need not: `manage.py spaces drop {space.pk}` takes it away."
    yield f"To switch all the same: {switch}"


def section(beside: Beside) -> str:
    """The figures as Markdown for the model card, without its heading."""
    rows = [
        f"| {figure.name} | {figure.questions:,} | {_choices(figure)} | {figure.new:.3f} | {figure.serving:.3f} "
        f"| {_difference(figure)} |"
        for figure in beside.figures
    ]
    return "\n".join(
        [
            f"The same questions to this model and to `{_bare(beside.other)}`, which served the shop. Titles and "
            "pictures are of groups that this model was not trained on; judged queries are put to the whole search, "
            "over all products.",
            "",
            "| figure | questions | choices | this model | the other | difference (95 %) |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


def _choices(figure: Figure) -> str:
    return f"{figure.choices:,}" if figure.choices else "all"


def _difference(figure: Figure) -> str:
    return f"{figure.new - figure.serving:+.3f} ({figure.low:+.3f} to {figure.high:+.3f})"


def _bare(name: str) -> str:
    """A model's name without where it lies here."""
    return f"local-dir:{name.rpartition('/')[2]}" if name.startswith("local-dir:") else name
