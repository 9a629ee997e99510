"""Searches by picture in clusters, held against what each search was made to be about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from product_search.analytics import days, pictured
from product_search.analytics.pictured import clustered, picture_searches
from product_search.analytics.reports import Choice
from product_search.models import DailySearches, SearchEvent, ShopperEvent

from ..retrieval.conftest import shelf, shelf_factory
from ..retrieval.shelf import Shelf, leaning

__all__ = ["shelf", "shelf_factory"]  # fixtures

pytestmark = pytest.mark.django_db
NOW = days.now()


def kinds(shop: Shelf, each: int = 3) -> dict[str, list[int]]:
    """Keys of products of three looks."""
    return {
        kind: [
            shop.product(f"{kind} {number}", pictures={"a.png": leaning(axis, 0.9 + number / 100)}).pk
            for number in range(each)
        ]
        for axis, kind in enumerate(("mug", "lamp", "shoe"))
    }


def searched(
    shown: list[int], *, kind: str = "picture", at: datetime = NOW, page: int = 1, language: str = "en"
) -> UUID:
    return SearchEvent.objects.create(
        search_id=uuid4(), at=at, language=language, kind=kind, page=page, total=len(shown), shown=shown
    ).search_id


def clicked(search: UUID, product: int) -> None:
    ShopperEvent.objects.create(at=NOW, kind="click", product=product, search_id=search)


def of(**choice: Any) -> pictured.PictureSearches:
    today = days.today()
    return picture_searches(Choice(today - timedelta(days=6), today, **choice), using="default")


def test_each_cluster_is_of_one_look_with_its_searches_clicks_and_products(shelf: Shelf) -> None:
    by_kind = kinds(shelf)
    for kind, times in (("mug", 9), ("lamp", 6), ("shoe", 3)):
        for turn in range(times):
            search = searched(by_kind[kind][turn % 2 :], kind="both" if turn % 2 else "picture")
            if turn < 2:
                clicked(search, by_kind[kind][1])
                clicked(search, by_kind[kind][2])  # twice on one search
    found = of()
    assert (found.searches, found.empty, found.is_cut) == (18, 0, False)
    assert [(each.searches, each.clicked) for each in found.clusters] == [(9, 2), (6, 2), (3, 2)]
    for kind, cluster in zip(by_kind, found.clusters, strict=True):
        assert set(cluster.products) == set(by_kind[kind])
        assert cluster.products[0] != by_kind[kind][0], "that one did not stand first in each of them"


def test_other_searches_days_pages_and_languages_do_not_count(shelf: Shelf) -> None:
    mugs = kinds(shelf)["mug"]
    searched(mugs)
    searched([], language="de")
    searched(mugs, kind="words")
    searched(mugs, page=2)
    searched(mugs, at=NOW - timedelta(days=7))
    assert [(each.searches, each.empty) for each in (of(), of(language="de"))] == [(2, 1), (1, 1)]
    assert [each.searches for each in of().clusters] == [1]
    assert of(channel="app") == pictured.PictureSearches(0, 0, [])


def test_the_latest_are_looked_at_and_what_has_no_vector_is_in_no_cluster(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictured, "MOST_SEARCHES", 3)
    by_kind = kinds(shelf)
    bare = shelf.product("Bare").pk
    searched(by_kind["lamp"])
    searched(by_kind["mug"])
    searched([bare])
    searched(by_kind["mug"])
    found = of()
    assert found.is_cut
    assert found.empty == 0
    assert sum(each.searches for each in found.clusters) == 2
    assert {key for each in found.clusters for key in each.products} == set(by_kind["mug"])


def test_clusters_are_those_that_were_made_whatever_the_order() -> None:
    draw = np.random.default_rng(3)
    centres = np.eye(5, 16, dtype=np.float32)
    made = np.repeat(np.arange(5), 40)
    for _ in range(5):
        order = draw.permutation(len(made))
        vectors = centres[made[order]] + draw.normal(0, 0.1, (len(made), 16)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        own = clustered(vectors, 5)
        pairs = set(zip(own.tolist(), made[order].tolist(), strict=True))
        assert len(pairs) == 5


def test_one_cluster_leaves_the_vectors_as_they_are() -> None:
    vectors = np.eye(2, 4, dtype=np.float32)
    assert clustered(vectors, 1).tolist() == [0, 0]
    assert (vectors == np.eye(2, 4)).all()


def test_the_page_shows_products_for_whom_it_is(client: Client, shelf: Shelf) -> None:
    by_kind = kinds(shelf)
    gone = shelf.product("Gone lamp", pictures={"a.png": leaning(1, 0.95)})
    for shown in (by_kind["mug"], by_kind["mug"], [gone.pk], []):
        searched(shown)
    gone.delete()
    page = reverse("admin:product_search_dailysearches_pictures")
    client.force_login(get_user_model().objects.create_user("ada", is_staff=True))
    assert client.get(page).status_code == 403
    client.force_login(get_user_model().objects.create_superuser("merchant"))
    answer = client.get(page, {"days": "7"})
    assert answer.status_code == 200
    assert "Searches: 4, 1 of them without results." in answer.text
    assert "mug 1" in answer.text
    assert "Gone lamp" not in answer.text
    assert "50.0 %" in answer.text
    DailySearches.objects.create(day=days.today(), language="en", kind="picture", searches=4)
    assert page in client.get(reverse("admin:product_search_dailysearches_changelist")).text


def test_nobody_searched() -> None:
    assert of() == pictured.PictureSearches(0, 0, [])
