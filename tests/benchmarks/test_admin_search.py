"""The admin's product search against the stock admin's `icontains` over the same columns: in pairs, within one run."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory

from catalog.models import Product
from product_search.admin import SearchAdminMixin
from product_search.documents import SearchScope
from product_search.retrieval import rank
from tests.acceptance import reports

from .shelf import SEED, stock

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = 15
#: What the median ratio of pairs may be above 1 by noise alone, where both take the same time.
NOISE = 1.05
#: From the most frequent word to a SKU and to words that nothing has.
QUERIES = (
    "mug",
    "red mug",
    "steel plate",
    "becher stahl",
    "balomi",
    "SKU-000777",
    "linen pillow qwertz",
    "qwertz",
)


class StockAdmin(admin.ModelAdmin):
    """What a shop has without the plugin."""

    list_display = ("name", "sku", "price")
    search_fields = ("sku", "name", "name_de")


class OurAdmin(SearchAdminMixin, StockAdmin):
    """The same with the mixin."""


def milliseconds(page: type[admin.ModelAdmin], words: str, user: Any) -> tuple[float, Any]:
    """The time of one list, its counts and its first page, without rendering; and the list."""
    request = RequestFactory().get("/", {"q": words})
    request.user = user
    begun = time.perf_counter()
    listed = page(Product, admin.site).get_changelist_instance(request)
    list(listed.result_list)
    return (time.perf_counter() - begun) * 1000, listed


def measure(products: int, pairs: int, tmp_path: Path, settings: Any) -> dict[str, dict[str, float]]:
    """Of each query: milliseconds of both (medians), the median ratio of the pairs, and how many they found."""
    settings.MEDIA_ROOT = str(tmp_path)
    stock(products)
    call_command("index", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    user = get_user_model().objects.create_superuser("ada")
    found = {}
    for words in QUERIES:
        rank(
            Product.objects.all(), SearchScope(language="en"), words=words
        )  # encodes the words: its time is apart
        times = []
        for pair in range(pairs):  # each is the first of every other pair
            first, second = (OurAdmin, StockAdmin) if pair % 2 else (StockAdmin, OurAdmin)
            taken = {page: milliseconds(page, words, user) for page in (first, second)}
            times.append((taken[OurAdmin], taken[StockAdmin]))
        (_, ours), (_, plain) = times[0]
        missed = set(plain.queryset.values_list("pk", flat=True)) - set(
            ours.queryset.values_list("pk", flat=True)
        )
        found[words] = {
            "ours_ms": round(statistics.median(ours for (ours, _), _ in times), 1),
            "stock_ms": round(statistics.median(plain for _, (plain, _) in times), 1),
            "ratio": round(statistics.median(ours / plain for (ours, _), (plain, _) in times), 3),
            "ours_found": ours.result_count,
            "stock_found": plain.result_count,
            "missed": len(missed),
        }
    return found


@pytest.mark.acceptance_size(name="admin-search")
def test_faster_than_icontains(tmp_path: Path, settings: Any) -> None:
    asked = reports.asked("admin-search")
    found = measure(int(asked["products"]), PAIRS, tmp_path, settings)
    ratio = statistics.median(each["ratio"] for each in found.values())
    reports.write_report(
        "admin-search",
        sizes={"products": Product.objects.count(), "queries": len(QUERIES), "pairs": PAIRS},
        seeds={"products": SEED},
        result={
            "median_ratio": ratio,
            "highest_ratio": max(each["ratio"] for each in found.values()),
            "queries": found,
        },
    )
    assert sum(each["missed"] for each in found.values()) == 0
    assert ratio < 1, found
    slower = {words: each["ratio"] for words, each in found.items() if each["ratio"] > NOISE}
    assert not slower, "no word is slower than Django's own search"


def test_both_find_the_same_words(tmp_path: Path, settings: Any) -> None:
    found = measure(100, 1, tmp_path, settings)
    for words, each in found.items():
        assert each["missed"] == 0, words
        assert each["ours_found"] >= each["stock_found"], words
    assert found["mug"]["stock_found"] > 10, "there is something to find"
