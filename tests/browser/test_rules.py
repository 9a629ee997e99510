"""Rules in the admin by keyboard: a category's page arranged, a rule written; axe and the policy find nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from product_search.merchandising import changing
from product_search.merchandising.reading import read
from product_search.models import Rule

from .signing_in import signed_in
from .test_admin import keep, violations


@pytest.fixture
def desk(settings: Any, shop: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens a page of the rules, `desk("add/", width=820)`, as somebody who may do everything there."""
    settings.MIDDLEWARE = ["tests.browser.test_admin.strict", *django_settings.MIDDLEWARE]
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("ann"))

    def open_page(where: str = "", **options: Any) -> Page:
        page = signed_in(new_page, shop, client, **options)
        page.goto(f"{shop}/admin/product_search/rule/{where}")
        return page

    return open_page


def titles(page: Page) -> list[str]:
    return [
        text.strip() for text in page.locator(".ps-arranged .ps-card > p:nth-of-type(2)").all_inner_texts()
    ]


def test_a_category_page_is_arranged_by_keyboard(desk: Any, shop: str) -> None:
    page = desk()
    page.get_by_label("Arrange a category’s page").select_option("category:kitchen/mugs")
    page.get_by_role("button", name="Arrange").press("Enter")
    before = titles(page)
    assert len(before) == 2
    last = page.get_by_role("button", name=f"{before[1]} to the top")
    last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ps-said")).to_have_text(f"{before[1]} is number 1 now.")
    expect(last).to_be_focused()
    assert titles(page) == before[::-1]
    page.get_by_role("button", name="Save and publish").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("The page is published in this order.")
    assert titles(page) == before[::-1]
    page.goto(f"{shop}/products/kitchen/mugs/")
    shown = page.locator(".tile-title").all_inner_texts()
    assert shown == before[::-1]


def test_it_is_arranged_by_dragging_and_without_its_script(desk: Any) -> None:
    where = "arrange/?facet=category&value=kitchen/mugs"
    page = desk(where)
    before = titles(page)
    cards = page.locator(".ps-arranged .ps-card")
    cards.nth(1).drag_to(cards.nth(0))
    expect(page.locator("#ps-said")).to_have_text(f"{before[1]} is number 1 now.")
    assert titles(page) == before[::-1]
    bare = desk(where, javascript=False)
    bare.get_by_role("button", name=f"{before[0]} one place later").click()
    assert titles(bare) == before[::-1]
    assert Rule.objects.get().state == "draft"


def test_a_rule_is_written_by_keyboard(desk: Any) -> None:
    page = desk("add/")
    page.get_by_label("Name:").fill("Plates beside mugs")
    page.get_by_label("The query").select_option("contains")
    page.get_by_label("Words:", exact=True).first.fill("mug")
    page.get_by_label("What to do").select_option("pin")
    expect(page.get_by_label("Address:", exact=True)).to_be_hidden()
    find = page.get_by_label("Find products")
    find.fill("plate")
    find.press("Enter")
    page.get_by_role("checkbox", name="add").press("Space")
    page.get_by_role("button", name="Save and publish").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("“Plates beside mugs” is live.")
    page.get_by_role("navigation", name="Breadcrumbs").or_(page.locator(".breadcrumbs")).first.get_by_role(
        "link", name="Rules"
    ).click()
    expect(page.locator("#result_list")).to_contain_text("the query contains “mug”")
    expect(page.locator("#result_list")).to_contain_text("pins 1 product from place 1")


@pytest.mark.parametrize("width", [1280, 820])
def test_axe_and_the_policy_find_nothing(desk: Any, width: int) -> None:
    action = {"do": "hide", "which": {"filters": {"in_stock": ["false"]}}}
    rule = changing.publish(changing.save_draft("Hide what is gone", read({"actions": [action]})))
    for where in ("", f"{rule.pk}/change/", "arrange/?facet=category&value=kitchen/mugs"):
        page = desk(where, width=width)
        name = re.sub(r"\W+", "-", where) or "list"
        keep(page, f"rules-{name}-{width}")
        assert violations(page) == [], where
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, where
