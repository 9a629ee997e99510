from __future__ import annotations

import math

import numpy as np
import pytest

from product_search.calibration import Calibration, mean_of_known
from product_search.conf import Conf
from product_search.retrieval.candidates import Foreign
from product_search.retrieval.curves import raw_floor
from product_search.retrieval.floor import judged
from product_search.retrieval.fusion import Evidence
from product_search.retrieval.matches import KeywordMatch, VectorMatch

CONF = Conf(product_model="a.B", document="a.b", encoder="hash:8")
ALL = KeywordMatch(raw=3.0, share=1.0, strength=0.6, exact=False)
EXACT = KeywordMatch(raw=2.0, share=1.0, strength=0.4, exact=True)
SOME = KeywordMatch(raw=1.0, share=0.4, strength=0.3, exact=False)
HALF = KeywordMatch(raw=1.0, share=0.5, strength=0.3, exact=False)


def seen(**values: float) -> dict[str, VectorMatch]:
    return {key: VectorMatch(raw=0.0, value=value, picture=None) for key, value in values.items()}


def order(evidence: Evidence, *, words: bool = True, picture: bool = False) -> list[str]:
    belongs, scores = judged(evidence, CONF, words=words, picture=picture)
    return [evidence.keys[i] for i in np.argsort(-scores, kind="stable") if belongs[i]]


def test_exact_then_all_words_then_what_only_vectors_see() -> None:
    evidence = Evidence.of(
        ["seen", "all", "exact", "half"],
        {"all": ALL, "exact": EXACT, "half": HALF},
        {"text-picture": seen(seen=0.8, all=0.5, exact=0.1, half=0.4), "text-text": seen(seen=0.7, half=0.3)},
    )
    assert order(evidence) == ["exact", "all", "seen", "half"]


def test_what_no_text_says_may_be_seen() -> None:
    def belongs(value: float, words: dict[str, KeywordMatch]) -> bool:
        return order(Evidence.of(["p"], words, {"text-picture": seen(p=value)})) == ["p"]

    assert belongs(0.55, {})
    assert not belongs(0.45, {})
    assert not belongs(0.45, {"p": SOME})
    assert belongs(0.0, {"p": HALF})


def test_a_word_that_no_product_says_must_be_seen_by_itself() -> None:
    """A helicopter mug lies beside every mug."""

    def belongs(
        alone: float, words: dict[str, KeywordMatch], weight: float = 0.6, nonsense: float | None = 0.5
    ) -> bool:
        foreign: Foreign = ((weight, nonsense, {"text-picture": seen(p=alone)}),)
        return order(Evidence.of(["p"], words, {"text-picture": seen(p=0.9)}, foreign)) == ["p"]

    assert not belongs(0.02, {"p": SOME})
    assert belongs(0.9, {"p": SOME})
    assert belongs(0.9, {}, weight=1.0)
    assert not belongs(0.85, {}, weight=1.0, nonsense=0.87)
    assert belongs(0.89, {}, weight=1.0, nonsense=0.87)
    assert belongs(0.6, {}, weight=1.0, nonsense=None)
    assert not belongs(0.4, {}, weight=1.0, nonsense=None)
    assert belongs(0.02, {"p": HALF}, weight=0.2)
    rare = KeywordMatch(raw=1.0, share=0.46, strength=0.3, exact=False)
    assert not belongs(0.02, {"p": rare}, weight=0.54)


def test_a_word_that_the_model_was_taught_may_be_in_no_text() -> None:
    """Letters that mean nothing seldom lie near to picture and text; a title need not say what a picture shows."""

    def belongs(nonsense: float | None) -> bool:
        foreign: Foreign = ((1.0, nonsense, {"text-picture": seen(p=0.9), "text-text": seen(p=0.001)}),)
        return order(Evidence.of(["p"], {}, {"text-picture": seen(p=0.9)}, foreign)) == ["p"]

    assert belongs(None)
    assert not belongs(0.6)


def test_vectors_order_what_has_the_same_words() -> None:
    evidence = Evidence.of(
        ["blue", "red"], {"blue": ALL, "red": ALL}, {"text-picture": seen(blue=0.1, red=0.9)}
    )
    assert order(evidence) == ["red", "blue"]


def test_a_title_that_says_less_than_the_picture_shows_is_nothing_against_it() -> None:
    evidence = Evidence.of(
        ["untold", "no-title", "told"],
        {},
        {
            "text-picture": seen(**{"untold": 0.8, "no-title": 0.8, "told": 0.8}),
            "text-text": seen(untold=0.1, told=0.9),
        },
    )
    belongs, scores = judged(evidence, CONF, words=True, picture=False)
    assert belongs.all()
    assert scores[0] == pytest.approx(scores[1])
    assert scores[2] > scores[1] + 0.01


def test_without_vectors_the_share_of_the_words_decides() -> None:
    assert order(Evidence.of(["half", "few", "all"], {"half": HALF, "few": SOME, "all": ALL}, {})) == [
        "all",
        "half",
    ]


def test_with_a_picture_both_decide() -> None:
    evidence = Evidence.of(
        ["red shirt", "blue mug", "red mug"],
        {"red mug": ALL, "red shirt": ALL},
        {
            "text-picture": seen(**{"red mug": 0.9, "blue mug": 0.05, "red shirt": 0.2}),
            "picture-picture": seen(**{"red mug": 0.88, "blue mug": 0.9, "red shirt": 0.05}),
        },
    )
    assert order(evidence, picture=True) == ["red mug", "red shirt"]
    assert order(evidence, words=False, picture=True) == ["blue mug", "red mug"]


def test_a_mean_is_over_what_is_known() -> None:
    nan = math.nan
    mean = mean_of_known((np.array([1.0, nan, nan]), np.array([0.5, 0.5, nan])), (0.4, 0.6))
    assert mean[:2] == pytest.approx([0.7, 0.5])
    assert math.isnan(mean[2])


def test_the_raw_floor_is_where_the_curve_reaches_the_floor() -> None:
    curve = Calibration(midpoint=0.3, scale=0.05)
    assert curve.value(raw_floor(curve, 0.8)) == pytest.approx(0.8)
    assert raw_floor(curve, 0.0) == -math.inf
    assert raw_floor(curve, 1.0) == math.inf


def test_what_a_title_says_of_a_picture_breaks_what_outlines_confuse() -> None:
    evidence = Evidence.of(
        ["outline", "kind"],
        {},
        {"picture-picture": seen(outline=0.75, kind=0.7), "picture-text": seen(outline=0.1, kind=0.9)},
    )
    assert order(evidence, words=False, picture=True) == ["kind", "outline"]


def test_the_very_picture_comes_first_whatever_titles_say() -> None:
    evidence = Evidence.of(
        ["told", "same"],
        {},
        {
            "picture-picture": {
                "told": VectorMatch(raw=0.9, value=0.9, picture="a"),
                "same": VectorMatch(raw=0.9995, value=0.95, picture="b"),
            },
            "picture-text": seen(told=0.99, same=0.0),
        },
    )
    assert order(evidence, words=False, picture=True) == ["same", "told"]
