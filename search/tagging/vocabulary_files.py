"""A vocabulary as a file: CSV that a spreadsheet opens, one row for each attribute and each value, in and out.

Columns: `attribute`, `value`, `parent`, `label`, `label_de` and so on for each language, `synonyms`, `prompts`; and in
the row of an attribute, which has no value, `choice`, `categories`, `templates`, `none_prompts`, `background_prompts`,
`promised`, `in_use`. A cell with several entries separates them by `|`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ..errors import ProductSearchError
from ..models import Attribute, AttributeValue

SEPARATOR = "|"
LABEL = "label"
#: Columns of several entries, in a value's row and in an attribute's.
OF_VALUE = ("synonyms", "prompts")
OF_ATTRIBUTE = ("categories", "templates", "none_prompts", "background_prompts")
COLUMNS = ("attribute", "value", "parent", LABEL, *OF_VALUE, "choice", *OF_ATTRIBUTE, "promised", "in_use")


class BadVocabulary(ProductSearchError):
    """A file that can't be read as a vocabulary; the message names the line, and nothing of the file was taken."""


@dataclass(frozen=True)
class Entry:
    """One value of an attribute, or with an empty `value` the attribute itself; only what is given is changed."""

    attribute: str
    value: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Imported:
    """How many attributes and values are new, and how many were there and are as the file says now."""

    new_attributes: int
    new_values: int
    known_values: int


def read_csv(text: str) -> list[Entry]:
    """The entries of a CSV file; raises `BadVocabulary`."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        unknown = [name for name in columns if name not in COLUMNS and not name.startswith(f"{LABEL}_")]
        if "attribute" not in columns or unknown:
            wrong = f"the column {unknown[0]!r} is unknown" if unknown else "there is no column 'attribute'"
            raise BadVocabulary(
                f"Line 1: {wrong}. Columns: {', '.join(COLUMNS)}, and {LABEL}_de and the like."
            )
        return [_entry(row, reader.line_num) for row in reader if any(row.values())]
    except csv.Error as error:
        raise BadVocabulary(f"Line {reader.line_num}: this is no CSV ({error}).") from error


def _entry(row: Mapping[str, Any], line: int) -> Entry:
    if None in row or None in row.values():
        raise BadVocabulary(f"Line {line} has another number of cells than the first line.")
    cells = {name: text.strip() for name, text in row.items()}
    if not cells["attribute"]:
        raise BadVocabulary(f"Line {line} names no attribute.")
    value, parent = cells.get("value", ""), cells.get("parent", "")
    if parent and not value.startswith(f"{parent}/"):
        value = f"{parent}/{value}"
    given: dict[str, Any] = {}
    if cells.get(LABEL):
        given[LABEL] = cells[LABEL]
    translations = {
        name.removeprefix(f"{LABEL}_"): text
        for name, text in cells.items()
        if name.startswith(f"{LABEL}_") and text
    }
    if translations:
        given["translations"] = translations
    for name in OF_VALUE if value else OF_ATTRIBUTE:
        if cells.get(name):
            given[name] = [each.strip() for each in cells[name].split(SEPARATOR) if each.strip()]
    if not value:
        given |= _of_attribute(cells, line)
    return Entry(cells["attribute"], value, given, line)


def _of_attribute(cells: Mapping[str, str], line: int) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if cells.get("choice"):
        given["choice"] = cells["choice"]
    if cells.get("promised"):
        try:
            given["promised"] = float(cells["promised"])
        except ValueError:
            raise BadVocabulary(
                f"Line {line}: promised is {cells['promised']!r}; expected a share such as 0.9."
            ) from None
    if cells.get("in_use"):
        if cells["in_use"] not in ("yes", "no"):
            raise BadVocabulary(f"Line {line}: in_use is {cells['in_use']!r}; expected yes or no.")
        given["enabled"] = cells["in_use"] == "yes"
    return given


def take(entries: Iterable[Entry], *, using: str) -> Imported:
    """Add the entries' attributes and values, and change those that are there; all of it or, with `BadVocabulary`,
    nothing. What the entries don't name stays as it is.
    """
    new_attributes = new_values = known_values = 0
    attributes: dict[str, Attribute] = {}
    values: dict[str, dict[str, AttributeValue]] = {}
    with transaction.atomic(using=using):
        for entry in entries:
            attribute = attributes.get(entry.attribute)
            if attribute is None:
                attribute = Attribute.objects.using(using).filter(name=entry.attribute).first()
                if attribute is None:
                    attribute = Attribute(
                        name=entry.attribute, position=Attribute.objects.using(using).count()
                    )
                    _save(attribute, {} if entry.value else entry.given, entry, using)
                    new_attributes += 1
                elif not entry.value:
                    _save(attribute, entry.given, entry, using)
                attributes[entry.attribute] = attribute
                values[entry.attribute] = {value.value: value for value in attribute.values.all()}
            elif not entry.value:
                _save(attribute, entry.given, entry, using)
            if not entry.value:
                continue
            known = values[entry.attribute]
            value = known.get(entry.value)
            if value is None:
                value = AttributeValue(attribute=attribute, value=entry.value, position=len(known))
                known[entry.value] = value
                new_values += 1
            else:
                known_values += 1
            _save(value, entry.given, entry, using)
    return Imported(new_attributes, new_values, known_values)


def _save(row: Attribute | AttributeValue, given: Mapping[str, Any], entry: Entry, using: str) -> None:
    for name, content in given.items():
        if name == "translations":
            content = {**row.translations, **content}
        setattr(row, name, content)
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        said = "; ".join(f"{name}: {' '.join(found)}" for name, found in error.message_dict.items())
        raise BadVocabulary(f"Line {entry.line}: {said}") from error
    row.save(using=using)


def written(attributes: Iterable[Attribute]) -> Iterator[str]:
    """The lines of a CSV file that says the same as `attributes` when it is read, with those's values prefetched."""
    every = list(attributes)
    spoken = {language for each in every for language in each.translations}
    spoken |= {language for each in every for value in each.values.all() for language in value.translations}
    columns = (*COLUMNS[:4], *(f"{LABEL}_{language}" for language in sorted(spoken)), *COLUMNS[4:])
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, columns, lineterminator="\r\n", restval="")
    table.writeheader()
    for attribute in every:
        table.writerow(
            {
                "attribute": attribute.name,
                "choice": attribute.choice,
                "promised": str(attribute.promised),
                "in_use": "yes" if attribute.enabled else "no",
                **_labels(attribute),
                **{name: SEPARATOR.join(getattr(attribute, name)) for name in OF_ATTRIBUTE},
            }
        )
        for value in attribute.values.all():
            table.writerow(
                {
                    "attribute": attribute.name,
                    "value": value.value,
                    "parent": value.parent,
                    **_labels(value),
                    **{name: SEPARATOR.join(getattr(value, name)) for name in OF_VALUE},
                }
            )
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _labels(row: Attribute | AttributeValue) -> dict[str, str]:
    return {LABEL: row.label} | {f"{LABEL}_{code}": said for code, said in row.translations.items()}
