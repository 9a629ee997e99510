"""Searches beside `yardstick.sql`, each query by one and by the other in turns: figures are ratios within one run."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from catalog.models import Product
from product_search import encoders
from product_search.documents import SearchScope, document
from product_search.indexing import spaces, sweep
from product_search.models import Generation, PictureVector, Space, State, TextVector
from product_search.retrieval import SearchRequest, search
from tests.acceptance import reports

from . import vectors
from .leg_speed import beside_bare_scans, by_selectivity
from .shelf import COLOURS, MATERIALS, SEED, THINGS, stock
from .vectors import ENCODER, Vectors, nearest, shown
from .yardstick import Yardstick

pytestmark = pytest.mark.django_db(transaction=True)
EN = SearchScope(language="en")
FACETS = ("category", "brand", "price", "in_stock", "reduced")
QUERIES, ROUNDS = 60, 5
#: Queries put to a leg alone.
PER_LEG = 20
#: Of the whole engine with five facets and the total, against the yardstick.
MOST_P50, MOST_P95 = 2.0, 3.0
#: Of a vector leg, against a bare ORDER BY that looks as widely; and of the way it chose, against the faster one.
MOST_LEG, MOST_WAY = 1.2, 2.0
LEAST_RECALL = 0.98
#: Hits that recall is told of.
SHOWN = 24


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": ENCODER}


@pytest.fixture
def yardstick() -> Iterator[Yardstick]:
    found = Yardstick()
    yield found
    found.drop()


def fill(products: int) -> float:
    """The assortment, indexed; a picture's vector for each product, HNSW indexes whatever their size. Returns the
    processor seconds that indexing took this process."""
    stock(products, pictures=False)
    begun = time.process_time()
    call_command("index", verbosity=0)
    taken = time.process_time() - begun
    space = Space.objects.get(state=State.SERVING)
    keys = list(Product.objects.order_by("pk").values_list("pk", flat=True))
    vectors.write_pictures(space, keys, shown(products))
    sweep.calibrate_spaces("default", Generation.objects.get(state=State.SERVING))
    spaces.build_indexes(space, document().languages, using="default", threshold=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return taken


def measure_out(yardstick: Yardstick) -> None:
    """The same products in the yardstick's own table."""
    yardstick.make(
        "SELECT product.id, product.name, said.vector, shown.vector FROM catalog_product AS product"
        " JOIN product_search_textvector AS said ON said.product = product.id AND said.language = 'en'"
        " JOIN product_search_picturevector AS shown ON shown.product = product.id WHERE product.published",
        [],
    )


def asked(number: int) -> list[str]:
    """Queries as shoppers put them: whole titles, kinds in a colour or a material, kinds alone."""
    rng = random.Random(SEED)
    names = Product.objects.filter(published=True).order_by("pk").values_list("name", flat=True)
    titles = rng.sample(list(names), number)

    def one(words: dict[str, str]) -> str:
        return rng.choice(list(words)).lower()

    kinds: list[Callable[[int], str]] = [
        lambda at: titles[at],
        lambda at: f"{one(COLOURS)} {one(THINGS)}",
        lambda at: f"{one(MATERIALS)} {one(THINGS)}",
        lambda at: f"{one(COLOURS)} {one(MATERIALS)} {one(THINGS)}",
        lambda at: one(THINGS),
    ]
    return [kinds[at % len(kinds)](at) for at in range(number)]


