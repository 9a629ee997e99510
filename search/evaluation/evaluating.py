"""Set-ups measured over one set of queries, by kind; one compared with another, query by query."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import ProductSearchError
from .comparing import Difference, Mean, difference, mean
from .measures import EMPTY, MEASURES

#: The line over all kinds.
ALL = "all"
NAMES = (*MEASURES, EMPTY)


class BadRun(ProductSearchError):
    """A stored run can't be compared; the message says why."""


@dataclass(frozen=True)
class Run:
    """Measures of one set-up by query, and what each query is: its kind, and its text or picture."""

    setup: str
    scores: Mapping[str, Mapping[str, float]]
    kinds: Mapping[str, str]
    asked: Mapping[str, str]

    def of(self, kind: str, measure: str) -> dict[str, float]:
        """The measure by query, of one kind or of `ALL`; a query that it says nothing of is absent."""
        return {
            name: scores[measure]
            for name, scores in self.scores.items()
            if measure in scores and kind in (ALL, self.kinds[name])
        }

    def means(self, kind: str) -> dict[str, Mean]:
        """Each measure's mean over a kind's queries; one that none of them has is absent."""
        found = {measure: list(self.of(kind, measure).values()) for measure in NAMES}
        return {measure: mean(values) for measure, values in found.items() if values}

    @property
    def rows(self) -> tuple[str, ...]:
        """The kinds by name, and `ALL` where there are several."""
        kinds = tuple(sorted(set(self.kinds.values())))
        return (*kinds, ALL) if len(kinds) > 1 else kinds

    def as_json(self) -> dict[str, Any]:
        """The run as a file holds it, with means by kind for whoever reads it."""
        return {
            **asdict(self),
            "means": {
                kind: {m: asdict(found) for m, found in self.means(kind).items()} for kind in self.rows
            },
        }


def stored_run(path: Path) -> Run:
    """The first run of what `evaluate_search --json` wrote to `path`; raises `BadRun`."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))["runs"][0]
        return Run(raw["setup"], raw["scores"], raw["kinds"], raw["asked"])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise BadRun(f"{path} is not what evaluate_search --json writes ({error!r}).") from error


def compare(first: Run, second: Run, kind: str, measure: str) -> Difference | None:
    """`first` less `second` over the queries that both have; None where there are none."""
    ours, theirs = first.of(kind, measure), second.of(kind, measure)
    shared = sorted(set(ours) & set(theirs))
    if not shared:
        return None
    return difference([ours[name] for name in shared], [theirs[name] for name in shared])


def largest(first: Run, second: Run, measure: str, count: int) -> list[tuple[str, float]]:
    """The queries that differ most, the worst for `first` and the best for it in one list, by their difference."""
    ours, theirs = first.of(ALL, measure), second.of(ALL, measure)
    less = {name: ours[name] - theirs[name] for name in ours if name in theirs and ours[name] != theirs[name]}
    ordered = sorted(less.items(), key=lambda item: (item[1], item[0]))
    return ordered if len(ordered) <= 2 * count else [*ordered[:count], *ordered[-count:]]


@dataclass(frozen=True)
class Least:
    """`known_item:MRR=0.98`: what a mean may not fall below; without a kind it is that over all queries."""

    kind: str
    measure: str
    value: float

    def problem(self, run: Run) -> str | None:
        """Why `run` is not good enough; None where it is."""
        found = run.means(self.kind).get(self.measure) if self.kind in run.rows or self.kind == ALL else None
        if found is None:
            return f"{run.setup} has no {self.measure} of {self.kind}, asked for {self.value:g}."
        if found.value >= self.value:
            return None
        return f"{self.measure} of {self.kind} is {found.value:.4f} with {run.setup}, under {self.value:g}."


def read_least(text: str) -> Least:
    """`MEASURE=VALUE` or `KIND:MEASURE=VALUE`; raises `BadRun`."""
    what, _, number = text.partition("=")
    kind, colon, measure = what.rpartition(":")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if measure not in MEASURES or (colon and not kind) or not 0 <= value <= 1:
        raise BadRun(
            f"--fail-under {text}: expected MEASURE=VALUE or KIND:MEASURE=VALUE with a value of 0 to 1; measures are "
            f"{', '.join(MEASURES)}."
        )
    return Least(kind or ALL, measure, value)


def table(runs: Sequence[Run]) -> list[str]:
    """The runs' means by kind, a line each, as a person reads them."""
    width = max([len("kind"), *(len(kind) for run in runs for kind in run.rows)])
    setup = max([len("set-up"), *(len(run.setup) for run in runs)])
    further = "".join(f"{name:>8}" for name in NAMES[1:])
    lines = [f"{'kind':<{width}}  {'set-up':<{setup}}  queries  nDCG@10 (95 % interval){further}"]
    for kind in dict.fromkeys(kind for run in runs for kind in run.rows):
        for run in runs:
            means = run.means(kind)
            first = means.get(NAMES[0])
            shown = "-" if first is None else f"{first.value:.3f} ({first.low:.3f} to {first.high:.3f})"
            count = max((found.queries for found in means.values()), default=0)
            rest = "".join(f"{means[m].value:>8.3f}" if m in means else f"{'-':>8}" for m in NAMES[1:])
            lines.append(f"{kind:<{width}}  {run.setup:<{setup}}  {count:>7}  {shown:<22}{rest}")
    return lines
