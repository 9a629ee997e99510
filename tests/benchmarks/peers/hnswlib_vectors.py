"""hnswlib: an HNSW graph in memory. It keeps no columns; which ids pass is looked up by a function of ours."""

from __future__ import annotations

from collections.abc import Sequence

import hnswlib
import numpy as np

from .protocol import InProcess, Products, Settings, Vectors


class Hnswlib(InProcess):
    """Inner product over float32."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        vectors = products.vectors["picture"]
        self.prices = np.zeros(len(products) + 1, dtype=np.int64)
        self.prices[products.ids] = products.prices
        self.index = hnswlib.Index(space="ip", dim=vectors.shape[1])
        self.index.init_index(
            max_elements=len(products),
            ef_construction=settings["ef_construction"],
            M=settings["M"],
            random_seed=1,
        )
        self.index.add_items(vectors, products.ids, num_threads=self.threads)

    def choose(self, settings: Settings) -> None:
        self.index.set_ef(settings["ef"])

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        labels, _ = self.index.knn_query(vector, k=hits, num_threads=self.threads)
        return [int(each) for each in labels[0]]

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        passing = self.prices <= most
        hits = min(hits, int(passing[1:].sum()))
        try:
            labels, _ = self.index.knn_query(
                vector, k=hits, num_threads=self.threads, filter=lambda label: bool(passing[label])
            )
        except RuntimeError:  # fewer than that many were met on the way: it then gives none
            return []
        return [int(each) for each in labels[0]]

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        self.prices[np.asarray(ids)] = price
