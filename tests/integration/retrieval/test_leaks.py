"""Two tenants and a draft, each with words and numbers that no one else has: nothing of one is said to another.

Completions and related searches are in test_suggestions_leaks.py.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.errors import ProductSearchError
from product_search.models import Cursor
from product_search.retrieval import (
    SearchRequest,
    candidates,
    cover,
    find_media,
    search,
    similar,
    walk,
    why_not,
)
from product_search.tagging import classify_category, classifying

from .shelf import Shelf, leaning
from .test_spelling import TwoTenants

#: One is told from others by the document, one by the filters of a key.
A = SearchScope(language="en", channel="a")
B = SearchScope(language="en", filters={"brand": ("brumble",)})
#: What each one's products alone say: title, description, brand, category, collection, and a price.
WORDS = {
    "a": ("zorbling", "glimmerwick", "quixley", "lumina", "festoon", "1717"),
    "b": ("vexilar", "murkstone", "brumble", "gloomery", "shadowset", "2929"),
    "draft": ("draftonia", "whisperoak", "hushhush", "secretia", "unborn", "9393"),
}
SCOPES = {"a": A, "b": B}
#: Of whom each may hear nothing.
OTHERS = {"a": ("b", "draft"), "b": ("a", "draft")}


@pytest.fixture
def tenants(shelf: Shelf, settings: Any) -> Shelf:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{TwoTenants.__module__}.{TwoTenants.__qualname__}",
    }
    for name, (title, described, brand, category, collection, price) in WORDS.items():
        for number in range(3):
            shelf.product(
                f"{title.title()} lamp",
                sku=f"{'b' if name == 'draft' else name}-{name}-{number}",
                description=f"A lamp of {described}.",
                brand=brand,
                category=category,
                collections=[collection],
                price=int(price),
                published=name != "draft",
                title_vector=leaning(0, 0.9),
                pictures={f"{described}-{number}": leaning(0, 0.9)},
            )
    shelf.gather_words()
    return shelf


def queries(other: str) -> Iterator[str]:
    """Everything that might make a search speak of `other`: its words, slips, phrases, exclusions, names, prices."""
    for word in WORDS[other][:5]:
        slip = word[:3] + word[4:]
        yield from (word, slip, f"lamp {word}", f"lamp {slip}", f'"{word} lamp"', f'"lamp of {word}"')
        yield from (f"lamp -{word}", f"lamp without {word}", f"{word[:-1]} lamp", f"{word}lamp")
    yield from ("lamp", "", f"lamp under {WORDS[other][5]}", f"lamp over {WORDS[other][5]}", "-lamp")


def requests(other: str) -> Iterator[SearchRequest]:
    """These, and some under filters that only `other` has products for."""
    _, _, brand, category, collection, price = WORDS[other]
    chosen: list[dict[str, tuple[str, ...]]] = [
        {"brand": (brand,)},
        {"category": (category,)},
        {"collection": (collection,)},
        {"price": (f"{int(price) - 5}..{int(price) + 5}",)},
    ]
    for q in queries(other):
        yield SearchRequest(q, highlight=True, explain=True)
    for q in ("", "lamp", WORDS[other][0]):
        yield from (SearchRequest(q, filters=each, highlight=True, explain=True) for each in chosen)


def words_of_others(own: str) -> list[str]:
    """What `own` may never hear."""
    return [word for other in OTHERS[own] for word in WORDS[other]]


def said(answer: Any) -> str:
    """All that an answer says, but for what the shopper wrote."""

    def plain(value: Any) -> Any:
        if isinstance(value, Product):
            return {"name": value.name, "sku": value.sku}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
        if isinstance(value, dict):
            return {str(name): plain(part) for name, part in value.items()}
        return [plain(part) for part in value] if isinstance(value, list | tuple) else value

    return json.dumps(plain(answer), default=str).lower()


@pytest.mark.parametrize("own", SCOPES)
def test_nothing_of_another_is_said(tenants: Shelf, own: str) -> None:
    scope, theirs = SCOPES[own], words_of_others(own)
    for request in (request for other in OTHERS[own] for request in requests(other)):
        answer = search(request, scope)
        chosen = " ".join(value for values in request.filters.values() for value in values)
        text = said(dataclasses.replace(answer, took_ms=0.0))
        for word in theirs:
            if word not in f"{request.q} {chosen}".lower():
                assert word not in text, (request, text)
        assert answer.total <= 3
        assert all(hit.product.sku.startswith(f"{own}-{own}-") for hit in answer.hits), request
        for facet in answer.facets:
            counts = {value.value: value.count for value in facet.values}
            assert all(count <= 3 and (not count or value not in theirs) for value, count in counts.items())
            if facet.name == "price":
                assert {facet.low, facet.high} <= {None, int(WORDS[own][5])}, request
                assert sum(bucket.count for bucket in facet.buckets) <= 3


@pytest.mark.parametrize("own", SCOPES)
def test_a_word_of_another_is_a_word_that_no_one_has(tenants: Shelf, own: str) -> None:
    """The answer is just what it is for a word that the whole shop never heard of, but for how it is written."""

    def shape(q: str, word: str) -> str:
        answer = dataclasses.replace(search(SearchRequest(q, highlight=True), SCOPES[own]), took_ms=0.0)
        return said(answer).replace(word, "?")

    made_up = "xyqwfpbg"
    for pattern in ("{}", "lamp {}", '"{} lamp"', "lamp -{}", "lamp without {}", "{}lamp"):
        unheard = shape(pattern.format(made_up), made_up)
        for word in (word for other in OTHERS[own] for word in WORDS[other][:5]):
            assert shape(pattern.format(word), word) == unheard, (pattern, word)


@pytest.mark.parametrize("own", SCOPES)
def test_no_error_no_cursor_no_key_tells_of_another(tenants: Shelf, own: str) -> None:
    scope = SCOPES[own]
    mine = Product.objects.filter(name__istartswith=WORDS[own][0]).first()
    assert mine is not None
    texts = [said(similar(mine.pk, scope))]
    for ask in (
        lambda: search(SearchRequest("lamp", filters={"nobody": ("x",)}), scope),
        lambda: search(SearchRequest("lamp", sort="nobody"), scope),
        lambda: search(SearchRequest("lamp", filters={"price": ("x",)}), scope),
    ):
        texts.append(refusal(ask))
    for other in OTHERS[own]:
        theirs = Product.objects.filter(name__istartswith=WORDS[other][0]).first()
        assert theirs is not None
        refused, unheard = (
            refusal(partial(similar, key, scope)).replace(str(key), "") for key in (theirs.pk, 10**9)
        )
        assert refused == unheard
        reason = why_not(SearchRequest("lamp"), theirs.pk, scope)
        assert (reason.step, reason.explanation, reason.legs) == ("hidden", None, {})
        texts += [refused, said(reason)]
    texts += [said(why_not(SearchRequest(q), mine.pk, scope)) for q in queries(own)]
    first = walk(SearchRequest("lamp", per_page=1), scope)
    texts += [said(first), said(walk(SearchRequest("lamp", per_page=1), scope, first.next))]
    texts += [json.dumps(kept.hits) for kept in Cursor.objects.all()]
    for word in words_of_others(own):
        assert not [text for text in texts if word in text.lower()], word


@pytest.mark.parametrize("own", SCOPES)
def test_no_picture_for_a_text_tells_of_another(tenants: Shelf, own: str) -> None:
    """Neither what is shown nor which words of the text count."""
    scope, made_up = SCOPES[own], "xyqwfpbg"

    def shape(text: str, word: str) -> str:
        answer = dataclasses.replace(find_media(text, scope), took_ms=0.0)
        assert all(hit.card["title"].lower().startswith(WORDS[own][0]) for hit in answer.hits)
        return said(answer).replace(word, "?")

    for pattern in ("A {}.", "A lamp. A {} lamp.", "{} lamps of today"):
        unheard = shape(pattern.format(made_up), made_up)
        for word in words_of_others(own):
            assert shape(pattern.format(word), word) == unheard, (pattern, word)
    theirs = Product.objects.filter(name__istartswith=WORDS[OTHERS[own][0]][0]).first()
    refused, unheard = (
        refusal(partial(cover, key, "lamp", scope)).replace(str(key), "") for key in (theirs.pk, 10**9)
    )
    assert refused == unheard
    tenants.encoder.pictures[(1, 2, 3)] = leaning(0, 0.9)
    classifying._looks.clear()
    told = [each.value for each in classify_category(Image.new("RGB", (8, 8), (1, 2, 3)), scope).labels]
    assert told == [WORDS[own][3]]


def refusal(ask: Callable[[], Any]) -> str:
    """The message of an error that must come."""
    with pytest.raises(ProductSearchError) as refused:
        ask()
    return str(refused.value)


def test_what_is_ones_own_is_said(tenants: Shelf) -> None:
    """Else the tests above could not fail."""
    for own, scope in SCOPES.items():
        text = said(search(SearchRequest("lamp", highlight=True, explain=True), scope))
        assert all(word in text for word in WORDS[own]), text
        assert search(SearchRequest(WORDS[own][0][:-1] + "x"), scope).corrections
        assert search(SearchRequest(f"lamp {WORDS[own][2]}"), scope).understood


def test_no_rank_counts_what_cant_be_seen(tenants: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor in a large shop, which finds the texts first and looks then whose they are."""
    monkeypatch.setattr(candidates, "_mostly_visible", lambda *_: True)
    for number in range(5):
        tenants.product("Lamp", sku=f"b-lamp-{number}", title_vector=leaning(0, 0.9))
    mine = tenants.product("Lamp of mine to see and to read by", sku="a-mine")
    answer = search(SearchRequest("lamp", per_page=50, facets=("brand",)), A)
    assert {hit.product.sku[0] for hit in answer.hits} == {"a"}
    assert answer.total == len(answer.hits) == 4
    ranks = sorted(hit.legs["keywords"].rank for hit in answer.hits)
    assert ranks[-1] <= 4
    assert mine.pk in {hit.key for hit in answer.hits}
