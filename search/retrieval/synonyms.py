"""Words that mean the same to this shop. Retrieval keeps none: whoever steers searches knows them (`steering`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

#: Of terms in a row, the terms that texts may have for them.
Synonyms = Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]]
NO_SYNONYMS: Synonyms = MappingProxyType({})


def having(said: Iterable[Sequence[str]], synonyms: Synonyms) -> Synonyms:
    """Those of `said`, terms of a few neighbouring words each, that have synonyms, with them."""
    return {own: synonyms[own] for own in map(tuple, said) if own in synonyms}


def together(one: Synonyms, other: Synonyms) -> Synonyms:
    """Both, each way once."""
    if not one or not other:
        return one or other
    return {
        said: tuple(dict.fromkeys((*one.get(said, ()), *other.get(said, ())))) for said in {**one, **other}
    }
