"""Walking through all results while the shop is written to: nothing twice, nothing passed over, nothing hidden."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.signing import Signer
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.errors import ExpiredCursor, InvalidRequest
from product_search.indexing import sweep
from product_search.models import Cursor
from product_search.retrieval import Hit, SearchRequest, cursor, engine, search, walk

from .asking import DE, EN
from .shelf import Shelf, leaning


def walked(
    request: SearchRequest, scope: SearchScope = EN, between: Callable[[], None] = lambda: None
) -> list[Hit]:
    """All hits of a walk; `between` is called before each further page."""
    answer = walk(request, scope)
    found = list(answer.hits)
    while answer.next:
        between()
        answer = walk(request, scope, answer.next)
        found += answer.hits
    return found


def many(shelf: Shelf, count: int = 30) -> list[Product]:
    made = [
        shelf.product(
            f"Mug {number}", popularity=number % 4, price=number % 7, description="mug " * (number % 3)
        )
        for number in range(count)
    ]
    shelf.count_words()
    return made


@pytest.mark.parametrize("sort", ["", "-price"])
@pytest.mark.parametrize("q", ["", "mug"])
def test_a_walk_is_the_pages_one_after_the_other(shelf: Shelf, q: str, sort: str) -> None:
    made = many(shelf)
    shelf.product("Mug 3 in white", parent=made[3])
    request = SearchRequest(q, sort=sort, per_page=7)
    paged = [
        hit
        for page in range(1, 6)
        for hit in search(SearchRequest(q, sort=sort, page=page, per_page=7), EN).hits
    ]
    found = walked(request)
    assert [(hit.key, hit.score) for hit in found] == [(hit.key, hit.score) for hit in paged]
    assert len(found) == 30


def test_totals_and_places_are_those_of_the_beginning(shelf: Shelf) -> None:
    made = many(shelf)
    request = SearchRequest("mug", per_page=10)
    first = walk(request, EN)
    made[0].delete()
    second = walk(request, EN, first.next)
    assert (first.total, first.relation, first.page) == (30, "eq", 1)
    assert (second.total, second.relation, second.page, second.pages) == (30, "eq", 2, 3)
    assert {facet.name for facet in first.facets} >= {"price"}
    assert second.facets == ()
    assert walk(request, EN, first.next).hits == second.hits, "a page can be asked for again"


def test_results_of_one_page_need_no_list(shelf: Shelf) -> None:
    many(shelf, 3)
    answer = walk(SearchRequest("mug", per_page=3), EN)
    assert (len(answer.hits), answer.next) == (3, "")
    assert not Cursor.objects.exists()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("q", ["", "mug"])
def test_walking_while_the_shop_is_written_to(shelf: Shelf, q: str, seed: int) -> None:
    """Between any two pages products are bought, renamed, hidden, deleted, made, and become variants' best."""
    draw = random.Random(seed)
    made = many(shelf)
    for parent in made[:6]:
        made.append(shelf.product(f"{parent.name} in white", parent=parent, popularity=draw.randrange(9)))
    there = {product.pk for product in made}
    parents = {product.pk: product.parent_id or product.pk for product in made}

    def write() -> None:
        for _ in range(4):
            what, product = draw.randrange(5), draw.choice(made)
            if what == 0 and product.pk in there and product.parent_id:
                Product.objects.filter(pk=product.pk).delete()
                there.discard(product.pk)
            elif what == 1:
                Product.objects.filter(pk=product.pk).update(published=False)
                there.discard(product.pk)
            elif what == 2:
                Product.objects.filter(pk=product.pk).update(
                    popularity=draw.randrange(99), price=draw.randrange(99)
                )
            elif what == 3:
                shelf.product(f"Mug new {draw.random()}", popularity=1000)
            else:
                shelf.count_words()

    found = walked(SearchRequest(q, per_page=4), EN, write)
    keys = [hit.key for hit in found]
    groups = [parents[key] for key in keys]
    assert len(set(groups)) == len(groups), "nothing comes twice"
    assert {parents[key] for key in there} <= set(groups), "nothing is passed over that was there throughout"


def test_what_is_hidden_meanwhile_is_left_out_and_its_variant_shown(shelf: Shelf) -> None:
    shelf.encoder.texts["mug"] = leaning(0, 1.0)
    for number in range(2):
        shelf.product(f"Mug {number}", pictures={f"{number}": leaning(0, 0.9)})
    hidden = shelf.product("Mug in red", pictures={"red": leaning(0, 0.7)})
    white = shelf.product("White mug for a long winter", parent=hidden)
    gone = shelf.product("Mug with a crack and much else", pictures={"crack": leaning(0, 0.1)})
    shelf.count_words()
    request = SearchRequest("mug", per_page=2)
    answer = walk(request, EN)
    expected = walk(request, EN, answer.next).hits
    assert [(hit.key, hit.picture) for hit in expected] == [(hidden.pk, "red"), (gone.pk, "crack")]
    Product.objects.filter(pk__in=(hidden.pk, gone.pk)).update(published=False)
    after = walk(request, EN, answer.next)
    assert [(hit.key, hit.picture) for hit in after.hits] == [(white.pk, None)]
    assert after.hits[0].card == {"title": "White mug for a long winter"}


