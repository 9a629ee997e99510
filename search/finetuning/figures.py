"""One figure of two models side by side, and what a person should make of several. Knows neither spaces nor shops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

#: Standard errors to either side of a mean that hold 95 %.
SURE = 1.96
#: What decides whether a model is better: how high the title's product stands, and judged queries.
LEADING = (("MRR", "title"), ("nDCG@10", "judged"))
Verdict = Literal["better", "worse", "mixed", "unsure"]


@dataclass(frozen=True)
class Figure:
    """A mean over the same questions with the new model and with the serving one, and their difference's interval.

    `by` says what counts as found: the title's own product (`id`), any of that title (`title`), or what people judged
    (`judged`); `of` is the titles' language or the set of judgements. `choices` is 0 where it is the whole shop.
    """

    measure: str
    by: str
    of: str
    questions: int
    choices: int
    new: float
    serving: float
    low: float
    high: float

    @property
    def leads(self) -> bool:
        """Whether it is one of those that decide."""
        return (self.measure, self.by) in LEADING

    @property
    def name(self) -> str:
        """What it is, in words."""
        found = {"id": "its own product", "title": "any product of that title"}
        if self.by == "judged":
            return f"{self.measure}, judged queries {self.of}"
        return f"{self.measure}, title ({self.of}) finds {found[self.by]}"

    def as_json(self) -> dict[str, Any]:
        """As it is kept; numbers to five places."""
        return {
            name: round(value, 5) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def paired(
    measure: str, by: str, of: str, choices: int, new: Sequence[Any] | NDArray[Any], serving: Any
) -> Figure:
    """The figure of values `(q,)` of each question with either model, q >= 1."""
    first, second = np.asarray(new, dtype=np.float64), np.asarray(serving, dtype=np.float64)
    less = first - second
    # One question alone says nothing of how sure it is.
    around = SURE * less.std(ddof=1) / len(less) ** 0.5 if len(less) > 1 else float("inf")
    middle = float(less.mean())
    low, high = max(middle - around, -1.0), min(middle + around, 1.0)
    return Figure(
        measure,
        by,
        of,
        len(less),
        choices,
        float(first.mean()),
        float(second.mean()),
        float(low),
        float(high),
    )


def verdict(figures: Iterable[Figure]) -> Verdict:
    """What the leading figures say of the new model; `unsure` where no interval leaves nought out."""
    leading = [figure for figure in figures if figure.leads]
    better = any(figure.low > 0 for figure in leading)
    worse = any(figure.high < 0 for figure in leading)
    if better and worse:
        return "mixed"
    return "better" if better else "worse" if worse else "unsure"
