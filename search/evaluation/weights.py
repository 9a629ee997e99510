"""Weights that suit a shop: how much its model deserves to count depends on the model and on the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from ..conf import settings
from .evaluating import Run
from .measures import MEASURES
from .setups import Setup, read_setup
from .store import StoredQuery

#: What a weight is chosen by: the first measure's mean over the kinds, each of which counts alike.
LEADING = next(iter(MEASURES))
#: Less than this is no reason to leave what is set.
WORTH = 0.002
#: Values that are tried of each weight.
TRIED: Mapping[str, tuple[float, ...]] = {
    "VECTOR_WEIGHT": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "DESCRIBED_WEIGHT": (0.0, 0.25, 0.5, 0.75, 1.0),
}


@dataclass(frozen=True)
class Proposal:
    """Of the setting `weight`, which is `now`, what each value that was tried reaches; `best` is the one to set.

    `now` is best unless another reaches at least WORTH more; among those that reach the most, the nearest to it is.
    """

    weight: str
    now: float
    reached: Mapping[float, float]

    @property
    def best(self) -> float:
        most = max(self.reached.values())
        if most < self.reached[self.now] + WORTH:
            return self.now
        equal = (value for value, reached in self.reached.items() if reached > most - WORTH)
        return min(equal, key=lambda value: abs(value - self.now))


def proposals(
    queries: Sequence[StoredQuery], run: Callable[[list[StoredQuery], Setup], Run]
) -> Iterator[Proposal]:
    """A proposal for each weight that some of `queries` depend on: that of vectors beside words on queries in words,
    that of what products say beside what they look like on those by a picture alone.

    `run` measures a set-up over queries.
    """
    conf = settings()
    for weight, asked in (
        ("VECTOR_WEIGHT", [query for query in queries if query.topic.text]),
        ("DESCRIBED_WEIGHT", [query for query in queries if query.topic.picture and not query.topic.text]),
    ):
        if not asked:
            continue
        now: float = getattr(conf, weight.lower())
        reached = {
            value: mean_over_kinds(run(asked, read_setup(f"hybrid:{weight}={value}")))
            for value in sorted({*TRIED[weight], now})
        }
        yield Proposal(weight, now, reached)


def mean_over_kinds(run: Run) -> float:
    """LEADING's mean over the kinds of `run` that have answers; 0 where none has."""
    of_kinds = [list(run.of(kind, LEADING).values()) for kind in sorted(set(run.kinds.values()))]
    return fmean([fmean(values) for values in of_kinds if values] or [0.0])
