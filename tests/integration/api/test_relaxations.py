"""An empty answer over HTTP says which filters to leave out, and asking so gives what it promised."""

from __future__ import annotations

import pytest

from catalog.models import Product

from .conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("q", "filters", "ways"),
    [
        ("", "filter.category=kitchen/mugs&filter.price=25..40", {("category",): 4, ("price",): 4}),
        ("mug under 2", "filter.in_stock=true", {("price",): 2}),
        ("under 2", "filter.category=nowhere", {("price", "category"): 8}),
        ("bowl", "", {}),
    ],
)
def test_what_to_leave_out(
    get: Ask, shop: list[Product], q: str, filters: str, ways: dict[tuple[str, ...], int]
) -> None:
    found = get("search", f"q={q.replace(' ', '+')}&{filters}").json()
    if not ways:
        assert found["relaxations"] == []
        return
    assert found["total"] == 0
    assert {tuple(way["facets"]): way["total"] for way in found["relaxations"]} == ways
    for way in found["relaxations"]:
        kept = [each for each in filters.split("&") if each.split("=")[0][7:] not in way["facets"]]
        asked = [f"q={way['q'].replace(' ', '+')}", *(f"plain={each}" for each in way["plain"]), *kept]
        assert get("search", "&".join(asked)).json()["total"] == way["total"]
