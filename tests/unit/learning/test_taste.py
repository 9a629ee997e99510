"""A taste from a few views: what it is of, and what it is not."""

import numpy as np
import pytest

from product_search.learning.taste import LOOK_SHARE, Known, liking, look_likings, preferences


def of(**facets: str):
    return {facet: {value: 1.0} for facet, value in facets.items()}


SOL, NORD = of(brand="sol"), of(brand="nord")


def test_what_is_viewed_more_than_found_is_liked():
    known = {"a": SOL, "b": SOL, "c": SOL, 1: SOL, 2: NORD, 3: NORD}
    liked = liking(["a", "b", "c"], [1, 2, 3], known, {})
    assert liked.shares[0] > 0.2
    assert liked.shares[1:].tolist() == [0, 0]
    assert liked.reasons == ((("brand", "sol"),), (), ())


def test_what_all_that_is_found_has_is_no_preference():
    known = {"a": SOL, "b": SOL, 1: SOL, 2: SOL}
    assert preferences(["a", "b"], [1, 2], known) == {}


def test_one_view_is_no_taste():
    known = {"a": SOL, "b": NORD, 1: SOL, 2: NORD}
    assert preferences(["a", "b"], [1, 2], known) == {}


def test_more_views_are_believed_more_and_later_ones_count_more():
    known = {"a": SOL, "b": SOL, "c": SOL, "d": SOL, "e": SOL, "f": SOL, 1: NORD}
    few, many = (preferences(views, [1], known)["brand"]["sol"] for views in ("ab", "abcdef"))
    assert few < many < 1
    known = {"a": SOL, "b": SOL, "c": NORD, "d": NORD, 1: of(brand="other")}
    latest_first = preferences("abcd", [1], known)["brand"]
    assert latest_first["sol"] > latest_first["nord"]


def looking(*parts: float):
    vector = np.array(parts, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def test_what_looks_like_the_views_beside_the_rest_is_liked_whatever_it_is():
    """Cushions were viewed, red ones; of the mugs that are found the red one is liked."""
    mug, cushion, red, blue = np.eye(4)
    looks = {
        "a": looking(*(cushion + red)),
        "b": looking(*(cushion + red)),
        1: looking(*(mug + blue)),
        2: looking(*(mug + red)),
        3: looking(*(mug + blue)),
    }
    shares = look_likings(["a", "b"], [1, 2, 3, 4], looks)
    assert shares[1] > 0.2
    assert shares[[0, 2, 3]].tolist() == [0, 0, 0]


def test_looks_that_are_all_the_same_say_nothing():
    looks = dict.fromkeys(["a", "b", 1, 2], looking(1, 0))
    assert not look_likings(["a", "b"], [1, 2], looks).any()


def test_a_taste_is_bounded_however_many_things_are_liked():
    facets = {f"facet{number}": "x" for number in range(9)}
    known: dict[object, Known] = dict.fromkeys([*"abcdefgh", 1], of(**facets))
    known[2] = {}
    shares = liking("abcdefgh", [1, 2], known, {}).shares
    assert shares[0] == pytest.approx(1.0)
    assert LOOK_SHARE <= 1
