"""Queries and judgements from attributes alone. It must not know how products are found: it imports no retrieval.

A query belongs to the part, `tune` or `check`, of the title that it was made from, and every query text is in one part
only. What answers it is judged over the whole catalogue, as a search ranks the whole catalogue.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from .catalogue import Item, digest, folded, singular, split_of, vocabulary, words_of
from .judged import Judged, Topic, topic_name
from .removal import is_stripped
from .spec import Spec, names_in
from .typing_errors import EDITS, misspelt

#: Kinds whose queries are misspelt.
TYPED = ("known_item", "category", "attribute")


@dataclass(frozen=True)
class Made:
    """All queries of a catalogue, and those for the variant in which half of the titles lost their words.

    `unused` are the shoppers' words that some text of the catalogue does have.
    """

    queries: list[Judged]
    words_removed: list[Judged]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class _Draft:
    """A query with its answers, and the digest of the title that it was made from."""

    kind: str
    source: str
    grades: Mapping[str, int]
    text: str = ""
    picture: str = ""
    pictured: str = ""


def make(spec: Spec, items: Sequence[Item]) -> Made:
    """Queries of every kind that `spec` allows; the same each time."""
    said = vocabulary(items, spec.texts)
    heard = {text: kinds for text, kinds in spec.shopper_words.items() if not _any_said(text, said)}
    drafts = [
        *_known_items(items),
        *_categories(items),
        *_asked(spec, items, "attribute", spec.attribute_queries),
        *_asked(spec, items, "phrase", spec.phrases),
        *_shopper_words(items, heard),
        *_pictures(spec, items),
    ]
    queries = _sampled(spec, drafts)
    removed = _sampled(spec, _hidden(spec, items))
    return Made(
        [*queries, *_typos(spec, queries, said)], removed, tuple(sorted(set(spec.shopper_words) - set(heard)))
    )


def grade(item: Item, asked: Mapping[str, str]) -> int:
    """How well a product answers: 3 all that was asked, 2 all of three or more but one, 1 the type, else 0."""
    if item.facts["type"] != asked["type"]:
        return 0
    missed = sum(item.facts[name] != value for name, value in asked.items())
    if not missed:
        return 3
    return 2 if missed == 1 and len(asked) > 2 else 1


def _known_items(items: Iterable[Item]) -> Iterator[_Draft]:
    """A title, and every product that has it."""
    having: dict[str, list[Item]] = {}
    for item in items:
        having.setdefault(folded(item.title), []).append(item)
    for same in having.values():
        text = " ".join(same[0].title.split())
        yield _Draft("known_item", same[0].digest, {item.key: 3 for item in same}, text)


def _categories(items: Sequence[Item]) -> Iterator[_Draft]:
    for name in sorted({name for item in items for name in item.kinds}):
        members = [item for item in items if name in item.kinds]
        yield _Draft("category", _source(members), {item.key: 3 for item in members}, name.lower())


def _asked(spec: Spec, items: Sequence[Item], kind: str, templates: Iterable[str]) -> Iterator[_Draft]:
    """Each template with every combination of values that some product has."""
    for template in templates:
        asked_for = names_in(template)
        having: dict[tuple[str, ...], list[Item]] = {}
        for item in items:
            values = tuple(item.facts[name] for name in asked_for)
            if all(
                value and value not in spec.unasked.get(name, ())
                for name, value in zip(asked_for, values, strict=True)
            ):
                having.setdefault(values, []).append(item)
        for values, members in sorted(having.items()):
            asked = dict(zip(asked_for, values, strict=True))
            text = template.format(**{name: value.lower() for name, value in asked.items()})
            yield _Draft(kind, _source(members), _graded(items, asked), text)


def _shopper_words(items: Sequence[Item], heard: Mapping[str, Sequence[str]]) -> Iterator[_Draft]:
    for text, types in sorted(heard.items()):
        if meant := [item for item in items if item.facts["type"] in types]:
            yield _Draft("shopper_words", _source(meant), {item.key: 3 for item in meant}, text)


def _pictures(spec: Spec, items: Sequence[Item]) -> Iterator[_Draft]:
    """The last picture of a product, to find others like it; its own variants are no answer."""
    for item in items:
        if not item.pictures:
            continue
        others = [other for other in items if other.group != item.group]
        grades = _graded(others, {name: item.facts[name] for name in spec.looks})
        if any(value > 1 for value in grades.values()):
            picture = item.pictures[-1]
            yield _Draft("picture", item.digest, grades, picture=picture, pictured=item.key)


def _hidden(spec: Spec, items: Sequence[Item]) -> Iterator[_Draft]:
    """Colour and type, where some product that has both no longer says so."""
    hidden = {item.key for item in items if is_stripped(item.title)}
    for draft in _asked(spec, items, "words_removed", ["{colour} {type}"]):
        if any(value == 3 and key in hidden for key, value in draft.grades.items()):
            yield draft


def _typos(spec: Spec, queries: Iterable[Judged], said: frozenset[str]) -> Iterator[Judged]:
    """Queries with slips; each is named after the one without, which is in the set too."""
    typed = sorted(
        (query for query in queries if query.topic.kind in TYPED),
        key=lambda query: (query.topic.split, digest(f"typo/{query.topic.name}")),
    )
    for _, part in groupby(typed, key=lambda query: query.topic.split):
        made = 0
        for query in part:
            edit = EDITS[made % len(EDITS)]
            name = f"{query.topic.name}~{edit}"
            wrong = misspelt(query.topic.text, edit, random.Random(f"{spec.name}/{name}"), said)
            if wrong is not None and made < spec.limit:
                made += 1
                yield Judged(replace(query.topic, name=name, kind="typo", text=wrong), query.grades)


def _sampled(spec: Spec, drafts: Iterable[_Draft]) -> list[Judged]:
    """At most `limit` of each kind and part, each text once and in one part."""
    distinct: dict[tuple[str, str], _Draft] = {}
    source: dict[str, str] = {}
    for draft in drafts:
        asked = folded(draft.text) or draft.picture
        source[asked] = min(draft.source, source.get(asked, draft.source))
        distinct.setdefault((draft.kind, asked), draft)
    found: dict[tuple[str, str], list[tuple[str, Judged]]] = {}
    for (kind, asked), draft in distinct.items():
        split = split_of(source[asked])
        name = topic_name(kind, spec.language, draft.text, draft.picture)
        topic = Topic(name, kind, split.value, spec.language, draft.text, draft.picture, draft.pictured)
        found.setdefault((kind, split), []).append((digest(f"{kind}/{asked}"), Judged(topic, draft.grades)))
    kept = [
        judged
        for group in found.values()
        for _, judged in sorted(group, key=lambda pair: pair[0])[: spec.limit]
    ]
    return sorted(kept, key=lambda judged: judged.topic.name)


def _graded(items: Iterable[Item], asked: Mapping[str, str]) -> dict[str, int]:
    return {item.key: value for item in items if (value := grade(item, asked))}


def _source(items: Iterable[Item]) -> str:
    """The title that a query was made from: of those it could be, the one with the least digest."""
    return min(item.digest for item in items)


def _any_said(text: str, said: frozenset[str]) -> bool:
    return any(singular(part) in said for word in words_of(text) for part in (word, *word.split("-")))
