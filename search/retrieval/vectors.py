"""The vector legs: the query's vectors against those of texts or of pictures, each pair calibrated on its own.

Exact, a leg gives every product whose calibrated value reaches the floor. By an index it gives the nearest rows
only, which is all an index can do, and says so; `selectivity` says which way suits the filters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import FloatField, QuerySet
from numpy.typing import NDArray

from ..calibration import Calibration
from ..models import PictureVector, TextVector
from . import selectivity
from .answer import LegName
from .curves import calibration, raw_floor
from .matches import NO_MATCHES, VectorMatches, product_keys
from .selectivity import Keys, Rows, Scan, share_passing, ways
from .serving import Serving
from .snapshot import OfColumn, array_of, key_type, read_under

Vectors = NDArray[np.float32]

#: Likeness, in logits, beyond which a row is no better an answer: what two pictures of one thing have in common says
#: nothing for a row that is just what was not wanted.
NEAR_ENOUGH = 2.0
#: What pgvector takes for "all rows", and how many times work_mem a scan of so many may take.
EVERYTHING = 2**31 - 1
SCAN_MEMORY = 16
#: How many times the rows that are wanted a scan of all rows takes, to keep the best.
RELAXED = 4
#: pgvector's own limit of hnsw.ef_search.
MOST_EF_SEARCH = 1000


@dataclass(frozen=True)
class Unlike:
    """What a row should not be near to: a vector `(1, dim)`, how much it counts in 0..1, and its own curve."""

    vector: Vectors
    weight: float
    calibration: Calibration


@dataclass(frozen=True)
class VectorLeg:
    """Vectors `(n, dim)` of one query against one kind of rows; a product counts with its best row and vector."""

    name: LegName
    rows: QuerySet[Any]
    vectors: Vectors
    calibration: Calibration
    #: About how many rows the index has that can serve it; 0 without one.
    count: int
    size: int
    ef_search: int
    unlike: tuple[Unlike, ...] = ()
    #: Where else an index scan looks, `(m, dim)`: away from what is unlike.
    aside: Vectors | None = None

    @property
    def indexed(self) -> bool:
        """Whether an index can serve it: then it may be cut after its nearest rows."""
        return self.count > 0

    def find(
        self, products: QuerySet[Any] | Keys, floor: float, near: float | None = None
    ) -> tuple[VectorMatches, bool]:
        """Those of `products` whose value reaches `floor`, and whether an index cut them to the nearest rows.

        `near` is the share of all that lies near to the query which they are, where it is known.
        """
        lowest, cut = raw_floor(self.calibration, floor), False
        if not self.indexed:
            asked = products.order_by().values("pk") if isinstance(products, QuerySet) else products.products
            rows = self._scored(self.rows.filter(product__in=asked))
            found = self._matches(rows.filter(ps_raw__gte=lowest).values_list(*self._columns))
        else:
            found, cut = self._indexed(products, lowest, near=near)
        return found.reaching(floor), cut

    def scans(self, share: float) -> bool:
        """Whether an index is the first way to read products of whom such a `share` passes."""
        return self.indexed and isinstance(ways(self.count, share, self.size, None)[0], Scan)

    def matching(self, rows: Iterable[tuple[Any, ...]], floor: float) -> VectorMatches:
        """Of rows that `index_scan` gave, those whose value reaches `floor`."""
        lowest = raw_floor(self.calibration, floor)
        return self._matches(row for row in rows if row[1] >= lowest).reaching(floor)

    def nearest(self, products: QuerySet[Any] | None) -> VectorMatches:
        """The `size` nearest rows, of `products` alone unless that is None; no floor."""
        if self.indexed:
            return self._indexed(products, -math.inf, self.size)[0]
        rows = self.rows
        if products is not None:
            rows = rows.filter(product__in=products.order_by().values("pk"))
        scored = self._scored(rows).order_by("-ps_raw")
        return self._matches(scored.values_list(*self._columns)[: self.size])

    def score(self, keys: Sequence[Any]) -> VectorMatches:
        """The exact value of each of `keys`; one without a vector is absent."""
        rows = self.table
        columns, parameters = self._selected(rows)
        connection = connections[rows.using]
        among = f"{rows.table}.product = ANY(%s::{key_type(connection)}[])"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM {rows.table} WHERE {rows.where} AND {among}",  # noqa: S608
                [*parameters, *rows.parameters, array_of(keys, connection)],
            )
            return self._matches(cursor.fetchall())

    def _indexed(
        self,
        products: QuerySet[Any] | Keys | None,
        lowest: float,
        size: int | None = None,
        near: float | None = None,
    ) -> tuple[VectorMatches, bool]:
        """Rows of `products` from `lowest` on, the `size` nearest of them, the way that suits how many there are; and
        whether an index cut them.
        """
        rows = self.table
        try:
            keys = Keys.of(products) if isinstance(products, QuerySet) else products
        except EmptyResultSet:
            return NO_MATCHES, False
        share = 1.0 if keys is None else share_passing(rows, keys, self.count)
        for way in ways(self.count, share, self.size, near):
            if isinstance(way, Scan):
                found = self._scan(rows, keys, lowest, way.most)
            else:
                found = self._read(rows, keys, lowest, size)
            if found is not None:
                return found, isinstance(way, Scan)
        raise AssertionError("unreachable: the last way always finds")

    def _read(self, rows: Rows, keys: Keys | None, lowest: float, size: int | None) -> VectorMatches | None:
        """Rows from `lowest` on, at most the `size` nearest, each looked at; None where that is more than MOST_EXACT.

        Keys are listed first and the rows looked up: a join would be planned by guesses.
        """
        columns, parameters = self._selected(rows)
        condition = rows.where
        parameters += rows.parameters
        if keys is not None:
            if keys.array is None:
                return None
            # From a subquery, so that the planner does not look at each of many thousand keys.
            kind = key_type(connections[rows.using])
            condition += f" AND {rows.table}.product = ANY((SELECT %s::{kind}[])::{kind}[])"
            parameters += (keys.array,)
        names = ", ".join(self._columns)
        read = f"SELECT {columns} FROM {rows.table} WHERE {condition} LIMIT %s"  # noqa: S608
        chosen = f"SELECT {names}, 0 FROM scored WHERE ps_raw >= %s ORDER BY ps_raw DESC LIMIT %s"  # noqa: S608
        counted = f"SELECT {'NULL, ' * len(self._columns)}count(*) FROM scored"  # noqa: S608
        with connections[rows.using].cursor() as cursor:
            cursor.execute(
                f"WITH scored ({names}) AS MATERIALIZED ({read}) ({chosen}) UNION ALL {counted}",
                [*parameters, selectivity.MOST_EXACT + 1, lowest, size],
            )
            found = cursor.fetchall()
        if any(row[-1] > selectivity.MOST_EXACT for row in found):
            return None
        return self._matches(row[:-1] for row in found if row[0] is not None)

    def _scan(self, rows: Rows, keys: Keys | None, lowest: float, most: int | None) -> VectorMatches | None:
        """The nearest rows by the index, those from `lowest` on; one scan for each vector.

        None when of the `most` nearest fewer than `size` pass; for None it looks at all, and takes what passes.
        Rows come in relaxed order, farther from the query the more relaxed: then more are taken, and the best kept.
        """
        found = NO_MATCHES
        for vector in self.vectors if self.aside is None else (*self.vectors, *self.aside):
            taken = self.size if most is not None else RELAXED * self.size
            sql, parameters = self.index_scan(rows, keys, vector, taken, most)
            (nearest,) = read_under(rows.using, self.index_settings(), [(sql, parameters)])
            if most is not None and len(nearest) < taken:
                return None
            if len(nearest) > self.size:
                nearest = sorted(nearest, key=lambda row: -row[1])[: self.size]
            found |= self._matches(row for row in nearest if row[1] >= lowest)
        return found

    def index_scan(
        self, rows: Rows, keys: Keys | None, vector: Vectors, taken: int, most: int | None
    ) -> tuple[str, tuple[Any, ...]]:
        """Of the `most` rows nearest to `vector` `(dim,)` the first `taken` that pass, the nearest rows being read in
        the very form that the space's HNSW index serves.

        Each is looked up by itself, in its turn: a join would be planned by guesses, and might begin at the other end.
        A limit of pgvector's own (hnsw.max_scan_tuples) would not do, as beyond it a scan hands out what it happens to
        have seen.
        """
        columns, parameters = self._selected(rows)
        distance, literals = inner_product(f"{rows.table}.vector", vector[np.newaxis], indexed=True)
        sql = f"SELECT {columns} FROM {rows.table} WHERE {rows.where} ORDER BY {distance} LIMIT %s"  # noqa: S608
        parameters += (*rows.parameters, *literals)
        if keys is None:
            return sql, (*parameters, taken if most is None else min(taken, most))
        passes = f"SELECT 1 FROM ({keys.sql}) AS allowed (ps_key) WHERE allowed.ps_key = near.product LIMIT 1"  # noqa: S608
        names = ", ".join(self._columns)
        sql = f"SELECT near.* FROM ({sql}) AS near ({names}), LATERAL ({passes}) AS passes LIMIT %s"  # noqa: S608
        return sql, (*parameters, most, *keys.parameters, taken)

    def index_settings(self) -> dict[str, str]:
        """What an index scan needs: it goes on for as long as it is asked for more."""
        return {
            "hnsw.ef_search": str(self.ef_search),
            "hnsw.iterative_scan": "relaxed_order",
            "hnsw.max_scan_tuples": str(EVERYTHING),
            "hnsw.scan_mem_multiplier": str(SCAN_MEMORY),
            # The planner does not price iterative scans; without this it reads and sorts everything.
            "enable_sort": "off",
        }

    @cached_property
    def table(self) -> Rows:
        """Its rows as SQL."""
        return Rows.of(self.rows)

    @property
    def _columns(self) -> tuple[str, ...]:
        picture = ("picture",) if self.rows.model is PictureVector else ()
        return ("product", "ps_raw", *(f"ps_unlike{at}" for at in range(len(self.unlike))), *picture)

    def _scored(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        against = {f"ps_unlike{at}": InnerProduct(each.vector) for at, each in enumerate(self.unlike)}
        return rows.annotate(ps_raw=InnerProduct(self.vectors), **against)  # type: ignore[no-any-return]

    def _selected(self, rows: Rows) -> tuple[str, tuple[Any, ...]]:
        """The `_columns` as SQL with its parameters."""
        compared = (self.vectors, *(each.vector for each in self.unlike))
        products = [inner_product(f"{rows.table}.vector", vectors) for vectors in compared]
        columns = [f"{rows.table}.product", *(sql for sql, _ in products)]
        if self.rows.model is PictureVector:
            columns.append(f"{rows.table}.picture")
        return ", ".join(columns), tuple(literal for _, literals in products for literal in literals)

    def _matches(self, rows: Iterable[tuple[Any, ...]]) -> VectorMatches:
        """Each product of `rows`, which have the `_columns`, once."""
        columns = list(zip(*rows, strict=True))
        if not columns:
            return NO_MATCHES
        keys, raw, *rest = columns
        unlike = len(self.unlike)
        scores = np.array(raw, dtype=np.float64)
        value = self._values(scores, [np.array(column, dtype=np.float64) for column in rest[:unlike]])
        picture = rest[unlike] if len(rest) > unlike else (None,) * len(keys)
        return VectorMatches(product_keys(keys, using=self.rows.db), scores, value, picture).best()

    def _values(self, raw: NDArray[np.float64], unlike: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """The calibrated values `(n,)`, less for a row that is nearer to what it should not be near to."""
        values = self.calibration.values(raw)
        if unlike:
            near = np.minimum(_logits(self.calibration, raw), NEAR_ENOUGH)
            for each, scores in zip(self.unlike, unlike, strict=True):
                nearer = _logits(each.calibration, scores) - near
                values = values * (1.0 - each.weight * Calibration(0.0, 1.0).values(nearer))
        return values


class InnerProduct(OfColumn):
    """Largest inner product of a row's vector with any of `vectors` `(n, dim)`; of unit vectors that is the cosine."""

    output_field: FloatField[float, float] = FloatField()

    def __init__(self, vectors: Vectors) -> None:
        super().__init__("vector")
        self.vectors = vectors

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, _ = compiler.compile(self.column)
        return inner_product(column, self.vectors)


