"""A catalogue as a merchant's file and its attributes tell it; nothing here knows what a search would find."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..models import Split
from .spec import BadSpec, Spec

_STEPS = re.compile(r"\s*[>|]\s*")
_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")


@dataclass(frozen=True)
class Item:
    """One product: `facts` are its attributes, `kinds` the names of all that it is (`Kitchen`, `Mugs`, `mug`)."""

    key: str
    title: str
    group: str
    facts: Mapping[str, str]
    kinds: frozenset[str]
    pictures: tuple[str, ...]
    row: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Of the title: products with one title are one known item, and in one part."""
        return digest(folded(self.title))


def read_items(spec: Spec) -> list[Item]:
    """The products of `spec`, in the order of their keys; raises `BadSpec` for a file or column that is not there."""
    rows = _rows(spec.products, (spec.key, spec.title, *spec.texts, *spec.where))
    facts = _rows(spec.facts or spec.products, (spec.key, *spec.attributes.values(), *names(spec.picture)))
    known: dict[str, list[dict[str, str]]] = {}
    for fact in facts:
        known.setdefault(fact[spec.key], []).append(fact)
    items = []
    for row in rows:
        if any(row[column] != value for column, value in spec.where.items()) or row[spec.key] not in known:
            continue
        own = known[row[spec.key]]
        items.append(
            Item(
                key=row[spec.key],
                title=row[spec.title],
                group=(row.get(spec.group, "") if spec.group else "") or row[spec.key],
                facts={name: own[0][column] for name, column in spec.attributes.items()},
                kinds=frozenset(_kinds(row | own[0], spec.categories)),
                pictures=tuple(spec.picture.format_map(fact) for fact in own) if spec.picture else (),
                row=row,
            )
        )
    if not items:
        raise BadSpec(f"{spec.products}: no product has {dict(spec.where)} and attributes.")
    return sorted(items, key=lambda item: item.key)


def names(template: str) -> tuple[str, ...]:
    """The columns that `template` names in braces."""
    return tuple(re.findall(r"{(\w+)}", template))


def split_of(title_digest: str) -> Split:
    """The part that a title is in, by its digest alone."""
    return Split.TUNE if int(title_digest[:8], 16) % 2 else Split.CHECK


def digest(text: str) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def folded(text: str) -> str:
    """One spelling for what differs in case and spaces alone."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text: str) -> list[str]:
    """The words of `text`, folded; `T-Shirt` is one."""
    return _WORD.findall(folded(text))


def singular(word: str) -> str:
    """A word without its plural's ending, so that `boxes`, `boxe` and `box` are one: right enough to compare by."""
    return word.removesuffix("s").removesuffix("e") if len(word) > 3 else word


def vocabulary(items: Iterable[Item], columns: Iterable[str]) -> frozenset[str]:
    """Every word in `columns` of `items`, in the singular; parts of `T-Shirt` too."""
    texts = (item.row[column] for item in items for column in columns)
    found = {word for text in texts for word in words_of(text)}
    return frozenset(singular(part) for word in found for part in (word, *word.split("-")))


def _kinds(row: Mapping[str, str], columns: Iterable[str]) -> Iterable[str]:
    for column in columns:
        yield from filter(None, _STEPS.split(row[column].strip()))


def _rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if missing := sorted(set(columns) - set(reader.fieldnames or ())):
                there = ", ".join(reader.fieldnames or ())
                raise BadSpec(f"{path}: there is no column {missing[0]!r}; there are {there}.")
            return [{key: value or "" for key, value in row.items()} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadSpec(f"{path}: {error}") from error
