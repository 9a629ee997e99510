"""BM25F of one stored text as SQL over its arrays, and of one that was read.

Weights, k1, b and idf come with the query, so none of them needs a re-index (Robertson, Zaragoza, Taylor: Simple BM25
extension to multiple weighted fields, 2004).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Expression, F, FloatField

from .understanding import Alternatives

K1 = 1.2
B = 0.75
#: Words that are written out one by one; of a text as a query there are too many.
MOST_UNROLLED = 16


class KeywordEvidence(Expression):
    """For one row of `Text`: `ARRAY[BM25F, idf covered, words covered, 1 if a field is exactly the query]`.

    A word's frequencies in all fields lie side by side, so its place among the sorted terms is looked up once.
    """

    output_field: ArrayField[Any, Any] = ArrayField(FloatField())

    def __init__(
        self,
        terms: Mapping[str, int],
        idf: Mapping[str, float],
        weights: Sequence[float],
        mean_lengths: Sequence[float] | None,
        alternatives: Alternatives | None = None,
    ) -> None:
        super().__init__()
        self.query = terms
        self.alternatives = alternatives or {}
        self.idf = idf
        self.weights = weights
        self.means = mean_lengths
        self.columns: list[Any] = [F("terms"), F("frequencies"), F("lengths")]

    def get_source_expressions(self) -> list[Any]:
        return self.columns

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.columns = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        columns = tuple(compiler.compile(column)[0] for column in self.columns)
        if len(self.query) <= MOST_UNROLLED and not self.alternatives:
            return self._unrolled(*columns)
        return self._looped(*columns)

    def _unrolled(self, terms: str, frequencies: str, lengths: str) -> tuple[str, tuple[Any, ...]]:
        """Each word written out by itself: of frequent words many thousand rows are looked at."""
        # Only numbers of ours are written into the SQL (hence no S608); words are parameters.
        words = [(f"at{number}", f"tf{number}", self.idf[term]) for number, term in enumerate(self.query)]
        score = " + ".join(
            f"coalesce({weight!r}::float8 * {tf} * {K1 + 1}::float8 / ({K1}::float8 + {tf}), 0)"
            for _, tf, weight in words
        )
        covered = " + ".join(f"({at} IS NOT NULL)::int * {weight!r}::float8" for at, _, weight in words)
        having = f"num_nonnulls({', '.join(at for at, _, _ in words)})"
        fields = range(1, len(self.weights) + 1)
        written = list(zip([at for at, _, _ in words], self.query.values(), strict=True))
        each_exact = (
            f"({lengths}[{f}] = {sum(self.query.values())} AND "
            + " AND ".join(f"{self._frequency(frequencies, at, f)} = {times}" for at, times in written)
            + ")"
            for f in fields
        )
        exact = f"({having} = {len(words)} AND ({' OR '.join(each_exact)}))::int"
        places = ", ".join(f"array_position({terms}, %s::text) AS {at}" for at, _, _ in words)
        counted = ", ".join(
            f"{at}, {self._weighted(frequencies, lengths, at)} AS {tf}" for at, tf, _ in words
        )
        # OFFSET, so that what is looked up once is not looked up again wherever it is used.
        sql = f"""(
            SELECT ARRAY[{score}, {covered}, {having}, {exact}]::float8[]
            FROM (SELECT {counted} FROM (SELECT {places} OFFSET 0) AS located OFFSET 0) AS counted
        )"""  # noqa: S608
        return sql, tuple(self.query)

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
