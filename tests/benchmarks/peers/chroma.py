"""Chroma in process, on disk: an HNSW graph, and documents that can be asked for what they contain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import chromadb
from chromadb.config import Settings as ChromaSettings

from .protocol import InProcess, Products, Settings, Unsupported, Vectors

NAME = "products"


class Chroma(InProcess):
    """Locally it ranks by vectors alone."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        vectors = products.vectors[settings.get("vector", "picture")]
        client = chromadb.PersistentClient(
            str(self.folder / "chroma"), settings=ChromaSettings(anonymized_telemetry=False, allow_reset=True)
        )
        client.reset()
        graph: dict[str, Any] = {"space": "cosine", "num_threads": self.threads}
        graph |= {name: settings[name] for name in ("max_neighbors", "ef_construction") if name in settings}
        self.collection = client.create_collection(
            NAME, configuration={"hnsw": graph}, embedding_function=None
        )
        size = client.get_max_batch_size()
        for start in range(0, len(products), size):
            part = slice(start, start + size)
            self.collection.add(
                ids=[str(each) for each in products.ids[part]],
                embeddings=vectors[part],
                metadatas=[{"price": int(price)} for price in products.prices[part]],
                documents=[text.lower() for text in products.texts[part]],
            )
        self.contains = "no"

    def choose(self, settings: Settings) -> None:
        if "ef_search" in settings:
            self.collection.modify(configuration={"hnsw": {"ef_search": settings["ef_search"]}})
        self.contains = settings.get("contains", "no")

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._ids(vector, hits)

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        return self._ids(vector, hits, where={"price": {"$lte": most}})

    def words(self, words: str, hits: int) -> list[int]:
        raise Unsupported("locally it filters by words and ranks by none")

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        said = [{"$contains": word} for word in words.lower().split()]
        if self.contains == "no" or not said:
            return self._ids(vector, hits)
        both = "$and" if self.contains == "all" else "$or"
        return self._ids(vector, hits, where_document=said[0] if len(said) == 1 else {both: said})

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        self.collection.update(ids=[str(each) for each in ids], metadatas=[{"price": price}] * len(ids))

    def _ids(self, vector: Vectors, hits: int, **under: Any) -> list[int]:
        found = self.collection.query(query_embeddings=vector[None], n_results=hits, include=[], **under)
        return [int(each) for each in found["ids"][0]]
