"""From a query without results to a synonym, its preview, the shop, and back; and the pages of a rule's preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from product_search.evaluation import desk as judgements
from product_search.merchandising.changing import save_draft
from product_search.merchandising.content import Content, Synonym
from product_search.models import JudgedQuery, Rule
from tests.searched import add_searches

from .signing_in import signed_in
from .test_admin import keep, violations


@pytest.fixture
def desk(settings: Any, shop: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens pages of the admin, `desk("rulechange/", width=820)`, as somebody who may do everything."""
    settings.MIDDLEWARE = ["tests.browser.test_admin.strict", *django_settings.MIDDLEWARE]
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("ann"))

    def open_page(address: str, **options: Any) -> Page:
        page = signed_in(new_page, shop, client, **options)
        page.goto(f"{shop}/admin/product_search/{address}")
        return page

    return open_page


@pytest.fixture
def beakers(shop: str) -> Rule:
    """The draft of a synonym for a word that finds nothing."""
    return save_draft("Beakers", Content(actions=(Synonym(("beaker",), ("mug",)),)), who="ann")


@pytest.fixture
def searched(shop: str) -> None:
    """Three shoppers looked for beakers and found nothing; others found lamps."""
    add_searches([("beaker", 0)] * 3 + [("lamp", 5)] * 9)


def test_from_a_query_without_results_to_a_synonym_and_back(desk: Any, shop: str, searched: None) -> None:
    page = desk("dailysearches/", width=820)
    without = page.get_by_role("region", name="Without results")
    without.get_by_role("link", name="Make a synonym: beaker").click()
    page.get_by_label("Mean the same as").fill("mug")
    page.get_by_role("button", name="Save the draft and preview it").click()

    sample = page.get_by_role("region", name="“beaker”")
    expect(sample.get_by_role("group", name="Now: 0 products")).to_contain_text("Nothing is found.")
    expect(sample.get_by_role("group", name="After")).to_contain_text("Red Mug")
    touched = page.get_by_role("region", name="Who would notice")
    expect(touched).to_contain_text("Of 12 searches in the last 30 days it touches 3 (25.0%).")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".messagelist")).to_contain_text("“beaker” is live.")
    expect(page.locator(".ps-difference ins").first).to_be_visible()
    undo = page.url

    page.goto(f"{shop}/products/?q=beaker")
    expect(page.get_by_role("main")).to_contain_text("Results for “beaker”")
    expect(page.get_by_text("Nothing found")).to_have_count(0)
    page.goto(undo)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".messagelist")).to_contain_text("is as it was before")
    page.goto(f"{shop}/products/?q=beaker")
    expect(page.get_by_text("Nothing found")).to_be_visible()


def test_pages_fit_and_axe_and_the_policy_find_nothing(desk: Any, shop: str, beakers: Rule) -> None:
    judgements.judge(judgements.Judging("beaker", "en"), 1, 3)
    assert JudgedQuery.objects.exists()
    found: list[str] = []
    page = desk("rulechange/")
    for name in ("history", "change", "preview"):
        if name == "change":
            page.locator("th.field-what a, td.field-what a").first.click()
        elif name == "preview":
            page.goto(f"{shop}/admin/product_search/rulechange/{beakers.pk}/preview/?q=red+mug")
        for width in (820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            found.extend([f"{name} is {wide} px wide"] * (wide > width))
            keep(page, f"rule-{name}-{width}")
        found.extend(violations(page))
    assert "\n".join(found) == ""
