"""The vector legs: the query's vectors against those of texts or of pictures, each pair calibrated on its own.

Exact, a leg gives every product whose calibrated value reaches the floor. With an index it gives the nearest rows
only, which is all an index can do, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Expression, F, FloatField, QuerySet
from numpy.typing import NDArray

from ..calibration import Calibration
from ..models import PictureVector, Space, TextVector
from .answer import LegName
from .serving import Serving
from .snapshot import KeyIn, local_settings

Vectors = NDArray[np.float32]

#: Curves for a space whose calibration was not fitted yet. Cosines of the published CLIP models: a text and a picture
#: of it lie at .25 to .35, others below .2; within one modality even strangers reach .6.
UNFITTED: Mapping[LegName, Calibration] = {
    "text-text": Calibration(midpoint=0.80, scale=0.03),
    "text-picture": Calibration(midpoint=0.25, scale=0.015),
    "picture-picture": Calibration(midpoint=0.80, scale=0.03),
}


@dataclass(frozen=True)
class VectorMatch:
    """One product in one leg: inner product of its best row, calibrated value in 0..1, and that row's picture."""

    raw: float
    value: float
    picture: str | None


@dataclass(frozen=True)
class VectorLeg:
    """Vectors `(n, dim)` of one query against one kind of rows; a product counts with its best row and vector."""

    name: LegName
    rows: QuerySet[Any]
    vectors: Vectors
    calibration: Calibration
    #: Whether an index can serve it: then it is cut after its nearest rows.
    indexed: bool
    size: int

    def find(self, products: QuerySet[Any], floor: float) -> tuple[dict[Any, VectorMatch], bool]:
        """Those of `products` whose value reaches `floor`, and whether an index cut them to the nearest rows."""
        allowed = self.rows.filter(product__in=products.values("pk"))
        lowest = raw_floor(self.calibration, floor)
        if self.indexed:
            nearest = self._nearest(allowed)
            if nearest is not None:
                return {key: match for key, match in nearest.items() if match.raw >= lowest}, True
        return self._read(self._scored(allowed).filter(ps_raw__gte=lowest)), False

    def nearest(self, products: QuerySet[Any] | None) -> dict[Any, VectorMatch]:
        """The `size` nearest rows, of `products` alone unless that is None; no floor."""
        rows = (
            self.rows if products is None else self.rows.filter(product__in=products.order_by().values("pk"))
        )
        found = self._nearest(rows) if self.indexed else None
        return self._read(self._scored(rows).order_by("-ps_raw")[: self.size]) if found is None else found

    def score(self, keys: Sequence[Any]) -> dict[Any, VectorMatch]:
        """The exact value of each of `keys`; one without a vector is absent."""
        return self._read(self._scored(self.rows.filter(KeyIn("product", keys))))

    def _scored(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        scored: QuerySet[Any] = rows.annotate(ps_raw=InnerProduct(self.vectors))
        return scored

    def _nearest(self, rows: QuerySet[Any]) -> dict[Any, VectorMatch] | None:
        """The nearest rows by the index, one scan for each vector; None when filters starved a scan."""
        found: dict[Any, VectorMatch] = {}
        for vector in self.vectors:
            with self.index_settings():
                best = list(self._values(self.index_scan(rows, vector)))
            if len(best) < self.size:
                return None
            self._keep_best(found, best)
        return found

    def index_scan(self, rows: QuerySet[Any], vector: Vectors) -> QuerySet[Any]:
        """The rows nearest to `vector` `(dim,)`, in the very form that the space's HNSW index serves."""
        one = vector[np.newaxis]
        scored: QuerySet[Any] = rows.annotate(ps_raw=InnerProduct(one))
        return scored.order_by(InnerProduct(one, indexed=True))[: self.size]

    def index_settings(self) -> AbstractContextManager[None]:
        """What an index scan needs: a search wider than the rows asked for, that goes on while filters drop rows."""
        return local_settings(
            self.rows.db,
            hnsw__ef_search=str(min(max(2 * self.size, 40), 1000)),
            hnsw__iterative_scan="relaxed_order",
            # The planner does not price iterative scans; without this it reads and sorts everything.
            enable_sort="off",
        )

    def _read(self, rows: QuerySet[Any]) -> dict[Any, VectorMatch]:
        found: dict[Any, VectorMatch] = {}
        self._keep_best(found, self._values(rows))
        return found

    def _values(self, rows: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
        columns = ("product", "ps_raw", "picture") if self._pictures else ("product", "ps_raw")
        return rows.values_list(*columns)

    @property
    def _pictures(self) -> bool:
        return self.rows.model is PictureVector

    def _keep_best(self, found: dict[Any, VectorMatch], rows: Any) -> None:
        for key, raw, *picture in rows:
            best = found.get(key)
            if best is None or raw > best.raw:
                found[key] = VectorMatch(raw, self.calibration.value(raw), picture[0] if picture else None)


class InnerProduct(Expression):
    """Largest inner product of a row's vector with any of `vectors` `(n, dim)`; of unit vectors that is the cosine.

    `indexed` writes it the way the space's HNSW index orders rows: negated, for one vector, on the cast column. Without
    it no index matches, so an exact scan is exact whatever the planner thinks.
    """

    output_field: FloatField[float, float] = FloatField()

    def __init__(self, vectors: Vectors, *, indexed: bool = False) -> None:
        super().__init__()
        self.vectors = vectors
        self.indexed = indexed
        self.column: Any = F("vector")

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, _ = compiler.compile(self.column)
        dim = self.vectors.shape[1]
        left = f"{column}::halfvec({dim})" if self.indexed else column
        literals = ["[" + ",".join(f"{x:.6g}" for x in vector) + "]" for vector in self.vectors.tolist()]
        distances = [f"({left} <#> %s::halfvec({dim}))"] * len(literals)
        nearest = distances[0] if len(distances) == 1 else f"least({', '.join(distances)})"
        return nearest if self.indexed else f"(-{nearest})", tuple(literals)


def text_leg(
    serving: Serving,
    language: str,
    vectors: Vectors,
    name: LegName = "text-text",
    *,
    size: int,
    using: str,
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
    curve = calibration(serving.space, name)
    return VectorLeg(name, rows, vectors, curve, serving.texts_indexed, size)


def picture_leg(
    serving: Serving, name: LegName, vectors: Vectors, *, size: int, using: str
) -> VectorLeg | None:
    """Pictures, compared with a text's vector (`text-picture`) or a picture's (`picture-picture`)."""
    if serving.space is None:
        return None
    rows = PictureVector.objects.using(using).filter(space_id=serving.space.pk, product__isnull=False)
    curve = calibration(serving.space, name)
    return VectorLeg(name, rows, vectors, curve, serving.pictures_indexed, size)


def calibration(space: Space, pair: LegName) -> Calibration:
    """The curve fitted on the catalogue, or a guess that suits the published CLIP models.

    Two pictures are fitted on pictures of one and the same product. A shopper's shows another of its kind, which is
    never as near: its curve begins where nearly all unrelated pictures end, two scales lower.
    """
    pair = "text-picture" if pair == "picture-text" else pair  # one cosine, whoever asks
    fitted = space.calibration.get(pair)
    if fitted is None:
        return UNFITTED[pair]
    midpoint, scale = fitted["midpoint"], fitted["scale"]
    return Calibration(midpoint - 2 * scale if pair == "picture-picture" else midpoint, scale)


def raw_floor(calibration: Calibration, floor: float) -> float:
    """The raw score from which the calibrated value reaches `floor`; infinite at the ends of 0..1."""
    if floor <= 0:
        return -math.inf
    if floor >= 1:
        return math.inf
    return calibration.midpoint + calibration.scale * math.log(floor / (1 - floor))
