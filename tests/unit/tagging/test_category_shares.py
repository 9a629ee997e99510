"""Categories by what stands in them: the middle of each, and how much nearer is how much likelier."""

from __future__ import annotations

import numpy as np

from product_search.tagging.classifying import category_shares


def cloud(axis: int, count: int, rng: np.random.Generator, spread: float = 0.2) -> np.ndarray:
    rows = rng.normal(0, spread, (count, 16))
    rows[:, axis] += 1
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_a_branch_has_all_that_stands_below_it() -> None:
    rng = np.random.default_rng(1)
    shown = np.concatenate([cloud(axis, 30, rng) for axis in range(3)])
    names = ["kitchen/mugs"] * 30 + ["kitchen/bowls"] * 30 + ["toys"] * 30
    found = category_shares(cloud(0, 1, rng, 0.05)[0], shown, names)
    assert max(found, key=lambda name: found[name]) in ("kitchen", "kitchen/mugs")
    assert found["kitchen/mugs"] > 0.9
    assert found["kitchen"] == found["kitchen/mugs"] + found["kitchen/bowls"]
    assert abs(found["kitchen"] + found["toys"] - 1) < 1e-9


def test_what_lies_between_two_is_sure_of_neither() -> None:
    rng = np.random.default_rng(2)
    shown = np.concatenate([cloud(axis, 30, rng, 0.5) for axis in range(2)])
    between = np.zeros(16, dtype=np.float32)
    between[:2] = 2**-0.5
    found = category_shares(between, shown, ["mugs"] * 30 + ["bowls"] * 30)
    assert 0.25 < found["mugs"] < 0.75


def test_the_more_the_kinds_overlap_the_less_is_sure() -> None:
    shares = []
    for spread in (0.1, 0.6):
        rng = np.random.default_rng(3)
        shown = np.concatenate([cloud(axis, 60, rng, spread) for axis in range(4)])
        names = [name for name in "abcd" for _ in range(60)]
        probe = np.zeros(16, dtype=np.float32)
        probe[0], probe[1] = 0.8, 0.6
        shares.append(category_shares(probe, shown, names)["a"])
    assert shares[0] > shares[1] > 0.25


def test_nothing_and_one_of_each() -> None:
    rng = np.random.default_rng(4)
    assert category_shares(cloud(0, 1, rng)[0], np.empty((0, 16), dtype=np.float32), []) == {}
    found = category_shares(
        cloud(0, 1, rng)[0], np.concatenate([cloud(0, 1, rng), cloud(1, 1, rng)]), ["a", "b"]
    )
    assert found["a"] > found["b"]
