"""What tells wrong pictures: on clouds of vectors that are known to belong together or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from product_search.tagging.misfits import Pictures, fit, seen, sureness

DIM, KINDS = 48, 12


def shop(products: int, wrong: int, seed: int, noise: float = 0.12) -> tuple[Pictures, NDArray[np.bool_]]:
    """Products of KINDS categories with two pictures each, `wrong` of which are those of other products."""
    rng = np.random.default_rng(seed)
    kinds = unit(rng.normal(size=(KINDS, DIM)))
    kind = rng.integers(0, KINDS, products)
    own = unit(kinds[kind] + 0.08 * rng.normal(size=(products, DIM)))
    titles = unit(own + noise * rng.normal(size=own.shape))
    pictures = unit(np.repeat(own, 2, axis=0) + noise * rng.normal(size=(2 * products, DIM)))
    groups = np.repeat(np.arange(products), 2)
    at = rng.permutation(2 * products)[:wrong]
    pictures[at] = pictures[rng.permutation(2 * products)[:wrong]].copy()
    is_wrong = np.zeros(2 * products, dtype=bool)
    is_wrong[at] = True
    return Pictures(pictures, np.repeat(titles, 2, axis=0), groups, np.repeat(kind, 2)), is_wrong


def told(pictures: Pictures) -> NDArray[np.bool_]:
    judge = fit(pictures, 0.9)
    return judge.sure(judge.score(seen(pictures, pictures), pictures.places)) > 0


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("wrong", [10, 60])
def test_wrong_pictures_are_found_as_surely_as_promised(wrong: int) -> None:
    pictures, is_wrong = shop(500, wrong, seed=wrong)
    found = told(pictures)
    assert is_wrong[found].mean() >= 0.85
    assert found[is_wrong].mean() >= 0.6
    judge = fit(pictures, 0.9)
    assert judge.wrong == pytest.approx(wrong / 1000, abs=0.02)


def test_of_a_shop_without_wrong_pictures_none_is_doubted() -> None:
    pictures, _ = shop(500, 0, seed=7)
    assert told(pictures).sum() <= 3


def test_a_model_that_tells_nothing_says_nothing() -> None:
    rng = np.random.default_rng(5)
    pictures, _ = shop(400, 0, seed=8)
    blind = Pictures(
        unit(rng.normal(size=pictures.vectors.shape)), pictures.titles, pictures.groups, pictures.places
    )
    assert told(blind).sum() <= 8


def test_without_titles_nothing_is_said_and_without_categories_titles_are_enough() -> None:
    pictures, is_wrong = shop(500, 30, seed=3)
    nothing = np.full_like(pictures.titles, np.nan)
    assert fit(Pictures(pictures.vectors, nothing, pictures.groups, pictures.places), 0.9) is None
    less = Pictures(pictures.vectors, pictures.titles, pictures.groups, np.full_like(pictures.places, -1))
    found = told(less)
    assert is_wrong[found].mean() >= 0.8
    assert found[is_wrong].mean() >= 0.5
    some = pictures.titles.copy()
    some[is_wrong] = np.nan
    assert not told(Pictures(pictures.vectors, some, pictures.groups, pictures.places))[is_wrong].any()


def test_the_share_that_is_wrong_is_where_right_ones_end() -> None:
    rng = np.random.default_rng(0)
    right, wrong = rng.exponential(1.0, 4000), rng.normal(9.0, 1.5, 4000)
    for share in (0.0, 0.01, 0.1):
        own = np.concatenate([right[: int(4000 * (1 - share))], rng.normal(9.0, 1.5, int(4000 * share))])
        scores, sures, found = sureness(own, wrong, 0.9)
        assert found == pytest.approx(share, abs=0.005)
        assert (len(scores) > 0) == (share > 0)
        assert (np.diff(sures) >= 0).all()


def test_variants_are_no_neighbours() -> None:
    pictures, _ = shop(30, 0, seed=1)
    found = seen(pictures, pictures)
    assert (pictures.groups[found.nearest] != pictures.groups).all()
