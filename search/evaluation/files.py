"""Judgements as files: CSV with a line for each judgement, or TREC's qrels with a file of topics."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import ProductSearchError
from ..models import Split
from .judged import BadJudgements, Judged, Line, Topic, topic_name

COLUMNS = ("query", "kind", "split", "language", "text", "picture", "pictured", "product", "grade")
#: What a topic is where its file doesn't say.
DEFAULT_KIND = "query"


class UnreadableJudgements(ProductSearchError):
    """A file of judgements is not there, is no text, or lacks a column; the message says what is expected."""


def read_csv(path: Path, language: str) -> list[Line]:
    """The lines of a CSV file with `text`, or `picture`, `product` and `grade`; the other `COLUMNS` may be missing.

    Without `query` the same text is the same query; `language` is that of queries which name none.
    """
    reader = csv.DictReader(io.StringIO(_text(path)))
    columns = reader.fieldnames or []
    lacking = [name for name in ("product", "grade") if name not in columns]
    if lacking or not {"text", "picture"} & set(columns):
        raise UnreadableJudgements(
            f"{path} has the columns {', '.join(columns) or '(none)'}; expected {', '.join(COLUMNS)}, of which "
            "product, grade and text or picture must be there."
        )
    lines = []
    try:
        for row in reader:
            cell = {name: " ".join((row.get(name) or "").split()) for name in COLUMNS}
            topic = _topic(*(cell[name] for name in COLUMNS[:-2]), language=language)
            lines.append(Line(f"{path.name} line {reader.line_num}", topic, cell["product"], cell["grade"]))
    except csv.Error as error:
        raise UnreadableJudgements(f"{path}, line {reader.line_num}: {error}") from error
    return lines


def read_trec(qrels: Path, topics: Path, language: str) -> list[Line]:
    """TREC's qrels (`topic 0 product grade`), with topics a line each: name, text and, where known, kind, split,
    language, picture and pictured, with tabs between.
    """
    lines: list[Line] = []
    known: dict[str, Topic] = {}
    problems: list[str] = []
    for number, row in _numbered(topics):
        cells = [" ".join(cell.split()) for cell in row.split("\t")]
        if len(cells) < 2 or len(cells) > len(COLUMNS) - 2:
            problems.append(f"{topics.name} line {number}: expected a name and a text with a tab between.")
            continue
        name, text, kind, split, tongue, picture, pictured = (*cells, *[""] * (len(COLUMNS) - 2 - len(cells)))
        topic = _topic(name, kind, split, tongue, text, picture, pictured, language=language)
        known[topic.name] = topic
        lines.append(Line(f"{topics.name} line {number}", topic))
    for number, row in _numbered(qrels):
        place, cells = f"{qrels.name} line {number}", row.split()
        if len(cells) != 4:
            problems.append(f"{place}: {len(cells)} columns; expected topic, 0, product and grade.")
        elif cells[0] not in known:
            problems.append(f"{place}: topic {cells[0]} is not in {topics.name}.")
        else:
            lines.append(Line(place, known[cells[0]], cells[2], cells[3]))
    if problems:
        raise BadJudgements(problems)
    return lines


def write_csv(path: Path, queries: Iterable[Judged]) -> None:
    """One line for each judgement; a query that nothing answers has one without a product."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for query in queries:
            topic = query.topic
            described = (
                topic.name, topic.kind, topic.split, topic.language, topic.text, topic.picture, topic.pictured
            )  # fmt: skip
            for product, grade in query.grades.items() or [("", "")]:
                table.writerow((*described, product, grade))


def write_trec(qrels: Path, topics: Path, queries: Iterable[Judged]) -> None:
    """The same in TREC's form; raises `BadJudgements` for a product whose name has a space, which it can't hold."""
    queries = list(queries)
    spaced = [product for query in queries for product in query.grades if len(product.split()) != 1]
    if spaced:
        raise BadJudgements(
            [f"TREC's qrels can't hold {product!r}, which has a space: export CSV." for product in spaced]
        )
    rows = [
        (topic.name, topic.text, topic.kind, topic.split, topic.language, topic.picture, topic.pictured)
        for topic in (query.topic for query in queries)
    ]
    topics.write_text("".join("\t".join(row).rstrip("\t") + "\n" for row in rows), encoding="utf-8")
    judgements = [
        f"{query.topic.name} 0 {product} {grade}\n"
        for query in queries
        for product, grade in query.grades.items()
    ]
    qrels.write_text("".join(judgements), encoding="utf-8")


def _topic(
    name: str, kind: str, split: str, own: str, text: str, picture: str, pictured: str, *, language: str
) -> Topic:
    topic = Topic(
        name, kind or DEFAULT_KIND, split or Split.CHECK.value, own or language, text, picture, pictured
    )
    return replace(topic, name=name or topic_name(topic.kind, topic.language, text, picture))


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    return ((number, row) for number, row in enumerate(_text(path).split("\n"), 1) if row.strip())


def _text(path: Path) -> str:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableJudgements(f"{path}: {error}.") from error