def in_turns(
    tasks: dict[str, Callable[[str], Any]], queries: list[str], rounds: int
) -> dict[str, list[float]]:
    """Milliseconds of each task for each query and round; who goes first changes from query to query."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(rounds):
        for at, query in enumerate(queries):
            order = list(tasks) if (turn + at) % 2 else list(tasks)[::-1]
            for name in order:
                begun = time.perf_counter()
                tasks[name](query)
                taken[name].append((time.perf_counter() - begun) * 1000)
    return taken


def percentiles(times: list[float]) -> dict[str, float]:
    return {f"p{at}": round(float(np.percentile(times, at)), 2) for at in (50, 95)}


def recall_of(found: list[list[int]], queries: Vectors, rows: Vectors, keys: list[int]) -> float:
    """Mean share of the SHOWN nearest of `rows` `(n, dim)`, whose keys are `keys`, among what was found."""
    shares = []
    for ids, query in zip(found, queries, strict=True):
        best = {keys[at] for at in nearest(rows, query, SHOWN)}
        shares.append(len(best & set(ids[:SHOWN])) / len(best))
    return statistics.fmean(shares)


def measure(products: int, queries: int, rounds: int, yardstick: Yardstick) -> dict[str, Any]:
    """Milliseconds of the engine and of the yardstick, their ratios, and the recall of the yardstick's vector legs."""
    fill(products)
    measure_out(yardstick)
    words = asked(queries)
    encoded = {query: encoders.get_encoder().encode_texts([query])[0] for query in words}
    tasks: dict[str, Callable[[str], Any]] = {
        "engine": lambda query: search(SearchRequest(query, facets=FACETS), EN),
        "yardstick": lambda query: yardstick.run("search", encoded[query], query),
    }
    answers = {query: search(SearchRequest(query, facets=FACETS), EN) for query in words}
    in_turns(tasks, words, 1)  # what is read for the first time is read from disk
    taken = in_turns(tasks, words, rounds)
    ratios = [ours / theirs for ours, theirs in zip(taken["engine"], taken["yardstick"], strict=True)]
    found: dict[str, Any] = {name: percentiles(times) for name, times in taken.items()}
    found["ratio"] = {
        "p50": round(found["engine"]["p50"] / found["yardstick"]["p50"], 3),
        "p95": round(found["engine"]["p95"] / found["yardstick"]["p95"], 3),
        "median_of_pairs": round(statistics.median(ratios), 3),
    }
    found["yardstick_recall"] = {
        leg: round(yardstick_recall(leg, list(encoded.values()), yardstick), 4) for leg in ("text", "picture")
    }
    some = list(encoded.values())[:PER_LEG]
    found["legs"] = beside_bare_scans(some, yardstick)
    found["selectivity"] = by_selectivity(some)
    found["answered"] = sum(bool(answer.hits) for answer in answers.values()) / len(answers)
    return found


def yardstick_recall(leg: str, queries: list[Vectors], yardstick: Yardstick) -> float:
    """Of one of its vector legs, against all rows compared one by one."""
    model: Any = TextVector if leg == "text" else PictureVector
    rows = model.objects.filter(product__in=Product.objects.filter(published=True)).order_by("product")
    if leg == "text":
        rows = rows.filter(language="en")
    keys, stored = zip(*rows.values_list("product", "vector"), strict=True)
    exact = np.array(stored, dtype=np.float32)
    found = [yardstick.run(f"{leg} leg", query) for query in queries]
    return recall_of(found, np.array(queries), exact, list(keys))


@pytest.mark.acceptance_size(name="speed")
def test_speed(media: None, yardstick: Yardstick) -> None:
    asked_for = reports.asked("speed")
    found = measure(int(asked_for["products"]), QUERIES, ROUNDS, yardstick)
    reports.write_report(
        "speed",
        sizes={"products": Product.objects.count(), "queries": QUERIES, "rounds": ROUNDS},
        seeds={"products": SEED, "pictures": vectors.SEED},
        result=found,
    )
    assert found["ratio"]["p50"] <= MOST_P50
    assert found["ratio"]["p95"] <= MOST_P95
    assert max(each["ratio"] for each in found["legs"].values()) <= MOST_LEG
    assert max(each["ratio"] for each in found["selectivity"].values()) <= MOST_WAY


def test_both_answer_the_same_queries(media: None, yardstick: Yardstick) -> None:
    found = measure(600, 10, 1, yardstick)
    assert found["answered"] == 1
    assert min(found["yardstick_recall"].values()) >= LEAST_RECALL
    title = Product.objects.filter(published=True).order_by("pk").first().name
    vector = encoders.get_encoder().encode_texts([title])[0]
    (best, *_) = yardstick.run("search", vector, title)
    assert Product.objects.get(pk=best).name == title
