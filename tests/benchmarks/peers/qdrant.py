"""Qdrant's client in its local mode: vectors in numpy, compared one by one; words as sparse vectors of BM25."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import Stemmer
from qdrant_client import QdrantClient, models

from .protocol import InProcess, Products, Settings, Vectors

NAME = "products"
BATCH = 1_000
_WORD = re.compile(r"\w+")


class Qdrant(InProcess):
    """A dense vector, a sparse one whose weights are those of BM25 but for the IDF, which the collection knows."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        vectors = products.vectors[settings.get("vector", "picture")]
        self.client = QdrantClient(":memory:")
        self.stemmer = Stemmer.Stemmer("english")
        self.known: dict[str, int] = {}
        self.settings: Settings = {}
        self.client.create_collection(
            NAME,
            vectors_config={
                "dense": models.VectorParams(size=vectors.shape[1], distance=models.Distance.COSINE)
            },
            sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
        sparse: Sequence[models.SparseVector | None] = [None] * len(products)
        if table != "vectors":
            sparse = self._weighed(products.texts, settings.get("k1", 1.2), settings.get("b", 0.75))
        for start in range(0, len(products), BATCH):
            points = []
            for at in range(start, min(start + BATCH, len(products))):
                named = {"dense": vectors[at].tolist()}
                if sparse[at] is not None:
                    named["words"] = sparse[at]
                payload = {"price": int(products.prices[at])}
                points.append(models.PointStruct(id=int(products.ids[at]), vector=named, payload=payload))
            self.client.upsert(NAME, points)

    def choose(self, settings: Settings) -> None:
        self.settings = settings

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._ids(query=vector.tolist(), using="dense", limit=hits)

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        cheap = models.FieldCondition(key="price", range=models.Range(lte=most))
        return self._ids(
            query=vector.tolist(), using="dense", limit=hits, query_filter=models.Filter(must=[cheap])
        )

    def words(self, words: str, hits: int) -> list[int]:
        asked = self._asked(words)
        return self._ids(query=asked, using="words", limit=hits) if asked.indices else []

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        depth, asked = self.settings["prefetch"], self._asked(words)
        parts = [models.Prefetch(query=vector.tolist(), using="dense", limit=depth)]
        if asked.indices:
            parts.append(models.Prefetch(query=asked, using="words", limit=depth))
        fusion = models.FusionQuery(fusion=models.Fusion(self.settings["fusion"]))
        return self._ids(prefetch=parts, query=fusion, limit=hits)

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        self.client.set_payload(NAME, {"price": price}, points=list(ids))

    def _ids(self, **asked: object) -> list[int]:
        found = self.client.query_points(NAME, with_payload=False, **asked).points
        return [int(point.id) for point in found]

    def _terms(self, text: str) -> list[str]:
        stems: list[str] = self.stemmer.stemWords(_WORD.findall(text.lower()))
        return stems

    def _weighed(self, texts: Sequence[str], k1: float, b: float) -> list[models.SparseVector | None]:
        counted = [Counter(self._terms(text)) for text in texts]
        mean = sum(each.total() for each in counted) / len(counted)
        found: list[models.SparseVector | None] = []
        for each in counted:
            length = k1 * (1 - b + b * each.total() / mean)
            indices = [self.known.setdefault(term, len(self.known)) for term in each]
            values = [count * (k1 + 1) / (count + length) for count in each.values()]
            found.append(models.SparseVector(indices=indices, values=values))
        return found

    def _asked(self, words: str) -> models.SparseVector:
        indices = sorted({self.known[term] for term in self._terms(words) if term in self.known})
        return models.SparseVector(indices=indices, values=[1.0] * len(indices))
