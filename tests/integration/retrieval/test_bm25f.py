"""The keyword leg's one expression against BM25F written out in plain Python."""

from __future__ import annotations

import random

import pytest

from product_search.documents import SearchScope, document
from product_search.models import Text
from product_search.retrieval import SearchRequest, search
from product_search.retrieval.lexical import KeywordLeg
from product_search.retrieval.serving import Serving
from product_search.retrieval.understanding import Query
from product_search.text import terms

from .bm25f import Reference
from .shelf import Shelf

WORDS = [
    "red",
    "blue",
    "green",
    "mug",
    "hat",
    "scarf",
    "wool",
    "linen",
    "striped",
    "dotted",
    "the",
    "with",
    "and",
]


@pytest.mark.parametrize("q", ["red mug", "striped wool hat", "mug mug mug", "linen", "the"])
def test_scores_and_order_are_those_of_the_reference(shelf: Shelf, q: str) -> None:
    draw = random.Random(7)
    for _ in range(40):
        shelf.product(
            " ".join(draw.choices(WORDS, k=draw.randint(1, 5))),
            description=" ".join(draw.choices(WORDS, k=draw.randint(0, 30))),
            brand=draw.choice(WORDS),
        )
    shelf.count_words()
    weights = {name: text.weight for name, text in document().texts.items()}
    texts = dict(Text.objects.filter(language="en").values_list("product", "fields"))
    expected = Reference(texts, weights, "en").scores(terms(q, "en"))
    hits = search(SearchRequest(q, per_page=100), SearchScope(language="en")).hits
    assert len(hits) > 3
    for hit in hits:
        assert hit.legs["keywords"].raw == pytest.approx(expected[hit.key], rel=1e-9)
    by_rank = sorted(hits, key=lambda hit: hit.legs["keywords"].rank)
    assert [expected[hit.key] for hit in by_rank] == sorted((expected[hit.key] for hit in hits), reverse=True)


def test_a_function_word_beside_others_asks_for_nothing(shelf: Shelf) -> None:
    """ "The Who" is all function words to some, and a title to others."""
    shelf.product("Striped hat")
    shelf.product("The mug")
    shelf.product("Plain hat for the beach", description="the best of the best")
    shelf.count_words()
    scope = SearchScope(language="en")
    plain, with_article = (search(SearchRequest(q), scope).hits for q in ("striped hat", "the striped hat"))
    assert [hit.key for hit in plain] == [hit.key for hit in with_article]
    assert plain[0].legs["keywords"].raw == with_article[0].legs["keywords"].raw
    assert search(SearchRequest("the mug"), scope).hits[0].card["title"] == "The mug"
    assert {hit.card["title"] for hit in search(SearchRequest("the"), scope).hits} == {
        "The mug",
        "Plain hat for the beach",
    }


def test_a_title_counts_more_than_a_description(shelf: Shelf) -> None:
    shelf.product("Lamp", description="goes with a teapot")
    shelf.product("Porcelain teapot", description="a vessel")
    shelf.count_words()
    hits = search(SearchRequest("teapot"), SearchScope(language="en")).hits
    assert [hit.card["title"] for hit in hits] == ["Porcelain teapot", "Lamp"]


def test_a_row_that_was_read_scores_as_in_sql(shelf: Shelf) -> None:
    draw = random.Random(8)
    for _ in range(20):
        shelf.product(" ".join(draw.choices(WORDS, k=4)), description=" ".join(draw.choices(WORDS, k=9)))
    shelf.count_words()
    ways = {"mug": (("hat",), ("blue", "green")), "wool": (("linen",),)}
    query = Query("red mug wool", "en", {"red": 1, "mug": 1, "wool": 1}, None, alternatives=ways)
    leg = KeywordLeg.of(query, Serving.now("en", using="default"), document(), using="default")
    assert leg is not None
    rows = {text.product: text for text in leg.rows}
    found = leg.score(list(rows))
    assert len(found) > 15
    for key, match in found.items():
        text = rows[key]
        score = leg.evidence.score(text.terms, text.frequencies, text.lengths)
        assert score == pytest.approx(match.raw, rel=1e-9)
