"""The vector legs with HNSW indexes: which index each one reads, what it may miss, and when it gives way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction

from catalog.models import Product
from product_search.documents import SearchScope, visible_products
from product_search.indexing import spaces
from product_search.models import PictureVector, Space, State, TextVector
from product_search.retrieval import SearchRequest, search
from product_search.retrieval.serving import Serving
from product_search.retrieval.vectors import VectorLeg, picture_leg, text_leg

from .shelf import DIM, Shelf

EN = SearchScope(language="en")
PRODUCTS = 1500


@pytest.fixture
def large(shelf_factory: Any, transactional_db: None) -> Iterator[Shelf]:
    """Products with random vectors, enough for the planner to prefer an index, and the indexes."""
    shelf: Shelf = shelf_factory()
    draw = np.random.default_rng(3)
    products = Product.objects.bulk_create(
        Product(sku=f"S{n}", name=f"Product {n}", price=n, popularity=n % 7, stock=1) for n in range(PRODUCTS)
    )
    vectors = draw.normal(size=(3, PRODUCTS, DIM))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    PictureVector.objects.bulk_create(
        PictureVector(
            space_id=shelf.space.pk,
            id=2 * PRODUCTS + n,
            product=p.pk,
            picture=str(n),
            digest="",
            vector=list(v),
        )
        for n, (p, v) in enumerate(zip(products, vectors[0], strict=True))
    )
    for offset, language in enumerate(("en", "de")):
        TextVector.objects.bulk_create(
            TextVector(
                space_id=shelf.space.pk,
                id=offset * PRODUCTS + n,
                generation_id=shelf.generation.pk,
                product=p.pk,
                language=language,
                digest="",
                vector=list(v),
            )
            for n, (p, v) in enumerate(zip(products, vectors[1 + offset], strict=True))
        )
    spaces.build_indexes(shelf.space, ("en", "de"), using="default", threshold=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    yield shelf
    Space.objects.filter(pk=shelf.space.pk).update(state=State.RETIRED)
    spaces.drop(Space.objects.get(pk=shelf.space.pk), using="default")


def legs(shelf: Shelf, size: int) -> dict[str, VectorLeg]:
    serving = Serving.now("en", using="default")
    vector = np.eye(1, DIM, dtype=np.float32)
    text = text_leg(serving, "en", vector, size=size, using="default")
    picture = picture_leg(serving, "text-picture", vector, size=size, using="default")
    assert text is not None
    assert picture is not None
    return {"text": text, "picture": picture}


def test_each_leg_reads_its_own_index_and_finds_what_an_exact_scan_finds(large: Shelf) -> None:
    expected = {
        "text": f"product_search_textvector_{large.space.pk}_hnsw_en",
        "picture": f"product_search_picturevector_{large.space.pk}_hnsw",
    }
    for name, leg in legs(large, 100).items():
        assert leg.indexed
        allowed = leg.rows.filter(product__in=visible_products(EN).values("pk"))
        with transaction.atomic(), leg.index_settings():
            plan = leg.index_scan(allowed, leg.vectors[0]).explain()
            found, cut = leg.find(visible_products(EN), 0.0)
        assert f"using {expected[name]} " in plan
        assert cut
        exact = leg.score([product.pk for product in Product.objects.all()])
        nearest = sorted(exact, key=lambda key: -exact[key].raw)[:100]
        assert len(set(nearest) & set(found)) >= 98


def test_a_cut_leg_makes_totals_lower_bounds(large: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 20, "RELEVANCE_FLOOR": 0.2}
    large.encoder.texts["anything"] = [1.0] + [0.0] * (DIM - 1)
    answer = search(SearchRequest("anything"), EN)
    assert answer.relation == "gte"
    assert 0 < answer.total <= 40
    assert answer.hits[0].score >= answer.hits[-1].score > 0


def test_filters_that_starve_an_index_scan_turn_to_an_exact_one(large: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 50, "RELEVANCE_FLOOR": 0.1}
    large.encoder.texts["anything"] = [1.0] + [0.0] * (DIM - 1)
    request = SearchRequest("anything", filters={"price": ("..30",)}, facets=("brand",))
    found = {hit.key for hit in search(request, EN).hits}
    leg = legs(large, 50)
    cheap = visible_products(EN).filter(price__lte=30)
    for name in leg:
        matches, cut = leg[name].find(cheap, 0.9)
        assert not cut
        assert set(matches) <= found
