"""Judgements in the shop's database: taken in from files, given back, and read to be compared with a search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import transaction

from ..documents import document
from ..errors import InvalidRequest, ProductSearchError
from ..models import JudgedQuery, Judgement
from ..retrieval import SearchRequest
from .judged import BadJudgements, Judged, Line, Topic, collected

_CHUNK = 1000


class NoSuchSet(ProductSearchError):
    """There is no such set of judgements; the message names those there are."""


@dataclass(frozen=True)
class Imported:
    """Queries that were new, different from before, and the same; and how many judgements the file held."""

    new: int
    changed: int
    unchanged: int
    judgements: int
    removed: int = 0


@dataclass(frozen=True)
class StoredQuery:
    """A query of the database with the grade of each judged product, by its key in the shop's own type."""

    topic: Topic
    pictured: Any = None
    grades: Mapping[Any, int] = field(default_factory=dict)


def import_lines(
    lines: Iterable[Line], to: str, *, key: str = "pk", replace: bool = False, dry_run: bool = False
) -> Imported:
    """Store the queries of `lines` in the set `to`, all or nothing; products are named by the unique column `key`.

    A query that is there already, by its name, becomes as the file has it; with `replace` those that the file lacks are
    removed. Raises `BadJudgements` naming each bad line; `dry_run` checks all and changes nothing.
    """
    queries, places = collected(lines)
    problems = []
    for query in queries:
        place = places.get((query.topic.name, next(iter(query.grades), "")), f"query {query.topic.name}")
        problems += [f"{place}: {problem}" for problem in _unusable(query.topic)]
    keys = _keys_of(
        key, {name for query in queries for name in (*query.grades, query.topic.pictured) if name}
    )
    for query in queries:
        for name in query.grades:
            if name not in keys:
                problems.append(f"{places[query.topic.name, name]}: there is no product with {key} {name!r}.")
        if query.topic.pictured and query.topic.pictured not in keys:
            problems.append(
                f"query {query.topic.name}: there is no product with {key} {query.topic.pictured!r}."
            )
    if problems:
        raise BadJudgements(problems)
    with transaction.atomic():
        report = _stored(queries, to, keys, replace=replace)
        if dry_run:
            transaction.set_rollback(True)
    return report


def export(name: str, *, split: str = "", key: str = "pk") -> list[Judged]:
    """The set's queries by name, products named by the unique column `key`; of one `split`, or of both."""
    stored = list(load(name, split=split))
    wanted = {product for query in stored for product in query.grades}
    wanted |= {query.pictured for query in stored if query.pictured is not None}
    names = _names_of(key, wanted)
    return [
        Judged(
            Topic(**{**vars(query.topic), "pictured": names.get(query.pictured, "")}),
            # A product that the shop no longer has can't be named by another column than its key.
            {names[product]: grade for product, grade in query.grades.items() if product in names},
        )
        for query in stored
    ]


def load(name: str, *, split: str = "", kinds: Collection[str] = ()) -> list[StoredQuery]:
    """The set's queries by name; of one `split` and some `kinds`, or of all. Raises `NoSuchSet`."""
    found = JudgedQuery.objects.filter(set=name)
    if not found.exists():
        there = JudgedQuery.objects.order_by("set").values_list("set", flat=True).distinct()
        raise NoSuchSet(
            f"There is no set of judgements {name!r}; there are: {', '.join(there) or 'none'}. "
            "`manage.py judgements import FILE --set NAME` makes one."
        )
    if split:
        found = found.filter(split=split)
    if kinds:
        known = set(found.order_by().values_list("kind", flat=True).distinct())
        if unknown := sorted(set(kinds) - known):
            raise NoSuchSet(f"Set {name!r} has no kind {unknown[0]!r}; it has {', '.join(sorted(known))}.")
        found = found.filter(kind__in=kinds)
    grades: dict[int, dict[Any, int]] = {}
    judgements = Judgement.objects.filter(query__in=found).order_by("-grade", "product")
    for query, product, grade in judgements.values_list("query", "product", "grade"):
        grades.setdefault(query, {})[product] = grade
    return [
        StoredQuery(
            Topic(row.name, row.kind, row.split, row.language, row.text, row.picture),
            row.pictured,
            grades.get(row.pk, {}),
        )
        for row in found.order_by("name")
    ]


