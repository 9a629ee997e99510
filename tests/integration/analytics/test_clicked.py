"""Clicks on products, corrected for where they stood; held against the same sums in Python."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search.analytics import days
from product_search.analytics.clicked import ENOUGH, clicked_products
from product_search.analytics.reports import Choice
from product_search.models import DailyProduct, DailySearches

pytestmark = pytest.mark.django_db
TODAY = days.today()


def shown(
    product: int, position: int, times: int, clicks: int, *, days_ago: int = 0, language: str = "en"
) -> None:
    DailyProduct.objects.create(
        day=TODAY - timedelta(days=days_ago),
        language=language,
        query=f"q{product % 3}",
        product=product,
        position=position,
        shown=times,
        clicks=clicks,
    )


def of(end: Any, **choice: Any) -> list[Any]:
    return clicked_products(Choice(TODAY - timedelta(days=6), TODAY, **choice), end, using="default")


def test_what_stands_low_is_held_against_how_seldom_it_is_looked_at() -> None:
    shown(1, 1, 1000, 200)
    shown(2, 16, 1000, 100)  # a quarter of the looks that the top has
    shown(3, 1, 1000, 40)
    shown(4, 1, 5, 5)  # too few to tell
    shown(5, 1, 1000, 900, days_ago=7)
    most, least = of("most"), of("least")
    assert [row.product for row in most] == [2, 1]
    assert [row.product for row in least] == [3]
    assert most[0].raw_rate < most[1].raw_rate
    assert most[0].looks == pytest.approx(250)


def test_rates_are_those_of_a_recount() -> None:
    draw = np.random.default_rng(4)
    rows = [
        (int(p), int(at), int(n), int(draw.binomial(n, 0.1)))
        for p in range(1, 9)
        for at, n in zip(
            draw.choice(np.arange(1, 300), 4, replace=False), draw.integers(20, 200, 4), strict=True
        )
    ]
    for row in rows:
        shown(*row)
    looks = {p: sum(n * min(at, 200) ** -0.5 for q, at, n, _ in rows if q == p) for p in range(1, 9)}
    clicks = {p: sum(c for q, _, _, c in rows if q == p) for p in range(1, 9)}
    usual = sum(clicks.values()) / sum(looks.values())
    expected = {p: (clicks[p] + ENOUGH * usual) / (looks[p] + ENOUGH) for p in looks if looks[p] >= ENOUGH}
    found = {row.product: row.rate for row in of("most") + of("least")}
    assert found == pytest.approx(expected)


def test_a_language_counts_alone() -> None:
    shown(1, 1, 100, 50)
    shown(2, 1, 100, 10)
    shown(2, 1, 100, 90, language="de")
    assert [row.product for row in of("most", language="en")] == [1]


def test_nothing_shown_is_nothing_listed() -> None:
    assert of("most") == of("least") == []


def test_the_page_shows_them_with_names_and_for_whom_it_is(client: Client) -> None:
    mug = Product.objects.create(sku="A", name="Red mug", price=1, currency="EUR")
    shown(mug.pk, 9, 1000, 300)
    shown(mug.pk + 1, 1, 1000, 100)  # gone from the shop
    page = reverse("admin:product_search_dailysearches_products")
    client.force_login(get_user_model().objects.create_user("ada", is_staff=True))
    assert client.get(page).status_code == 403
    client.force_login(get_user_model().objects.create_superuser("merchant"))
    answer = client.get(page, {"days": "7"})
    assert answer.status_code == 200
    assert "Red mug" in answer.text
    assert f">{mug.pk + 1}<" in answer.text
    assert "is assumed" in answer.text
    DailySearches.objects.create(day=TODAY, language="en", kind="words", searches=1)
    assert page in client.get(reverse("admin:product_search_dailysearches_changelist")).text


def test_its_lists_can_be_exported(admin_client: Client) -> None:
    mug = Product.objects.create(sku="A", name="=Red mug", price=1, currency="EUR")
    shown(mug.pk, 9, 1000, 300)
    shown(mug.pk + 1, 1, 1000, 100)  # gone from the shop
    page = reverse("admin:product_search_dailysearches_products")
    links = re.findall(r'href="([^"]+what=[^"]+)"', admin_client.get(page, {"days": "7"}).text)
    most, least = (
        [*csv.DictReader(io.StringIO(admin_client.get(link).text))] for link in map(unescape, links)
    )
    assert [(row["product"], row["name"], row["clicks"]) for row in most] == [
        (str(mug.pk), "'=Red mug (A)", "300")
    ]
    assert [(row["product"], row["name"], row["clicks"]) for row in least] == [(str(mug.pk + 1), "", "100")]
    assert float(most[0]["times"]) > 1 > float(least[0]["times"])
