from __future__ import annotations

import pytest

from product_search.retrieval.selectivity import MOST_EXACT, MOST_SCANNED, Exact, Scan, ways


@pytest.mark.parametrize(
    ("rows", "share", "first"),
    [
        (20_000, 0.15, Exact),
        (20_000, 0.5, Scan),
        (200_000, 0.001, Exact),
        (200_000, 0.05, Exact),
        (200_000, 0.1, Scan),
        (200_000, 1.0, Scan),
        (900_000, 0.04, Exact),
        (2_000_000, 0.04, Scan),
        (0, 0.0, Exact),
    ],
)
def test_few_are_read_and_of_many_the_nearest_taken(rows, share, first):
    assert isinstance(ways(rows, share, 200)[0], first)


def test_what_was_tried_in_vain_is_followed_by_what_always_finds():
    for rows in (1_000, 30_000, 100_000, 1_000_000):
        for share in (0.0, 0.001, 0.02, 0.1, 0.5, 1.0):
            *_, last = ways(rows, share, 200)
            assert last == Scan(None)


def test_a_scan_looks_at_several_times_what_it_should_need_and_no_more():
    assert ways(200_000, 1.0, 200)[0] == Scan(800)
    assert ways(200_000, 0.1, 200)[0] == Scan(8_000)
    assert ways(10_000_000, 0.01, 200)[0] == Scan(MOST_SCANNED)


def test_more_rows_than_may_be_read_are_not_begun_with():
    assert Exact() in ways(200_000, 0.2, 200)
    assert Exact() not in ways(200_000, 1.5 * MOST_EXACT / 200_000, 200)


def test_what_passes_near_to_the_query_tells_how_far_an_index_must_look():
    assert isinstance(ways(60_000, 0.06, 200)[0], Exact)
    assert ways(60_000, 0.06, 200, near=0.9)[0] == Scan(888)
    assert isinstance(ways(60_000, 0.06, 200, near=0.06)[0], Exact)
    assert isinstance(ways(60_000, 0.5, 200, near=0.01)[0], Exact)
    assert isinstance(ways(60_000, 0.005, 200, near=1.0)[0], Exact)