def inner_product(column: str, vectors: Vectors, *, indexed: bool = False) -> tuple[str, tuple[str, ...]]:
    """SQL and parameters for the largest inner product of `column` with any of `vectors` `(n, dim)`.

    `indexed` writes it the way the space's HNSW index orders rows: negated, for one vector, on the cast column. Without
    it no index matches, so an exact scan is exact whatever the planner thinks.
    """
    dim = vectors.shape[1]
    left = f"{column}::halfvec({dim})" if indexed else column
    literals = _literals(np.asarray(vectors, dtype=np.float32).tobytes(), len(vectors), dim)
    distances = [f"({left} <#> %s::halfvec({dim}))"] * len(literals)
    nearest = distances[0] if len(distances) == 1 else f"least({', '.join(distances)})"
    return nearest if indexed else f"(-{nearest})", literals


@lru_cache(maxsize=64)
def _literals(vectors: bytes, count: int, dim: int) -> tuple[str, ...]:
    """Vectors of float32 as PostgreSQL reads them; the same ones are written several times in one search."""
    rows = np.frombuffer(vectors, np.float32).reshape(count, dim).tolist()
    return tuple(f"[{','.join(f'{x:.6g}' for x in vector)}]" for vector in rows)


def text_leg(
    serving: Serving,
    language: str,
    vectors: Vectors,
    name: LegName = "text-text",
    *,
    size: int,
    using: str,
    ef_search: int | None = None,
    unlike: tuple[Unlike, ...] = (),
    aside: Vectors | None = None,
) -> VectorLeg | None:
    """Texts of `language`, compared with a text's vector or a picture's (`picture-text`); None when nothing serves."""
    if serving.space is None or serving.generation is None:
        return None
    rows = TextVector.objects.using(using).filter(
        space_id=serving.space.pk,
        generation_id=serving.generation.pk,
        language=language,
        product__isnull=False,
    )
    curve = calibration(serving.space, name, vectors)
    breadth = ef_search or breadth_of(size)
    return VectorLeg(name, rows, vectors, curve, serving.texts_indexed, size, breadth, unlike, aside)


