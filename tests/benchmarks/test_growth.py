"""What products cost in disk and in a worker's time, and searches in processor time, at three sizes: a shop's cost is
read off the lines through them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from product_search import encoders
from product_search.documents import SearchScope, document
from product_search.indexing import spaces
from product_search.indexing.sizes import sizes
from product_search.models import Space, State
from product_search.retrieval import SearchRequest, search
from product_search.testing import index_now
from tests import database
from tests.acceptance import reports

from . import vectors
from .costs import Growth, cost_of
from .shelf import SEED, stock
from .test_speed import FACETS, asked, fill
from .vectors import ENCODER

pytestmark = pytest.mark.django_db(transaction=True)
EN = SearchScope(language="en")
QUERIES, ROUNDS = 60, 3
#: Products and searches a second that costs are told for.
MILLION, RATE = 1_000_000, 100
#: The tables of each kind of data, by what their names begin with; the rest is the shop's share of everything else.
KINDS = {
    "vectors": ("picturevector", "textvector"),
    "texts": ("text",),
    "words": ("word", "termfrequency", "corpus", "facetname", "completion"),
}
#: What may grow no faster than the products by more than this: bytes of rows and of indexes.
STEEPEST = 1.1


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": ENCODER}
    yield
    database.empty()


def bytes_on_disk() -> dict[str, int]:
    """Bytes of each kind of data with its indexes, those of HNSW apart."""
    found = dict.fromkeys((*KINDS, "hnsw", "other"), 0)
    for size in sizes("default"):
        name = size.name.removeprefix("product_search_").split("_")[0]
        kind = next((kind for kind, names in KINDS.items() if name in names), "other")
        found[kind] += size.all
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_relation_size(c.oid)), 0)::bigint FROM pg_class c JOIN pg_am ON pg_am.oid = c.relam"
            " WHERE amname = 'hnsw' AND starts_with(c.relname, 'product_search_')"
        )
        (found["hnsw"],) = cursor.fetchone()
    found["vectors"] -= found["hnsw"]
    return found


def at_size(products: int, queries: int, rounds: int) -> dict[str, Any]:
    """The costs of a shop of so many products."""
    indexing_cpu_s = fill(products)
    words = asked(queries)
    client = Client()
    tasks: dict[str, Callable[[str], Any]] = {
        "search": lambda query: search(SearchRequest(query, facets=FACETS), EN),
        "request": lambda query: client.get("/search/v1/search", {"q": query}),
    }
    for (
        task
    ) in tasks.values():  # what is read for the first time is read from disk, and each query encoded once
        for query in words:
            task(query)
    found: dict[str, Any] = {name: asdict(cost_of(task, words * rounds)) for name, task in tasks.items()}
    begun = time.process_time()
    for query in words:
        encoders.get_encoder().encode_texts([query])
    return {
        "products": products,
        "bytes": bytes_on_disk(),
        "indexing_cpu_s": round(indexing_cpu_s, 1),
        "encoder_ms": round((time.process_time() - begun) / len(words) * 1000, 2),
        **found,
    }


def measure(steps: list[int], queries: int, rounds: int) -> dict[str, Any]:
    """The costs at each size, how each grows, and what that makes of a million products and of RATE searches."""
    seen: list[dict[str, Any]] = []
    for products in steps:
        if seen:
            database.empty()
        seen.append(at_size(products, queries, rounds))
    costs: dict[str, Callable[[dict[str, Any]], float]] = {
        "vectors": lambda one: one["bytes"]["vectors"],
        "hnsw": lambda one: one["bytes"]["hnsw"],
        "texts": lambda one: one["bytes"]["texts"],
        "words": lambda one: one["bytes"]["words"],
        "other": lambda one: one["bytes"]["other"],
        "indexing": lambda one: one["indexing_cpu_s"],
        "search_p50": lambda one: one["search"]["p50_ms"],
        "search_p95": lambda one: one["search"]["p95_ms"],
        "postgres": lambda one: one["request"]["postgres_ms"],
        "web": lambda one: one["request"]["client_ms"],
    }
    grown = {name: Growth.of({one["products"]: of(one) for one in seen}) for name, of in costs.items()}
    gb = {name: grown[name].at(MILLION) / 1e9 for name in (*KINDS, "hnsw", "other")}
    return {
        "at": {f"step{number}": one for number, one in enumerate(seen, 1)},
        "exponent": {name: round(line.exponent, 3) for name, line in grown.items()},
        "dim": Space.objects.get(state=State.SERVING).dim,
        "gb_for_a_million": {
            **{name: round(size, 3) for name, size in gb.items()},
            "all": round(sum(gb.values()), 3),
        },
        "minutes_for_a_million": round(grown["indexing"].at(MILLION) / 60, 1),
        # Cores that RATE searches a second keep busy: at each size as measured, at a million as the lines say.
        "cores": {
            **{
                f"step{number}": _cores(one["request"]["postgres_ms"], one["request"]["client_ms"])
                for number, one in enumerate(seen, 1)
            },
            "million": _cores(grown["postgres"].at(MILLION), grown["web"].at(MILLION)),
        },
        "encoder_cores": round(RATE * max(one["encoder_ms"] for one in seen) / 1000, 2),
    }


def _cores(postgres_ms: float, web_ms: float) -> dict[str, float]:
    return {"postgres": round(RATE * postgres_ms / 1000, 1), "web": round(RATE * web_ms / 1000, 1)}


@pytest.mark.acceptance_size(name="growth")
def test_growth(media: None) -> None:
    wanted = reports.asked("growth")
    steps = [int(wanted[name]) for name in ("first", "second", "products")]
    found = measure(steps, QUERIES, ROUNDS)
    reports.write_report(
        "growth",
        sizes={**dict(zip(("first", "second", "products"), steps, strict=True)), "queries": QUERIES},
        seeds={"products": SEED, "pictures": vectors.SEED},
        result=found,
    )
    for name in ("vectors", "hnsw", "texts", "words"):
        assert found["exponent"][name] < STEEPEST, name


def test_the_costs_of_a_small_shop_are_told() -> None:
    stock(30, pictures=False)
    index_now()
    space = Space.objects.get(state=State.SERVING)
    spaces.build_indexes(space, document().languages, using="default", threshold=0)
    found = bytes_on_disk()
    assert all(found[name] > 0 for name in (*KINDS, "hnsw", "other"))
    cost = cost_of(lambda query: search(SearchRequest(query, facets=FACETS), EN), ["mug", "lamp"])
    assert cost.p95_ms >= cost.p50_ms > 0
    assert cost.client_ms > 0
    database.empty()


def test_a_power_is_found_again() -> None:
    seen = {products: 0.002 * products**1.25 for products in (1_000, 5_000, 40_000)}
    line = Growth.of(seen)
    assert line.exponent == pytest.approx(1.25)
    assert line.at(MILLION) == pytest.approx(0.002 * MILLION**1.25)
