"""What vector legs find behind filters of every kind, against all rows compared one by one in numpy."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from numpy.typing import NDArray

from catalog.models import Product
from product_search.documents import SearchScope, visible_products
from product_search.encoders import EncoderInfo
from product_search.indexing import spaces
from product_search.models import Generation, State
from product_search.retrieval import selectivity
from product_search.retrieval.serving import Serving
from product_search.retrieval.vectors import VectorLeg, picture_leg, text_leg
from tests.acceptance import reports

from .filters import FORMS, LIES, Places, cells, places_of
from .photographs import photographs
from .vectors import SEED as CHANGED
from .vectors import Vectors, nearest, shown, titles, write_pictures, write_texts

EN = SearchScope(language="en")
SHOWN = 24
PAIRS = ("text-text", "text-picture", "picture-picture", "picture-text")
SHARES = (1.0, 0.5, 0.1, 0.01, 0.001)
SEED = 7
#: What was found so near counts as found: two rows may be as near as each other.
TIE = 1e-4


def half(vectors: Vectors) -> Vectors:
    """As the database stores them."""
    return vectors.astype(np.float16).astype(np.float32)


def fill(texts: Vectors, pictures: Vectors) -> list[int]:
    """A product with a text and a picture for each row; the keys in the order of the rows."""
    Product.objects.bulk_create(
        (Product(sku=f"R{number}", name=f"Product {number}", price=1) for number in range(len(texts))),
        batch_size=5000,
    )
    keys = list(Product.objects.order_by("pk").values_list("pk", flat=True))
    generation = Generation.objects.create(digest="recall", state=State.SERVING)
    info = EncoderInfo("recall", "recall", "recall", "recall", texts.shape[1], 80)
    space = spaces.create(info, using="default")
    write_texts(space, generation.pk, "en", keys, texts)
    write_pictures(space, keys, pictures)
    spaces.build_indexes(space, ("en",), using="default", threshold=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return keys


def legs(pair: str, query: Vectors, size: int) -> VectorLeg:
    """The leg of `pair` for one query `(dim,)`."""
    serving = Serving.now("en", using="default")
    vectors = query[np.newaxis]
    if pair == "text-text":
        return text_leg(serving, "en", vectors, size=size, using="default")
    if pair == "picture-text":
        return text_leg(serving, "en", vectors, "picture-text", size=size, using="default")
    return picture_leg(serving, pair, vectors, size=size, using="default")  # type: ignore[arg-type]


def recalls(
    texts: Vectors, pictures: Vectors, keys: list[int], *, queries: int, shares: tuple[float, ...], size: int
) -> dict[str, dict[str, list[float]]]:
    """Recall@min(SHOWN, rows that pass) of each pair, by "lies, share, form": one for each query."""
    rows = {"text": half(texts), "picture": half(pictures)}
    key_of, rng = np.array(keys), np.random.default_rng(SEED)
    places = Places(keys)
    places.make()
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in rng.choice(len(keys), queries, replace=False).tolist():
        for pair in PAIRS:
            asked, _, of = pair.partition("-")
            query, compared = rows[asked][number], rows[of]
            near = compared @ query
            for lies in LIES:
                place = places_of(lies, near, rng)
                places.give(place)
                for share, form, most in cells(shares, len(keys)):
                    found[pair][f"{lies}, {share:g}, {form}"].append(
                        recall(legs(pair, query, size), form, most, place, near, key_of)
                    )
    return found


def recall(
    leg: VectorLeg,
    form: str,
    most: int,
    place: NDArray[np.int64],
    near: NDArray[np.float32],
    keys: NDArray[Any],
) -> float:
    """Of one search: the share of the nearest products that pass among those it finds, as near as the last of them."""
    passing = np.flatnonzero(place < most)
    best = np.sort(near[passing])[::-1][:SHOWN]
    with transaction.atomic():
        matches, _ = leg.find(FORMS[form](visible_products(EN), most), 0.0)
    assert set(matches) <= set(keys[passing].tolist()), "what does not pass is never found"
    first = sorted(matches, key=lambda key: matches[key].raw, reverse=True)[: len(best)]
    return sum(near[np.searchsorted(keys, key)] >= best[-1] - TIE for key in first) / len(best)


@pytest.fixture(scope="module")
def vectors() -> tuple[Vectors, Vectors]:
    count = 1200
    return titles(count)[1], shown(count)


@pytest.mark.django_db(transaction=True)
def test_filters_of_every_kind_starve_no_leg(
    vectors: tuple[Vectors, Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes from which rows are too many to read are those of a shop a hundred times as large."""
    monkeypatch.setattr(selectivity, "LOOKED_UP", 0)
    monkeypatch.setattr(selectivity, "MOST_EXACT", 400)
    keys = fill(*vectors)
    found = recalls(*vectors, keys, queries=3, shares=SHARES, size=50)
    for pair, by_cell in found.items():
        means = {cell: statistics.fmean(shares) for cell, shares in by_cell.items()}
        assert statistics.fmean(means.values()) >= 0.98, pair
        assert min(means.values()) >= 0.95, (pair, min(means, key=means.__getitem__))


@pytest.mark.acceptance_size(name="recall")
@pytest.mark.django_db(transaction=True)
def test_recall() -> None:
    """Pictures of kagl-fashion's `train`, each changed as often as it takes, by a model trained on them."""
    asked = reports.asked("recall")
    texts, pictures = photographs(int(asked["vectors"]))
    keys = fill(texts, pictures)
    shares = (*SHARES, 0.0001)
    found = recalls(texts, pictures, keys, queries=int(asked["queries"]), shares=shares, size=200)
    every = {pair: [share for each in by_cell.values() for share in each] for pair, by_cell in found.items()}
    reports.write_report(
        "recall",
        sizes={"vectors": len(keys), "queries": asked["queries"]},
        seeds={"pictures": CHANGED, "filters": SEED},
        result={
            pair.replace("-", "_"): {
                "mean": statistics.fmean(every[pair]),
                "low": float(np.percentile(every[pair], 5)),
                "cells": {cell: statistics.fmean(each) for cell, each in by_cell.items()},
            }
            for pair, by_cell in found.items()
        },
    )
    for pair, each in every.items():
        assert statistics.fmean(each) >= 0.98, pair


@pytest.mark.django_db(transaction=True)
def test_brute_force_is_what_it_says(vectors: tuple[Vectors, Vectors]) -> None:
    """The judge itself, on rows that can be counted by hand."""
    rows = np.eye(4, dtype=np.float32)
    assert nearest(rows, np.array([0.1, 0.4, 0.2, 0.3], dtype=np.float32), 3).tolist() == [1, 3, 2]
    near = np.array([0.1, 0.9, 0.5], dtype=np.float32)
    rng = np.random.default_rng(1)
    assert places_of("correlated", near, rng).tolist() == [2, 0, 1]
    assert places_of("opposed", near, rng).tolist() == [0, 2, 1]
