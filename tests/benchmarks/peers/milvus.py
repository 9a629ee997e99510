"""Milvus Lite: Milvus' own client over a file, with HNSW, its BM25 function and its RRF ranker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymilvus import AnnSearchRequest, DataType, Function, FunctionType, MilvusClient, RRFRanker

from .protocol import InProcess, Products, Settings, Vectors

NAME = "products"
BATCH = 2_000


class Milvus(InProcess):
    """Cosine distance; a filter is an expression over the price."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        vectors = products.vectors[settings.get("vector", "picture")]
        if not hasattr(self, "client"):
            self.client = MilvusClient(str(self.folder / "milvus.db"))
        if self.client.has_collection(NAME):
            self.client.drop_collection(NAME)
        schema = self.client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("price", DataType.INT64)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
        indexes = self.client.prepare_index_params()
        graph = {name: settings[name] for name in ("M", "efConstruction") if name in settings}
        indexes.add_index(
            "vector",
            index_type="HNSW",
            metric_type="COSINE",
            params=graph or {"M": 16, "efConstruction": 128},
        )
        self.said = table != "vectors"
        if self.said:
            # Milvus Lite has the standard analyzer alone, which does not stem.
            schema.add_field("text", DataType.VARCHAR, max_length=65_535, enable_analyzer=True)
            schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
            schema.add_function(
                Function("bm25", FunctionType.BM25, input_field_names=["text"], output_field_names=["sparse"])
            )
            weights = {name: settings[name] for name in ("bm25_k1", "bm25_b") if name in settings}
            indexes.add_index(
                "sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=weights
            )
        else:
            indexes.add_index("price", index_type="INVERTED")
        self.client.create_collection(NAME, schema=schema, index_params=indexes)
        for start in range(0, len(products), BATCH):
            self.client.insert(
                NAME,
                [self._row(products, vectors, at) for at in range(start, min(start + BATCH, len(products)))],
            )
        self.client.flush(NAME)
        self.client.load_collection(NAME)
        self.breadth: dict[str, Any] = {}

    def choose(self, settings: Settings) -> None:
        if "ef" in settings:
            self.breadth = {"params": {"ef": settings["ef"]}}
        if "k" in settings:
            self.ranker = RRFRanker(settings["k"])

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._ids([vector.tolist()], "vector", hits, search_params=self.breadth)

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        return self._ids(
            [vector.tolist()], "vector", hits, search_params=self.breadth, filter=f"price <= {most}"
        )

    def words(self, words: str, hits: int) -> list[int]:
        return self._ids([words], "sparse", hits)

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        asked = [
            AnnSearchRequest([vector.tolist()], "vector", {}, limit=hits),
            AnnSearchRequest([words], "sparse", {}, limit=hits),
        ]
        found = self.client.hybrid_search(NAME, asked, self.ranker, limit=hits)
        return [int(hit["id"]) for hit in found[0]]

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        self.client.upsert(NAME, [{"id": int(key), "price": price} for key in ids], partial_update=True)

    def close(self) -> None:
        self.client.close()

    def _row(self, products: Products, vectors: Vectors, at: int) -> dict[str, Any]:
        row = {
            "id": int(products.ids[at]),
            "price": int(products.prices[at]),
            "vector": vectors[at].tolist(),
        }
        return row | ({"text": products.texts[at]} if self.said else {})

    def _ids(self, asked: list[Any], field: str, hits: int, **how: Any) -> list[int]:
        found = self.client.search(NAME, data=asked, anns_field=field, limit=hits, **how)
        return [int(hit["id"]) for hit in found[0]]
