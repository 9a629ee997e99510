"""faiss: an HNSW graph in memory. It keeps no columns; the ids that pass are given with each search."""

from __future__ import annotations

from collections.abc import Sequence

import faiss
import numpy as np

from .protocol import InProcess, Products, Settings, Vectors


class Faiss(InProcess):
    """Inner product over float32; its rows count from 0, ours from 1."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        faiss.omp_set_num_threads(self.threads)
        vectors = np.ascontiguousarray(products.vectors["picture"])
        self.prices = products.prices.copy()
        self.index = faiss.IndexHNSWFlat(vectors.shape[1], settings["M"], faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = settings["efConstruction"]
        self.index.add(vectors)

    def choose(self, settings: Settings) -> None:
        self.breadth = settings["efSearch"]

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._search(vector, hits, faiss.SearchParametersHNSW(efSearch=self.breadth))

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        passing = faiss.IDSelectorBatch(np.flatnonzero(self.prices <= most))
        return self._search(vector, hits, faiss.SearchParametersHNSW(efSearch=self.breadth, sel=passing))

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        self.prices[np.asarray(ids) - 1] = price

    def _search(self, vector: Vectors, hits: int, how: object) -> list[int]:
        _, rows = self.index.search(vector[None], hits, params=how)
        return [int(row) + 1 for row in rows[0] if row >= 0]
