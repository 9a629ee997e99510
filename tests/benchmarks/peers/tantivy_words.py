"""tantivy: an inverted index in process, titles and whole texts as two fields."""

from __future__ import annotations

import re

import tantivy

from .protocol import InProcess, Products, Settings

#: Its query language has signs of its own; shoppers mean none of them.
_SIGNS = re.compile(r"[^\w\s]")
FIELDS = ["title", "text"]
HEAP_BYTES = 256_000_000


class Tantivy(InProcess):
    """BM25 as tantivy has it; titles count as many times as `title` says."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        schema = tantivy.SchemaBuilder()
        schema.add_integer_field("id", stored=True)
        for name in FIELDS:
            schema.add_text_field(name, tokenizer_name=settings["tokenizer"])
        self.index = tantivy.Index(schema.build())
        writer = self.index.writer(heap_size=HEAP_BYTES, num_threads=self.threads)
        for key, title, text in zip(products.ids.tolist(), products.titles, products.texts, strict=True):
            writer.add_document(tantivy.Document(id=key, title=title, text=text))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def choose(self, settings: Settings) -> None:
        self.boosts = {"title": float(settings["title"]), "text": 1.0}
        self.every = settings["all"]
        distance = settings["fuzzy"]
        self.fuzzy = dict.fromkeys(FIELDS, (False, distance, True)) if distance else {}

    def words(self, words: str, hits: int) -> list[int]:
        plain = _SIGNS.sub(" ", words).lower()
        query, _ = self.index.parse_query_lenient(
            plain,
            FIELDS,
            field_boosts=self.boosts,
            fuzzy_fields=self.fuzzy,
            conjunction_by_default=self.every,
        )
        found = self.searcher.search(query, hits).hits
        return [self.searcher.doc(address)["id"][0] for _, address in found]
