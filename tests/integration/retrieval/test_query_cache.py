"""Vectors of queries that processes share: the same answers, nothing to read there, and no harm by a bad cache."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.core.cache import caches
from PIL import Image

from product_search.documents import SearchScope
from product_search.models import Space
from product_search.recent import Recent
from product_search.retrieval import Example, SearchRequest, encoding, query_cache, search
from tests.acceptance.brokers import Redis

from .shelf import Shelf, leaning

EN = SearchScope(language="en")
ALIAS = "queries"


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.close()


@pytest.fixture
def another_process(
    shelf: Shelf, redis: Redis, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """What this process knows of queries is forgotten when it is called; the cache is as it was."""
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {**settings.CACHES, ALIAS: {"BACKEND": backend, "LOCATION": redis.url}}
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "QUERY_CACHE": ALIAS}
    monkeypatch.setattr(query_cache, "_left_alone_until", 0.0)
    redis.flush()

    def forget() -> None:
        written()
        monkeypatch.setattr(encoding, "_recent", Recent(10))

    yield forget
    caches[ALIAS].close()


def written() -> None:
    """What waits to be written is written."""
    query_cache._line.do(lambda: None).result(10)


def kept() -> dict[str, Any]:
    """Everything in the cache."""
    cache: Any = caches[ALIAS]
    keys = [key.decode() for key in cache._cache.get_client().keys("*")]
    return {key: cache.get(key.split(":", 2)[2]) for key in keys}


def test_a_query_is_encoded_once_for_all_processes(shelf: Shelf, another_process: Callable[[], None]) -> None:
    shelf.encoder.texts["red mug"] = leaning(0, 0.9)
    shelf.product("Red mug", title_vector=leaning(0, 0.9))
    first = search(SearchRequest("red mug", explain=True), EN)
    asked = shelf.encoder.asked
    another_process()
    again = search(SearchRequest("  red  mug ", explain=True), EN)
    assert shelf.encoder.asked == asked > 0
    assert [hit.explanation for hit in again.hits] == [hit.explanation for hit in first.hits]
    Space.objects.update(digest="another model")
    shelf.encoder.info = type(shelf.encoder.info)("written", "another model", "w", "p", shelf.space.dim, 8)
    another_process()
    search(SearchRequest("red mug"), EN)
    assert shelf.encoder.asked > asked, "vectors of one space are none of another's"


def test_composed_and_decomposed_letters_are_one_query(
    shelf: Shelf, another_process: Callable[[], None]
) -> None:
    shelf.product("Tür")
    search(SearchRequest("T\u00fcr"), EN)
    asked = shelf.encoder.asked
    search(SearchRequest("Tu\u0308r"), EN)
    assert shelf.encoder.asked == asked


def test_words_cant_be_read_there_and_pictures_are_not_kept(
    shelf: Shelf, another_process: Callable[[], None]
) -> None:
    shelf.product("Red mug")
    search(SearchRequest(picture=Image.new("RGB", (8, 8), "red")), EN)
    written()
    assert kept() == {}
    search(SearchRequest("red mug", examples=(Example("with a handle"),)), EN)
    written()
    assert len(kept()) == 2
    for key, value in kept().items():
        assert isinstance(value, bytes)
        assert len(value) == 4 * shelf.space.dim
        assert all(word not in key.encode() + value for word in (b"red", b"mug", b"handle"))


def bad_values(dim: int) -> list[Any]:
    good = np.eye(dim, dtype="<f4")[0]
    broken = [np.full(dim, bad, dtype="<f4") for bad in (np.nan, np.inf, 0.0, 3e38)]
    return [
        *(each.tobytes() for each in broken),
        good.tobytes()[:-4],
        good.tobytes() * 2,
        good.tolist(),
        "x",
        7,
        None,
    ]


def test_what_is_no_vector_is_encoded_anew(shelf: Shelf, another_process: Callable[[], None]) -> None:
    shelf.encoder.texts["red mug"] = leaning(0, 0.9)
    shelf.product("Red mug", title_vector=leaning(0, 0.9))
    search(SearchRequest("red mug"), EN)
    written()
    ((key, good),) = kept().items()
    for bad in bad_values(shelf.space.dim):
        caches[ALIAS].set(key.split(":", 2)[2], bad)
        another_process()
        asked = shelf.encoder.asked
        assert search(SearchRequest("red mug"), EN).notices == ()
        written()
        assert shelf.encoder.asked == asked + 1
        assert kept() == {key: good}


@pytest.mark.parametrize("fault", ["killed", "hangs"])
def test_a_cache_that_fails_costs_a_moment_and_is_left_alone(
    shelf: Shelf,
    redis: Redis,
    another_process: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    shelf.product("Red mug")
    search(SearchRequest("red mug"), EN)
    another_process()
    line = query_cache._line
    try:
        redis.kill() if fault == "killed" else redis.stop_answering()
        with caplog.at_level(logging.WARNING, query_cache.__name__):
            begun = time.monotonic()
            for number in range(5):
                assert search(SearchRequest(f"red mug {'blue ' * number}"), EN).notices == ()
            assert time.monotonic() - begun < 2 * query_cache.WAIT_SECONDS + 2
        assert [record.event for record in caplog.records] == ["query_cache_failed"]
    finally:
        redis.start() if fault == "killed" else redis.answer_again()
    assert line is query_cache._line
    monkeypatch.setattr(query_cache, "_left_alone_until", 0.0)
    another_process()
    search(SearchRequest("blue mug"), EN)
    asked = shelf.encoder.asked
    another_process()
    search(SearchRequest("blue mug"), EN)
    assert shelf.encoder.asked == asked, "it is used again"


def test_a_forked_child_asks_by_itself(shelf: Shelf, another_process: Callable[[], None]) -> None:
    shelf.product("Red mug")
    search(SearchRequest("red mug"), EN)
    written()
    child = os.fork()
    if not child:
        try:
            os._exit(0 if len(query_cache.read(["red mug"], shelf.space)) == 1 else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0


def test_without_a_setting_nothing_is_kept(
    shelf: Shelf, another_process: Callable[[], None], settings: Any
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "QUERY_CACHE": ""}
    shelf.product("Red mug")
    search(SearchRequest("red mug"), EN)
    written()
    assert kept() == {}
