"""bm25s: the BM25 of every word and text, computed beforehand, in sparse matrices in memory."""

from __future__ import annotations

import bm25s
import Stemmer

from .protocol import InProcess, Products, Settings


class Bm25s(InProcess):
    """Its own English stop words and Snowball's stems, as its README has it."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        self.stemmer = Stemmer.Stemmer("english")
        self.ids = products.ids
        self.index = bm25s.BM25(
            method=settings.get("method", "lucene"), k1=settings.get("k1", 1.5), b=settings.get("b", 0.75)
        )
        self.index.index(self._tokens(list(products.texts)), show_progress=False)

    def words(self, words: str, hits: int) -> list[int]:
        tokens = self._tokens([words])
        if not tokens.vocab:
            return []
        rows, scores = self.index.retrieve(
            tokens, k=min(hits, len(self.ids)), show_progress=False, n_threads=self.threads
        )
        return [int(self.ids[row]) for row, score in zip(rows[0], scores[0], strict=True) if score > 0]

    def _tokens(self, texts: list[str]) -> bm25s.tokenization.Tokenized:
        return bm25s.tokenize(texts, stopwords="en", stemmer=self.stemmer, show_progress=False)