def picture_leg(
    serving: Serving,
    name: LegName,
    vectors: Vectors,
    *,
    size: int,
    using: str,
    ef_search: int | None = None,
    unlike: tuple[Unlike, ...] = (),
    aside: Vectors | None = None,
) -> VectorLeg | None:
    """Pictures, compared with a text's vector (`text-picture`) or a picture's (`picture-picture`)."""
    if serving.space is None:
        return None
    rows = PictureVector.objects.using(using).filter(space_id=serving.space.pk, product__isnull=False)
    curve = calibration(serving.space, name, vectors)
    breadth = ef_search or breadth_of(size)
    return VectorLeg(name, rows, vectors, curve, serving.pictures_indexed, size, breadth, unlike, aside)


def unlike(
    serving: Serving, parts: Iterable[tuple[str, Vectors, float]], rows: Literal["text", "picture"]
) -> tuple[Unlike, ...]:
    """What rows of texts or of pictures should not be near to: each text or picture of a query with its weight."""
    space = serving.space
    if space is None:
        return ()
    found = []
    for kind, vector, weight in parts:
        pair: Any = f"{kind}-{rows}"
        found.append(Unlike(vector, weight, calibration(space, pair, vector)))
    return tuple(found)


def breadth_of(size: int) -> int:
    """The breadth of an index scan for `size` rows where EF_SEARCH says none: pictures for a text need the double."""
    return min(max(2 * size, 40), MOST_EF_SEARCH)


def _logits(calibration: Calibration, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    return (raw - calibration.midpoint) / calibration.scale
