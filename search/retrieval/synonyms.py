"""Words that mean the same to this shop, read through one function; merchants fill the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from django.db import connections

from ..models import Synonym
from ..text import terms

#: Of terms in a row, the terms that texts may have for them.
Synonyms = Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]]
NO_SYNONYMS: Synonyms = MappingProxyType({})
#: Rows read for one query.
MOST = 200
# Written out: each search asks it, and Django takes ten times longer to write it than PostgreSQL to answer.
_ROWS = (
    f"SELECT words, means, two_way FROM {Synonym._meta.db_table} WHERE language IN (%s, %s)"  # noqa: S608 - ours
    f" AND keys && %s::text[] ORDER BY id LIMIT {MOST}"
)


def synonyms(
    said: Iterable[Sequence[str]], language: str, further: Synonyms = NO_SYNONYMS, *, using: str
) -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Of each of `said` (terms of a few neighbouring words in `language`), the terms that mean the same, if any do.

    `further` are those of whoever steers this search.
    """
    keys = {" ".join(each): tuple(each) for each in said if each}
    with connections[using].cursor() as cursor:
        cursor.execute(_ROWS, ["", language, list(keys)])
        rows = cursor.fetchall()
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for words, means, two_way in rows:
        source, target = tuple(terms(words, language)), tuple(terms(means, language))
        for one, other in ((source, target), (target, source)) if two_way else ((source, target),):
            if one and other and one != other and " ".join(one) in keys:
                found.setdefault(one, []).append(other)
    if further:
        for one in keys.values():
            if one in further:
                found.setdefault(one, []).extend(further[one])
    return {source: tuple(dict.fromkeys(targets)) for source, targets in found.items()}