def _unusable(topic: Topic) -> Iterator[str]:
    languages = document().languages
    if topic.language not in languages:
        yield f"language {topic.language!r}; the document has {', '.join(languages)}."
    try:
        SearchRequest(q=topic.text)
    except InvalidRequest as error:
        yield str(error)


def _stored(queries: Sequence[Judged], to: str, keys: Mapping[str, Any], *, replace: bool) -> Imported:
    before = (
        {query.topic.name: query for query in load(to)} if JudgedQuery.objects.filter(set=to).exists() else {}
    )
    after = {
        query.topic.name: StoredQuery(
            Topic(**{**vars(query.topic), "pictured": ""}),
            keys.get(query.topic.pictured),
            {keys[name]: grade for name, grade in query.grades.items()},
        )
        for query in queries
    }
    new = [name for name in after if name not in before]
    changed = [name for name in after if name in before and after[name] != before[name]]
    gone = [name for name in before if name not in after] if replace else []
    # A changed query is written anew: nothing refers to its row.
    JudgedQuery.objects.filter(set=to, name__in=[*changed, *gone]).delete()
    rows = [_row(to, after[name]) for name in (*new, *changed)]
    JudgedQuery.objects.bulk_create(rows, batch_size=_CHUNK)
    Judgement.objects.bulk_create(
        [
            Judgement(query=row, product=product, grade=grade)
            for row in rows
            for product, grade in after[row.name].grades.items()
        ],
        batch_size=_CHUNK,
    )
    judgements = sum(len(query.grades) for query in after.values())
    return Imported(len(new), len(changed), len(after) - len(new) - len(changed), judgements, len(gone))


def _row(to: str, query: StoredQuery) -> JudgedQuery:
    topic = query.topic
    return JudgedQuery(
        set=to, name=topic.name, kind=topic.kind, split=topic.split, language=topic.language,
        text=topic.text, picture=topic.picture, pictured=query.pictured,
    )  # fmt: skip


def _keys_of(column: str, names: Collection[str]) -> dict[str, Any]:
    """Each name's product key; a name that no product has is absent."""
    field: Any = _unique(column)
    values: dict[Any, str] = {}
    for name in names:
        try:
            values[field.to_python(name)] = name
        except (ValidationError, ValueError, OverflowError):
            continue  # not of this column's type
    found = {}
    every = list(values)
    for start in range(0, len(every), _CHUNK):
        rows = document().queryset().order_by().filter(**{f"{column}__in": every[start : start + _CHUNK]})
        found.update({values[value]: pk for pk, value in rows.values_list("pk", column)})
    return found


def _names_of(column: str, keys: Collection[Any]) -> dict[Any, str]:
    """Each product's value of `column`; a product that is gone still has its key."""
    _unique(column)
    if column == "pk":
        return {key: str(key) for key in keys}
    every, found = list(keys), {}
    for start in range(0, len(every), _CHUNK):
        rows = document().queryset().order_by().filter(pk__in=every[start : start + _CHUNK])
        found.update({pk: str(value) for pk, value in rows.values_list("pk", column)})
    return found


def _unique(column: str) -> Any:
    meta = document().model._meta
    try:
        field: Any = meta.pk if column == "pk" else meta.get_field(column)
    except FieldDoesNotExist:
        field = None
    if field is None or not getattr(field, "unique", False):
        unique = [field.name for field in meta.concrete_fields if field.unique]
        raise ProductSearchError(
            f"--key {column}: {meta.label} has no such unique field; it has {', '.join(unique)}."
        )
    return field
