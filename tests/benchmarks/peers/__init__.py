"""Other searches beside this one: one small module for each, all behind `protocol.Engine`."""

from __future__ import annotations

from importlib import import_module

from .protocol import Engine

#: The module and the class of each peer of rows.toml; its library is imported with it.
ENGINES = {
    "product-search": ("own", "Own"),
    "product-search-leg": ("own", "Leg"),
    "pgvector": ("pgvector", "PgVector"),
    "lancedb": ("lance", "Lance"),
    "qdrant": ("qdrant", "Qdrant"),
    "chroma": ("chroma", "Chroma"),
    "milvus": ("milvus", "Milvus"),
    "tantivy": ("tantivy_words", "Tantivy"),
    "bm25s": ("bm25s_words", "Bm25s"),
    "faiss": ("faiss_vectors", "Faiss"),
    "hnswlib": ("hnswlib_vectors", "Hnswlib"),
}
#: Those that need Django and Postgres, and so the environment of this project; the others have one of their own.
AT_HOME = ("product-search", "product-search-leg", "pgvector")


def engine(name: str) -> type[Engine]:
    """The class of the peer `name`. Raises `ImportError` where its library is not installed here."""
    module, cls = ENGINES[name]
    found: type[Engine] = getattr(import_module(f".{module}", __package__), cls)
    return found
