"""Plain pgvector and tsvector, as their READMEs and the tutorials on hybrid search write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psycopg

from .postgres import Server
from .protocol import Products, Settings, Vectors

_QUERIES = {
    "plain": "plainto_tsquery('english', %(words)s)",
    "websearch": "websearch_to_tsquery('english', %(words)s)",
    "any": "CAST(replace(CAST(plainto_tsquery('english', %(words)s) AS text), '&', '|') AS tsquery)",
}
_NEAREST = "SELECT id FROM products ORDER BY embedding <=> %(vector)s::vector LIMIT %(hits)s"
_UNDER = (
    "SELECT id FROM products WHERE price <= %(most)s ORDER BY embedding <=> %(vector)s::vector LIMIT %(hits)s"
)
_WORDS = """
    SELECT id FROM products, (SELECT {query} AS query) AS asked
    WHERE said @@ query ORDER BY {rank}(said, query, {normalization}) DESC, id LIMIT %(hits)s
"""
#: As the example of pgvector's own client has it.
_HYBRID = """
    WITH semantic AS (
        SELECT id, RANK() OVER (ORDER BY embedding <=> %(vector)s::vector) AS rank
        FROM products ORDER BY embedding <=> %(vector)s::vector LIMIT %(hits)s
    ), keyword AS (
        SELECT id, RANK() OVER (ORDER BY ts_rank_cd(said, query) DESC) AS rank
        FROM products, plainto_tsquery('english', %(words)s) AS query
        WHERE said @@ query ORDER BY ts_rank_cd(said, query) DESC LIMIT %(hits)s
    )
    SELECT COALESCE(semantic.id, keyword.id) AS id
    FROM semantic FULL OUTER JOIN keyword ON semantic.id = keyword.id
    ORDER BY COALESCE(1.0 / (%(k)s + semantic.rank), 0) + COALESCE(1.0 / (%(k)s + keyword.rank), 0) DESC, 1
    LIMIT %(hits)s
"""


class PgVector:
    """One table, an HNSW index of float32 vectors by cosine distance, a GIN index of words, a B-tree of prices."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._open(Server(folder))

    @classmethod
    def on(cls, server: Server) -> PgVector:
        """On a server that is there."""
        found = cls.__new__(cls)
        found._open(server)
        return found

    def _open(self, server: Server) -> None:
        self.server = server
        self.connection = psycopg.connect(server.url, autocommit=True)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        self.settings: Settings = {}

    def build(self, products: Products, table: str, settings: Settings) -> None:
        vectors = products.vectors[settings.get("vector", "picture")]
        run = self.connection.execute
        run("DROP TABLE IF EXISTS products")
        run(
            "CREATE TABLE products (id bigint PRIMARY KEY, price integer NOT NULL, content text NOT NULL,"
            f" embedding vector({vectors.shape[1]}) NOT NULL)"
        )
        with self.connection.cursor().copy(
            "COPY products (id, price, content, embedding) FROM STDIN"
        ) as copy:
            for at in range(len(products)):
                row = (
                    int(products.ids[at]),
                    int(products.prices[at]),
                    products.texts[at],
                    written(vectors[at]),
                )
                copy.write_row(row)
        run("CREATE INDEX ON products (price)")
        if table != "words":
            how = f"m = {settings.get('m', 16)}, ef_construction = {settings.get('ef_construction', 128)}"
            run(f"CREATE INDEX ON products USING hnsw (embedding vector_cosine_ops) WITH ({how})")
        if table != "vectors":
            run(
                "ALTER TABLE products ADD COLUMN said tsvector"
                " GENERATED ALWAYS AS (to_tsvector('english', content)) STORED"
            )
            run("CREATE INDEX ON products USING gin (said)")
        run("VACUUM ANALYZE products")

    def choose(self, settings: Settings) -> None:
        self.settings = settings
        for name in ("ef_search", "iterative_scan"):
            if name in settings:
                self.connection.execute(f"SET hnsw.{name} = {settings[name]}")

    def making(self, settings: Settings, products: int) -> Settings:
        return settings

    def telling(self, settings: Settings) -> Settings:
        return settings

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._ids(_NEAREST, vector=written(vector), hits=hits)

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        return self._ids(_UNDER, vector=written(vector), hits=hits, most=most)

    def words(self, words: str, hits: int) -> list[int]:
        how = self.settings
        sql = _WORDS.format(
            query=_QUERIES[how["query"]], rank=how["rank"], normalization=how["normalization"]
        )
        return self._ids(sql, words=words, hits=hits)

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        return self._ids(_HYBRID, words=words, vector=written(vector), hits=hits, k=self.settings["k"])

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        self.connection.execute("UPDATE products SET price = %s WHERE id = ANY(%s)", [price, list(ids)])

    def server_ms(self) -> float | None:
        return self.server.active_ms(self.connection.execute)

    def server_mb(self) -> float:
        return self.server.mb()

    def close(self) -> None:
        self.connection.close()
        self.server.close()

    def _ids(self, sql: str, **parameters: object) -> list[int]:
        return [row[0] for row in self.connection.execute(sql, parameters).fetchall()]


def written(vector: Vectors) -> str:
    """A vector `(dim,)` as Postgres reads it."""
    return f"[{','.join(f'{x:.7g}' for x in vector.tolist())}]"
