"""What shoppers replace by what: words by words that may mean the same, and nothing else."""

import pytest

from product_search.learning.rephrasing import (
    Clicked,
    Failed,
    Suggestion,
    from_clicks,
    from_rephrasing,
    replaced,
    together,
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("settee", "sofa", ("settee", "sofa")),
        ("green settee", "green sofa", ("settee", "sofa")),
        ("green settees for two", "green sofa for two", ("settees", "sofa")),
        ("settee", "three seater sofa", ("settee", "three seater sofa")),
        ("sofa", "sofas", None),  # another form of it
        ("sofa", "green sofa", None),  # more was asked
        ("green sofa", "sofa", None),
        ("tabel", "table", None),  # a slip
        ("lamp 40 w", "lamp 60 w", None),  # another thing
        ("sofa green", "green sofa", None),  # another order
        ("", "sofa", None),
    ],
)
def test_words_for_words(before, after, found):
    assert replaced(before, after, "en") == found


def test_umlauts_are_shown_as_they_were_written():
    assert replaced("küchenstühle", "esszimmer", "de") == ("küchenstühle", "esszimmer")


def failed(before, after, sessions, start=0):
    return [Failed(number, "en", before, after) for number in range(start, start + sessions)]


def test_enough_sessions_that_went_on_alike():
    found = from_rephrasing(
        [
            *failed("green settee", "green sofa", 3),
            *failed("settee", "sofa", 4, start=2),
            *failed("settee", "lamp", 4),
        ]
    )
    # Session 2 did both and counts once; four who went on to lamps are too few.
    assert [(each.words, each.means, each.sessions, each.two_way) for each in found] == [
        ("settee", "sofa", 6, False)
    ]


def test_evidence_names_no_query_that_few_made():
    (found,) = from_rephrasing(
        [*failed("settee", "sofa", 5), *failed("settee annas flat", "sofa annas flat", 1, start=9)]
    )
    assert found.sessions == 6
    assert found.rephrased == [("settee", "sofa", 5)]


def test_what_few_of_many_did_next_is_no_synonym():
    found = from_rephrasing([*failed("settee", "sofa", 6), *failed("settee", "", 200, start=100)])
    assert found == []


def test_both_ways_where_each_fails_for_some():
    (found,) = from_rephrasing([*failed("settee", "sofa", 6), *failed("sofa", "settee", 5, start=50)])
    assert (found.two_way, found.sessions) == (True, 11)


def test_queries_that_lead_to_the_same_products():
    clicks = {1: 10.0, 2: 8.0, 3: 7.0, 4: 1.0}
    found = from_clicks(
        [
            Clicked("en", "settee", 20, clicks),
            Clicked("en", "sofa", 40, {**clicks, 5: 3.0}),
            Clicked("en", "lamp", 40, {7: 9.0, 8: 9.0, 9: 9.0}),
            Clicked("en", "couch", 4, clicks),  # too few sessions
            Clicked("de", "liege", 40, clicks),  # another language
        ]
    )
    assert [(each.words, each.means, each.two_way, each.sessions) for each in found] == [
        ("settee", "sofa", True, 20)
    ]
    assert found[0].shared == [("settee", "sofa", 4, pytest.approx(0.98, abs=0.02))]


def test_two_products_in_common_are_too_few():
    assert from_clicks([Clicked("en", word, 9, {1: 1.0, 2: 1.0}) for word in ("settee", "sofa")]) == []


def test_together_each_pair_of_words_is_once():
    one = Suggestion("en", "settee", "sofa", 6, rephrased=[("settee", "sofa", 6)])
    both = Suggestion("en", "sofa", "settee", 20, two_way=True, shared=[("settee", "sofa", 4, 0.9)])
    (found,) = together([one], [both])
    assert (found.words, found.means, found.two_way, found.sessions) == ("settee", "sofa", True, 20)
    assert found.rephrased
    assert found.shared
