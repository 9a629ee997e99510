"""A query and its right answers, as files hold them: what is made, imported and exported is one list of these."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import ProductSearchError
from ..models import HIGHEST_GRADE, Split

#: Lines of a file that an error names; the rest is counted.
MOST_NAMED = 20


class BadJudgements(ProductSearchError):
    """A file of judgements can't be taken as it is; `problems` has one sentence for each bad line, and names it."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = len(problems) - MOST_NAMED
        rest = [f"... and {more} more."] if more > 0 else []
        super().__init__("\n".join([*problems[:MOST_NAMED], *rest]))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Topic:
    """One query. `picture` is a file's name; `pictured` the product it was taken from, which is no answer itself."""

    name: str
    kind: str
    split: str
    language: str
    text: str = ""
    picture: str = ""
    pictured: str = ""


@dataclass(frozen=True)
class Judged:
    """A query with the grade, 0 to 3, of each product that was judged, by the product's name in the file."""

    topic: Topic
    grades: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of a file: a query, and one judgement of it unless `product` is empty. `place` is where it stands."""

    place: str
    topic: Topic
    product: str = ""
    grade: str = ""


def topic_name(kind: str, language: str, text: str, picture: str) -> str:
    """The name of a query that was given none: the same for the same query, whatever file it is in."""
    return f"{kind}-{hashlib.sha256(f'{language}/{text}/{picture}'.encode()).hexdigest()[:10]}"


def collected(lines: Iterable[Line]) -> tuple[list[Judged], dict[tuple[str, str], str]]:
    """The queries of `lines` in their order, and the place of each (query, product); raises `BadJudgements`."""
    problems: list[str] = []
    first: dict[str, Line] = {}
    grades: dict[str, dict[str, int]] = {}
    places: dict[tuple[str, str], str] = {}
    for line in lines:
        name = line.topic.name
        known = first.get(name)
        if known is None:
            first[name], grades[name] = line, {}
            problems += [f"{line.place}: {problem}" for problem in _problems(line.topic)]
        elif line.topic != known.topic:
            problems.append(f"{line.place}: query {name} is described otherwise than in {known.place}.")
        if not line.product:
            if line.grade:
                problems.append(f"{line.place}: grade {line.grade!r} is of no product.")
            continue
        if line.product in grades[name]:
            there = places[name, line.product]
            problems.append(f"{line.place}: {line.product} is judged for query {name} in {there} already.")
        if line.grade not in map(str, range(HIGHEST_GRADE + 1)):
            problems.append(f"{line.place}: grade {line.grade!r}; expected 0 to {HIGHEST_GRADE}.")
            continue
        grades[name][line.product] = int(line.grade)
        places[name, line.product] = line.place
    if problems:
        raise BadJudgements(problems)
    return [Judged(line.topic, grades[name]) for name, line in first.items()], places


def _problems(topic: Topic) -> Iterator[str]:
    if not topic.name or any(map(str.isspace, topic.name)) or len(topic.name) > 120:
        yield f"query name {topic.name!r}; expected 1 to 120 characters without a space."
    if not topic.kind.replace("_", "").isalnum() or len(topic.kind) > 40:
        yield f"kind {topic.kind!r}; expected a word of at most 40 letters, such as known_item."
    if topic.split not in Split.values:
        yield f"split {topic.split!r}; expected {' or '.join(Split.values)}."
    if not topic.text and not topic.picture:
        yield "the query has neither text nor picture."
