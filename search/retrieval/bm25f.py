"""BM25F of many stored texts, and of one that was read.

Weights, k1, b and idf come with the query, so none of them needs a re-index (Robertson, Zaragoza, Taylor: Simple BM25
extension to multiple weighted fields, 2004).

PostgreSQL looks up where a text has each word and hands out its frequencies as they are stored; what they come to is
reckoned here for all texts at once: row by row in SQL it takes half as long again. Only words that texts may say in
several ways are reckoned there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..models import Text
from .matches import product_keys
from .understanding import Alternatives

K1 = 1.2
B = 0.75
#: Words that are looked up one by one; of a text as a query there are too many.
MOST_UNROLLED = 16
#: What `array_send` writes before the numbers of an array of two dimensions, in bytes.
_HEADER = 28

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """What texts say of a query, `(n,)` each: BM25F, idf covered, words covered, whether a field is just the query."""

    keys: Sequence[Any]
    raw: _Floats
    covered: _Floats
    having: _Floats
    exact: NDArray[np.bool_]


@dataclass(frozen=True)
class KeywordEvidence:
    """How much the texts of one language say of the words `query`, each with how often it was written.

    `weights` are those of the fields, `means` the mean lengths of these or None without statistics.
    """

    query: Mapping[str, int]
    idf: Mapping[str, float]
    weights: Sequence[float]
    means: Sequence[float] | None
    alternatives: Alternatives

    def read(self, where: str, parameters: Sequence[Any], *, using: str) -> Said:
        """What each text says that meets `where`, SQL with its parameters, and has one of the words."""
        unrolled = len(self.query) <= MOST_UNROLLED and not any(self.alternatives.values())
        rows = f"FROM {Text._meta.db_table} WHERE {where} OFFSET 0"
        sql, before = self._unrolled(rows) if unrolled else self._reckoned(rows)
        with connections[using].cursor() as cursor:
            cursor.execute(sql, [*before, *parameters])
            found, *columns = cursor.fetchone() or (None,)
        keys = product_keys(found or (), using=using)
        if not keys:
            nothing = np.empty(0)
            return Said((), nothing, nothing, nothing, nothing.astype(np.bool_))
        if unrolled:
            lengths, *frequencies = (
                _sent(column, len(keys), size)
                for column, size in zip(columns, (4, *(2,) * len(self.query)), strict=True)
            )
            return self._said(keys, lengths, frequencies)
        raw, covered, having, exact = _sent(columns[0], len(keys), 8).T
        return Said(keys, raw, covered, having, exact > 0)

    def _unrolled(self, rows: str) -> tuple[str, tuple[Any, ...]]:
        """Of each text its lengths, and of each word the frequencies in all fields, which lie side by side: the word's
        place among the sorted terms is looked up once.
        """
        fields, words = len(self.weights), range(len(self.query))
        places = ", ".join(f"array_position(terms, %s::text) AS at{word}" for word in words)
        nothing = "'{" + ",".join("0" * fields) + "}'::int2[]"
        each = (
            f"coalesce(frequencies[(at{word} - 1) * {fields} + 1 : at{word} * {fields}], {nothing})"
            for word in words
        )
        lists = ", ".join(f"array_send(array_agg({column}))" for column in ("lengths", *each))
        said = f"num_nonnulls({', '.join(f'at{word}' for word in words)}) > 0 AND cardinality(lengths) = {fields}"
        # OFFSET, so that what is looked up once is not looked up again wherever it is used.
        return (
            f"SELECT array_agg(product), {lists} FROM (SELECT product, frequencies, lengths, {places} {rows})"  # noqa: S608
            f" AS located WHERE {said}"
        ), tuple(self.query)

    def _said(self, keys: Sequence[Any], lengths: _Floats, frequencies: Sequence[_Floats]) -> Said:
        """From `lengths` and each word's `frequencies`, all `(n, fields)`."""
        means = np.array(self.means if self.means is not None else np.zeros(len(self.weights)))
        counted = np.where(means > 0, 1 - B + B * lengths / np.where(means > 0, means, 1.0), 1.0)
        weights = np.array(self.weights) / counted
        raw, covered, having = (np.zeros(len(keys)) for _ in range(3))
        whole = lengths == sum(self.query.values())
        for (term, times), often in zip(self.query.items(), frequencies, strict=True):
            tf, there = (often * weights).sum(axis=1), often.any(axis=1)
            raw += self.idf[term] * tf * (K1 + 1) / (K1 + tf)
            covered += self.idf[term] * there
            having += there
            whole &= often == times
        return Said(keys, raw, covered, having, whole.any(axis=1))

    def _reckoned(self, rows: str) -> tuple[str, tuple[Any, ...]]:
        said, parameters = self._looped("terms", "frequencies", "lengths")
        return (
            f"SELECT array_agg(product), array_send(array_agg(said)) FROM (SELECT product, {said} {rows})"  # noqa: S608
            " AS matched (product, said) WHERE said[3] > 0"
        ), parameters

    def _looped(self, terms: str, frequencies: str, lengths: str) -> tuple[str, tuple[Any, ...]]:
        """The words as rows, with the best way in which a text says each: of several terms it must have them all."""
        fields = range(1, len(self.weights) + 1)
        score = f"idf * tf * {K1 + 1}::float8 / ({K1}::float8 + tf)"
        written = sum(self.query.values())
        each_exact = (
            f"min(({self._frequency(frequencies, 'at', f)} = times)::int) * ({lengths}[{f}] = {written})::int"
            for f in fields
        )
        exact = f"CASE WHEN count(at) = {len(self.query)} THEN greatest({', '.join(each_exact)}) ELSE 0 END"
        found = f"LATERAL array_position({terms}, term) AS at"
        counted = f"LATERAL (SELECT {self._weighted(frequencies, lengths, 'at')}) AS weighted(tf)"
        sql = f"""(
            SELECT ARRAY[coalesce(sum(best), 0), coalesce(sum(idf), 0), count(*), (
                SELECT {exact} FROM unnest(%s::text[], %s::int[]) AS word(term, times), {found} WHERE at IS NOT NULL
            )]::float8[]
            FROM (
                SELECT idf, max(said) AS best FROM (
                    SELECT place, idf, sum({score}) / size AS said
                    FROM unnest(%s::int[], %s::int[], %s::int[], %s::text[], %s::float8[])
                        AS word(place, way, size, term, idf), {found}, {counted}
                    WHERE at IS NOT NULL GROUP BY place, way, size, idf HAVING count(*) = size
                ) AS ways GROUP BY place, idf
            ) AS words
        )"""  # noqa: S608
        rows = [
            (place, number, len(way), term, self.idf[word])
            for place, word in enumerate(self.query)
            for number, way in enumerate(((word,), *self.alternatives.get(word, ())))
            for term in dict.fromkeys(way)
        ]
        own = (list(self.query), list(self.query.values()))
        return sql, (*own, *(list(column) for column in zip(*rows, strict=True)))

    def _frequency(self, frequencies: str, at: str, field: int) -> str:
        """How often the term at the place `at` stands in `field`, 1 for the first."""
        return f"{frequencies}[({at} - 1) * {len(self.weights)} + {field}]"

    def _weighted(self, frequencies: str, lengths: str, at: str) -> str:
        """Its frequency in all fields together; NULL where `at` is."""
        each = (
            f"{float(weight)!r}::float8 * {self._frequency(frequencies, at, field)}"
            f" / {self._length(f'{lengths}[{field}]', field - 1)}"
            for field, weight in enumerate(self.weights, start=1)
        )
        return f"({' + '.join(each)})::float8"

    def score(self, terms: Sequence[str], frequencies: Sequence[int], lengths: Sequence[int]) -> float:
        """The same BM25F of one row that was read: sooner than in SQL where a word has many ways and rows are few."""
        fields, places = len(self.weights), {term: at for at, term in enumerate(terms)}
        weights = [
            weight / (1.0 - B + B * length / mean if mean > 0 else 1.0)
            for weight, length, mean in zip(self.weights, lengths, self.means or [0.0] * fields, strict=True)
        ]

        def said(way: Sequence[str]) -> float:
            total = 0.0
            for term in set(way):
                at = places.get(term)
                if at is None:
                    return 0.0
                own = frequencies[at * fields : (at + 1) * fields]
                tf = sum(weight * times for weight, times in zip(weights, own, strict=True) if times)
                total += tf * (K1 + 1) / (K1 + tf)
            return total / len(set(way))

        return sum(
            self.idf[word] * max(said(way) for way in ((word,), *self.alternatives.get(word, ())))
            for word in self.query
        )

    def _length(self, length: str, field: int) -> str:
        """How far a field's length counts against it; without statistics not at all."""
        mean = self.means[field] if self.means is not None else 0.0
        return "1.0::float8" if mean <= 0 else f"({1 - B}::float8 + {B / mean!r}::float8 * {length})"


def _sent(column: bytes, rows: int, size: int) -> _Floats:
    """The numbers `(rows, n)` of an array as `array_send` writes it: each, of `size` bytes, after its size."""
    kind = np.dtype([("size", ">i4"), ("number", f">{'f' if size == 8 else 'i'}{size}")])
    return np.frombuffer(column, kind, offset=_HEADER)["number"].astype(np.float64).reshape(rows, -1)
