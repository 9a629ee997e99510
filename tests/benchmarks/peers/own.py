"""This project: the reference shop in a Postgres of its own, asked as a shop asks it, and a leg of it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .postgres import Server
from .protocol import Products, Settings, Unsupported, Vectors
from .shop import configure, open_shop, sell_judged

#: Of products at random, so many lie nearest to a query that they belong to its answer: where a shop's own calibration
#: would set the floor. These vectors have no shop that it could be fitted on.
BELONG = 200
#: The page's last hit lies so many scales of the curve above that floor.
ABOVE, PAGE = 4.0, 24
BATCH = 5_000


class Own:
    """`retrieval.search`, each query a `SearchRequest`, answered with hits as a page shows them."""

    def __init__(self, folder: Path, threads: int) -> None:
        server = Server(folder)
        open_shop(server.url, folder)
        self._open(server, folder)

    @classmethod
    def on(cls, server: Server, folder: Path) -> Own:
        """In the database that Django is connected to."""
        found = cls.__new__(cls)
        found._open(server, folder)
        return found

    def _open(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.settings: Settings = {}
        self.indexed = False
        self.keys: Mapping[int, Any] = {}

    def build(self, products: Products, table: str, settings: Settings) -> None:
        from tests import database

        database.empty()
        if table == "vectors":
            configure(ENCODER="hash:64", RELEVANCE_FLOOR=0.5)
            self._sell(products)
            self._embed(products, settings["index_from"])
        elif products.place in ("catalogue", "kagl"):
            sell_judged(products.place, self.folder / "judged")
        else:
            from product_search.testing import index_now

            configure(ENCODER="hash:64")
            self._sell(products)
            index_now()
        from catalog.models import Product

        self._run("VACUUM ANALYZE")
        keys = list(Product.objects.order_by("pk").values_list("pk", flat=True))
        self.keys = dict(zip(products.ids.tolist(), keys, strict=True))
        self.ids = {key: each for each, key in self.keys.items()}

    def choose(self, settings: Settings) -> None:
        self.settings = settings

    def making(self, settings: Settings, products: int) -> Settings:
        """An index is there or it is not, wherever it would begin."""
        if "index_from" not in settings:
            return settings
        return {**settings, "index_from": settings["index_from"] <= products}

    def telling(self, settings: Settings) -> Settings:
        """Without an index every row is read, whatever the breadth of a scan."""
        if self.indexed or "ef_search" not in settings:
            return settings
        return {name: each for name, each in settings.items() if name not in ("ef_search", "leg_size")}

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._near(vector, hits)

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        return self._near(vector, hits, filters={"price": (f"..{most}",)})

    def words(self, words: str, hits: int) -> list[int]:
        typed: dict[str, Any] = {}
        if not self.settings["understanding"]:
            from product_search.documents import document

            typed = {"spelling": False, "plain": tuple(document().facets)}
        return self._search({"q": words, **typed}, hits, ("keywords",), ("relevance_floor",))

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        """The vector is the query's own, by the same model, which is kept in the process from its first search on."""
        return self._search({"q": words}, hits, None, ("vector_weight", "relevance_floor"))

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        """As a shop does: one product is saved with all that goes with it, many are updated."""
        from catalog.models import Product

        keys = [self.keys[each] for each in ids]
        if len(keys) > 1:
            Product.objects.filter(pk__in=keys).update(price=price)
            return
        product = Product.objects.get(pk=keys[0])
        product.price = price
        product.save()

    def server_ms(self) -> float | None:
        return self.server.active_ms(self._run)

    def server_mb(self) -> float:
        return self.server.mb()

    def close(self) -> None:
        from django.db import connection

        connection.close()
        self.server.close()

    def _near(self, vector: Vectors, hits: int, **asked: Any) -> list[int]:
        from product_search.retrieval import Example

        example = Example(vector=tuple(vector.tolist()), kind="text")
        how = ("leg_size", "ef_search", "relevance_floor")
        return self._search({"examples": (example,), **asked}, hits, ("text-picture",), how)

    def _search(self, asked: dict[str, Any], hits: int, legs: Any, changed: Sequence[str]) -> list[int]:
        from product_search.conf import settings
        from product_search.documents import SearchScope
        from product_search.retrieval import SearchRequest, search

        conf = replace(settings(), **{name: self.settings[name] for name in changed})
        request = SearchRequest(**asked, per_page=hits, facets=())
        answer = search(request, SearchScope(language="en"), conf=conf, only=legs)
        return [self.ids[hit.key] for hit in (*answer.hits, *answer.near)][:hits]

    def _sell(self, products: Products) -> None:
        """The products as rows of the shop, past its signals."""
        from catalog.models import Product

        said = zip(
            products.ids.tolist(), products.titles, products.texts, products.prices.tolist(), strict=True
        )
        Product.objects.bulk_create(
            (
                Product(
                    pk=key,
                    sku=f"B{key}",
                    slug=f"b{key}",
                    name=title,
                    description=text[len(title) :],
                    price=price,
                )
                for key, title, text, price in said
            ),
            batch_size=BATCH,
        )

    def _embed(self, products: Products, index_from: int) -> None:
        """One picture's vector each, in a space that serves; an HNSW index from so many rows on."""
        from product_search.encoders import EncoderInfo
        from product_search.indexing import spaces

        from ..vectors import write_pictures

        vectors = products.vectors["picture"]
        info = EncoderInfo("hash:64", "bench", "bench", "bench", vectors.shape[1], 80)
        space = spaces.create(info, using="default")
        write_pictures(space, products.ids.tolist(), vectors)
        self.indexed = bool(spaces.build_indexes(space, ("en",), using="default", threshold=index_from))
        space.calibration = {"text-picture": self._curve(products)}
        space.save(update_fields=["calibration"])

    @staticmethod
    def _curve(products: Products) -> dict[str, float]:
        """Of queries such as will come, on a mean BELONG products reach the middle, and a PAGE of them lies above."""
        scores = products.like_queries @ np.asarray(products.vectors["picture"][:20_000]).T
        middle, page = (float(np.quantile(scores, 1 - min(n / len(products), 1.0))) for n in (BELONG, PAGE))
        return {"midpoint": middle, "scale": max((page - middle) / ABOVE, 1e-4)}

    @staticmethod
    def _run(sql: str) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql)


class Leg(Own):
    """The picture leg of that search, among visible products: no count, no hits, no floor."""

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        return self._leg(vector, hits)

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        return self._leg(vector, hits, most)

    def words(self, words: str, hits: int) -> list[int]:
        raise Unsupported("it is the leg of pictures")

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        raise Unsupported("it is one leg")

    def _leg(self, vector: Vectors, hits: int, most: int | None = None) -> list[int]:
        from product_search.documents import SearchScope, visible_products
        from product_search.retrieval.serving import Serving
        from product_search.retrieval.snapshot import transaction_of_a_search
        from product_search.retrieval.vectors import picture_leg

        scope = SearchScope(language="en")
        products = visible_products(scope)
        if most is not None:
            products = products.filter(price__lte=most)
        leg = picture_leg(
            Serving.now("en", using="default"),
            "text-picture",
            vector[None],
            size=hits,
            using="default",
            ef_search=self.settings["ef_search"],
        )
        assert leg is not None
        with transaction_of_a_search("default"):
            found = leg.nearest(products)
        order = np.argsort(-found.raw, kind="stable")[:hits]
        return [self.ids[found.found[place]] for place in order.tolist()]
