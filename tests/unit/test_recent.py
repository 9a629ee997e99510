from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from product_search.recent import Recent


def test_what_was_asked_for_longest_ago_makes_room():
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]
    recent.put("a", 4)
    recent.put("d", 5)
    assert [recent.get(key) for key in "acd"] == [4, None, 5]


def test_what_has_no_hash_is_refused():
    recent: Recent[tuple[list[int], ...], int] = Recent(1)
    with pytest.raises(TypeError):
        recent.get(([],))


def test_threads_get_what_was_put_for_their_key_or_nothing():
    recent: Recent[int, int] = Recent(3)

    def visit(seed: int) -> set[int | None]:
        found = set()
        for turn in range(2000):
            key = (seed * turn) % 7
            found.add((recent.get(key) or key) - key)
            recent.put(key, key)
        return found

    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(visit, range(8))) == {0}
