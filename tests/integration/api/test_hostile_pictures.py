"""A picture that keeps its decoder busy for ever costs its own request two seconds, and nobody else's anything."""

from __future__ import annotations

import json
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from product_search import images
from product_search.images import Limits
from product_search.images.process import PATIENCE_SECONDS
from product_search.testing import index_now
from tests.planted import planted

from .conftest import fill, picture_bytes

#: How many times as long as before may another's search take while a decoder loops, which has a processor for itself.
MOST_TIMES = 3.0
#: What may come to a decoder's two seconds where it only sleeps.
MOST_SECONDS = 4.0


@pytest.fixture
def address(live_server: Any, transactional_db: None, settings: Any, tmp_path: Any) -> Iterator[str]:
    """Of searches in a running shop whose decoders loop where a picture says so."""
    settings.MEDIA_ROOT = tmp_path
    fill()
    index_now()
    with planted():
        yield f"{live_server.url}/search/v1/search"
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")


def ask(address: str, picture: bytes | None) -> tuple[float, int, Any]:
    """Seconds, status and answer of a search by this picture, or by words."""
    request: Any = f"{address}?q=mug"
    if picture is not None:
        body = encode_multipart(BOUNDARY, {"picture": SimpleUploadedFile("picture.bmp", picture)})
        request = urllib.request.Request(address, body, {"Content-Type": MULTIPART_CONTENT})
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    return time.monotonic() - began, status, json.loads(text)


def while_asking(address: str, picture: bytes) -> tuple[tuple[float, int, Any], list[tuple[float, int]]]:
    """What becomes of the `picture`, and of all the searches that others make until then, one after another."""
    with ThreadPoolExecutor(1) as pool:
        own = pool.submit(ask, address, picture)
        others = []
        while not own.done():
            for other in (None, picture_bytes("blue")):
                seconds, status, _ = ask(address, other)
                others.append((seconds, status))
        return own.result(), others


def median(searches: Iterable[tuple[float, int]]) -> float:
    """Seconds."""
    return statistics.median(seconds for seconds, _ in searches)


def test_it_costs_its_own_request_two_seconds_and_others_nothing(address: str) -> None:
    with ThreadPoolExecutor(2) as both:  # both decoders are there: none has to start within the time measured
        warm = both.map(lambda _: ask(address, picture_bytes()), range(2))
        assert {status for _, status, _ in warm} == {200}
    usual = median(ask(address, picture)[:2] for picture in [None, picture_bytes("blue")] * 8)
    # A decoder that loops has its time in full: what it stands in the queue for a processor on a busy machine is added.
    for picture, patience in ((b"BMsleep", MOST_SECONDS), (b"BMloop", PATIENCE_SECONDS)):
        (seconds, status, problem), others = while_asking(address, picture)
        assert (status, problem["code"], problem["parameter"]) == (422, "too_slow", "picture")
        assert Limits().seconds <= seconds < Limits().seconds + patience
        assert {status for _, status in others} == {200}
        assert len(others) >= 4
        assert median(others) < MOST_TIMES * usual + 0.1
    assert ask(address, picture_bytes("blue"))[1] == 200


def test_more_of_them_than_there_are_decoders_leave_searches_by_words_alone(
    address: str, settings: Any
) -> None:
    """Though the process does no more than two searches at once: who waits for a decoder holds no search's place."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "SEARCHES_AT_ONCE": 2, "BUSY_WAIT_MS": 300}
    assert ask(address, picture_bytes())[1] == 200
    usual = median(ask(address, None)[:2] for _ in range(10))
    hostile = images.MOST * 3
    with ThreadPoolExecutor(hostile) as pool:
        theirs = [pool.submit(ask, address, b"BMsleep") for _ in range(hostile)]
        others = []
        while not all(each.done() for each in theirs):
            others.append(ask(address, None)[:2])
        codes = [each.result()[2]["code"] for each in theirs]
    assert {*codes} == {"too_slow", "busy"}
    assert {status for _, status in others} == {200}
    assert len(others) >= 4
    assert median(others) < MOST_TIMES * usual + 0.1
