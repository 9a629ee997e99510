"""What `judgements make` is told of a catalogue: which of its columns says what, and the words of its shoppers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import ProductSearchError


class BadSpec(ProductSearchError):
    """A spec can't be used; the message names the file, the key and what is expected."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One catalogue. Files are relative to the spec; columns are those of `products`, or of `facts` where told."""

    name: str
    #: CSV with one row for each product.
    products: Path
    key: str
    title: str
    #: What a product is, to shoppers: a name of ours to a column of `facts`. `type` and `colour` must be there.
    attributes: Mapping[str, str]
    language: str = "en"
    #: Queries of each kind and part, at most.
    limit: int = 50
    #: CSV with what is known of each product, by the same `key`, a row for each picture; `products` itself by default.
    facts: Path | None = None
    #: Column of `products` that names the product which this one is a variant of.
    group: str = ""
    #: Name of a picture file, with columns of `facts` in braces; without it no query has a picture.
    picture: str = ""
    #: Column to value: only these rows of `products` are taken.
    where: Mapping[str, str] = field(default_factory=dict)
    #: Columns of `products` whose words a search compares with, and those that `words_removed` takes words from.
    texts: tuple[str, ...]
    removed_from: tuple[str, ...] = ()
    #: Columns that name kinds of products, as a path (`Kitchen > Mugs`) or a word.
    categories: tuple[str, ...] = ()
    #: Queries with attributes in braces.
    attribute_queries: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    #: Attributes that make two pictures show the same kind of product.
    looks: tuple[str, ...] = ("type", "colour")
    #: Attribute to values that nobody asks for.
    unasked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: `type` and `colour` to further words that `words_removed` takes away.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: What shoppers say, to the types that they mean.
    shopper_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_spec(path: Path) -> Spec:
    """The spec in a TOML file; raises `BadSpec` naming what to change."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSpec(f"{path}: {error}") from error
    known = {spec.name for spec in fields(Spec)}
    if unknown := sorted(set(raw) - known):
        raise BadSpec(f"{path}: {unknown[0]} is unknown; known are {', '.join(sorted(known))}.")
    lacking = [
        name for name in ("name", "products", "key", "title", "texts", "attributes") if name not in raw
    ]
    if lacking:
        raise BadSpec(f"{path}: {lacking[0]} is missing.")
    for name in ("products", "facts"):
        if name in raw:
            raw[name] = path.parent / raw[name]
    try:
        spec = Spec(**{name: _frozen(value) for name, value in raw.items()})
    except TypeError as error:
        raise BadSpec(f"{path}: {error}") from error
    asked = set(spec.looks) | {
        name for template in (*spec.attribute_queries, *spec.phrases) for name in names_in(template)
    }
    if missing := sorted((asked | {"type", "colour"}) - set(spec.attributes)):
        raise BadSpec(f"{path}: [attributes] lacks {missing[0]}.")
    return spec


def names_in(template: str) -> tuple[str, ...]:
    """What stands in braces in `template`."""
    return tuple(re.findall(r"{(\w+)}", template))


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return {key: _frozen(inner) for key, inner in value.items()} if isinstance(value, dict) else value
