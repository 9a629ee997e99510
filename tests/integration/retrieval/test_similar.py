from __future__ import annotations

import pytest

from product_search.documents import SearchScope
from product_search.errors import InvalidRequest, UnknownProduct
from product_search.retrieval import similar

from .shelf import Shelf, leaning, unit

EN = SearchScope(language="en")


def names(key: object, *, limit: int = 12) -> list[str]:
    return [hit.card["title"] for hit in similar(key, EN, limit=limit).hits]


def test_what_looks_alike_comes_first_without_itself_its_variants_and_drafts(shelf: Shelf) -> None:
    mug = shelf.product(
        "Mug", title_vector=leaning(1, 1.0), pictures={"a": leaning(0, 1.0), "b": leaning(2, 1.0)}
    )
    shelf.product("Its variant", parent=mug, pictures={"v": leaning(0, 1.0)})
    shelf.product("Draft", pictures={"d": leaning(0, 1.0)}, published=False)
    near = shelf.product("Near", title_vector=leaning(1, 0.2), pictures={"n": leaning(0, 0.9)})
    shelf.product("Near in blue", parent=near, pictures={"nb": leaning(0, 0.65)})
    shelf.product("By its other side", title_vector=leaning(1, 0.9), pictures={"o": leaning(2, 0.8)})
    shelf.product("Far", title_vector=leaning(1, 0.1), pictures={"f": leaning(3, 1.0)})
    answer = similar(mug.pk, EN)
    assert [hit.card["title"] for hit in answer.hits] == ["By its other side", "Near in blue"]
    assert (answer.total, answer.page, answer.pages, answer.facets) == (2, 1, 1, ())
    assert answer.hits[0].picture == "o"
    assert names(mug.pk, limit=1) == ["By its other side"]
    assert names(near.pk)[0] == "Its variant"  # which stands for its group


def test_a_products_text_alone_can_speak_for_it(shelf: Shelf) -> None:
    first = shelf.product("First", title_vector=unit(1))
    shelf.product("Second", title_vector=leaning(0, 0.9))
    assert names(first.pk) == ["Second"]


def test_what_is_not_indexed_yet_has_nothing_similar_and_says_so(shelf: Shelf) -> None:
    fresh = shelf.product("Fresh", indexed=False)
    answer = similar(fresh.pk, EN)
    assert (answer.hits, answer.total, answer.pages) == ((), 0, 0)
    assert answer.notices == ("not-indexed: this product is not indexed yet",)


def test_what_cant_be_seen_is_unknown(shelf: Shelf) -> None:
    draft = shelf.product("Draft", published=False)
    for key in (draft.pk, 999_999_999, 10**30, "no number", None, "\x00"):
        with pytest.raises(UnknownProduct):
            similar(key, EN)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_refused(shelf: Shelf, limit: int) -> None:
    with pytest.raises(InvalidRequest, match="limit"):
        similar(shelf.product("Any").pk, EN, limit=limit)