@pytest.mark.django_db(transaction=True)
def test_walking_beside_a_writer(shelf_factory: Any, transactional_db: None) -> None:
    """As above, with a thread that never stops writing."""
    shelf = shelf_factory()
    made = many(shelf, 60)
    kept = {product.pk for product in made[::2]}
    stop = threading.Event()
    wrote = 0

    def write() -> None:
        nonlocal wrote
        draw = random.Random(1)
        while not stop.is_set():
            product = draw.choice(made)
            Product.objects.filter(pk=product.pk).update(
                popularity=draw.randrange(99), price=draw.randrange(99)
            )
            if product.pk not in kept:
                Product.objects.filter(pk=product.pk).update(published=bool(draw.randrange(2)))
            wrote += 1
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for q in ("", "mug"):
            for _ in range(3):
                keys = [hit.key for hit in walked(SearchRequest(q, per_page=4))]
                assert len(keys) == len(set(keys))
                assert kept <= set(keys)
    finally:
        stop.set()
        writer.join()
    assert wrote > 20


def test_it_belongs_to_one_request_of_one_scope(shelf: Shelf) -> None:
    many(shelf)
    request = SearchRequest("mug", per_page=5)
    answer = walk(request, EN)
    somebody = get_user_model().objects.create_user("somebody")
    others: list[tuple[SearchRequest, SearchScope]] = [
        (request, DE),
        (request, SearchScope(language="en", user=somebody)),
        (request, SearchScope(language="en", currency="USD")),
        (request, SearchScope(language="en", channel="outlet")),
        (request, SearchScope(language="en", key="k")),
        (SearchRequest("mugs"), EN),
        (SearchRequest("mug", filters={"price": ("1..",)}), EN),
        (SearchRequest("mug", sort="price"), EN),
        (SearchRequest("mug", spelling=False), EN),
        (SearchRequest("mug", plain=("price",)), EN),
        (SearchRequest("mug", picture=Image.new("RGB", (2, 2), "red")), EN),
    ]
    for other, scope in others:
        with pytest.raises(InvalidRequest) as refused:
            walk(other, scope, answer.next)
        assert refused.value.code == "foreign_cursor"
    same = SearchRequest("mug", per_page=3, facets=(), highlight=True)
    assert [hit.key for hit in walk(same, EN, answer.next).hits] == [
        hit.key for hit in search(SearchRequest("mug", per_page=100), EN).hits[5:8]
    ]


def test_pictures_are_told_apart(shelf: Shelf) -> None:
    red, blue = (Image.new("RGB", (2, 2), colour) for colour in ("red", "blue"))
    for number in range(3):
        shelf.product(f"Mug {number}", pictures={f"{number}": leaning(0, 0.9)})
    shelf.encoder.pictures[(255, 0, 0)] = shelf.encoder.pictures[(0, 0, 255)] = leaning(0, 1.0)
    answer = walk(SearchRequest(picture=red, per_page=2), EN)
    assert len(walk(SearchRequest(picture=red.copy(), per_page=2), EN, answer.next).hits) == 1
    with pytest.raises(InvalidRequest):
        walk(SearchRequest(picture=blue, per_page=2), EN, answer.next)


def test_tampered_or_made_up(shelf: Shelf) -> None:
    many(shelf)
    request = SearchRequest("mug", per_page=5)
    genuine = walk(request, EN).next
    name, _, rest = genuine.partition(".")
    tampered = [
        f"{name}.9{rest}",
        genuine[:-1],
        f"x{genuine}",
        name,
        "new2",
        "1",
        ":",
        "\ud800",
        Signer().sign(f"{name}.5"),
        "ü" * 50,
    ]
    for wrong in tampered:
        with pytest.raises(InvalidRequest) as refused:
            walk(request, EN, wrong)
        assert refused.value.code == "bad_cursor", wrong
    with pytest.raises(InvalidRequest, match="exclude each other"):
        walk(SearchRequest("mug", page=2), EN, genuine)


def test_it_expires_and_is_swept_away(shelf: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "CURSOR_MINUTES": 2}
    many(shelf)
    request = SearchRequest("mug", per_page=5)
    answer = walk(request, EN)
    assert timedelta(seconds=100) < Cursor.objects.get().expires_at - timezone.now() < timedelta(seconds=130)
    assert sweep.drop_expired("default") == 0
    Cursor.objects.update(expires_at=Now())
    with pytest.raises(ExpiredCursor, match="kept for 2 minutes"):
        walk(request, EN, answer.next)
    assert sweep.drop_expired("default") == 1
    with pytest.raises(ExpiredCursor):
        walk(request, EN, answer.next)


def test_the_oldest_make_room(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    many(shelf)
    monkeypatch.setattr(cursor, "MOST_KEPT", 70)
    request = SearchRequest("mug", per_page=5)
    first, second, third = (walk(request, EN) for _ in range(3))
    assert walk(request, EN, third.next).hits
    assert walk(request, EN, second.next).hits
    with pytest.raises(ExpiredCursor):
        walk(request, EN, first.next)


@pytest.mark.parametrize("q", ["", "mug"])
def test_the_end_of_a_very_long_list_is_said(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, q: str) -> None:
    many(shelf)
    for module in (engine, cursor):
        monkeypatch.setattr(module, "MOST_WALKED", 12)
    request = SearchRequest(q, per_page=5)
    answer = walk(request, EN)
    assert answer.total == 30
    assert any(notice.startswith("walk-cut") for notice in answer.notices)
    assert len(walked(request)) == 12
