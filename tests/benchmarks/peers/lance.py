"""LanceDB in process: one table on disk with an index of vectors, of prices and of texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import lancedb
import pyarrow as pa
from lancedb.rerankers import RRFReranker

from .protocol import InProcess, Products, Settings, Vectors

BATCH = 10_000
_SIGNS = re.compile(r"[^\w\s]")


class Lance(InProcess):
    """Cosine distance; filters come before the search, as is its default."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        vectors = products.vectors[settings.get("vector", "picture")]
        database = lancedb.connect(self.folder / "lance")
        schema = pa.schema(
            [
                pa.field("id", pa.int64()),
                pa.field("price", pa.int64()),
                pa.field("text", pa.string()),
                pa.field("vector", pa.list_(pa.float32(), vectors.shape[1])),
            ]
        )

        def batches() -> Any:
            for start in range(0, len(products), BATCH):
                part = slice(start, start + BATCH)
                flat = pa.array(vectors[part].reshape(-1), pa.float32())
                yield pa.RecordBatch.from_arrays(
                    [
                        pa.array(products.ids[part]),
                        pa.array(products.prices[part]),
                        pa.array(list(products.texts[part])),
                        pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
                    ],
                    schema=schema,
                )

        self.table = database.create_table("products", batches(), schema=schema, mode="overwrite")
        if table == "vectors":
            self.table.create_index(metric="cosine", index_type=settings["index_type"])
            self.table.create_scalar_index("price")
        else:
            self.table.create_fts_index(
                "text",
                stem=settings.get("stem", True),
                remove_stop_words=settings.get("remove_stop_words", True),
            )
        self.table.optimize()
        self.settings: Settings = {}

    def choose(self, settings: Settings) -> None:
        self.settings = settings
        if "k" in settings:
            self.reranker = RRFReranker(K=settings["k"])

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._ids(self._near(vector), hits)

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        return self._ids(self._near(vector).where(f"price <= {most}", prefilter=True), hits)

    def words(self, words: str, hits: int) -> list[int]:
        return self._ids(self.table.search(_SIGNS.sub(" ", words), query_type="fts"), hits)

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        asked = self.table.search(query_type="hybrid").vector(vector).text(_SIGNS.sub(" ", words))
        return self._ids(asked.distance_type("cosine").rerank(self.reranker), hits)

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        self.table.update(where=f"id IN ({', '.join(map(str, ids))})", values={"price": price})

    def _near(self, vector: Vectors) -> Any:
        how = self.settings
        asked = self.table.search(vector).distance_type("cosine").nprobes(how["nprobes"])
        return asked.ef(how["ef"]).refine_factor(how["refine_factor"])

    def _ids(self, asked: Any, hits: int) -> list[int]:
        found: list[int] = asked.limit(hits).select(["id"]).to_arrow()["id"].to_pylist()
        return found
