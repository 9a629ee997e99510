"""Addresses that can be shared, Back and Forward, numbered and endless pages."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PATH, PHONE, box, titles


@pytest.mark.usefixtures("many")
def test_pages_are_turned_and_back_goes_back_to_where_one_was(open_box, shop):
    for width in (PHONE, DESKTOP):
        page = open_box("?filter.price=100..&utm_source=mail", width=width, per_page="12")
        expect(page.get_by_text("30 products").first).to_be_visible()
        first = titles(page)
        assert len(first) == 12
        page.get_by_role("link", name="Next").scroll_into_view_if_needed()
        scrolled = page.evaluate("scrollY")
        assert scrolled > 100
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("link", name="Page 2")).to_have_attribute("aria-current", "page")
        assert page.url == f"{shop}{PATH}?filter.price=100..&page=2"
        assert page.evaluate("scrollY") < scrolled
        assert not set(first) & set(titles(page))
        box(page).fill("thing 7")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Results for “thing 7”")).to_be_visible()

        page.context.set_offline(True)  # what was shown lately is shown again without asking
        page.go_back()
        expect(page.get_by_role("link", name="Page 2")).to_have_attribute("aria-current", "page")
        page.go_back()
        expect(page.get_by_role("link", name="Page 1")).to_have_attribute("aria-current", "page")
        assert titles(page) == first
        page.wait_for_function("(was) => Math.abs(scrollY - was) < 40", arg=scrolled)
        page.go_forward()
        expect(page.get_by_role("link", name="Page 2")).to_have_attribute("aria-current", "page")
        page.go_forward()
        expect(box(page)).to_have_value("thing 7")
        page.context.set_offline(False)
        page.reload()
        expect(page.get_by_role("heading", name="Results for “thing 7”")).to_be_visible()
        page.goto(f"{shop}{PATH}?filter.price=100..&page=9")
        expect(page.get_by_role("link", name="Page 3")).to_have_attribute("aria-current", "page")
        page.close()


@pytest.mark.usefixtures("many")
def test_endless_pages_go_on_by_scrolling_or_by_a_button(open_box, shop):
    page = open_box("?filter.price=100..", paging="infinite", per_page="12")
    hits = page.locator("product-search .hits > li")
    expect(hits).to_have_count(12)
    panels = page.locator("product-search .panels")
    shown, asked = panels.inner_text(), []
    page.on("request", lambda request: asked.append(request.url) if "/v1/search?" in request.url else None)
    page.get_by_role("button", name="Show more").scroll_into_view_if_needed()
    expect(hits).to_have_count(24)
    page.wait_for_url("**page=2")
    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(hits).to_have_count(30)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    assert len(set(titles(page))) == 30
    assert [parse_qs(urlsplit(url).query, keep_blank_values=True)["facets"] for url in asked] == [[""], [""]]
    assert panels.inner_text() == shown, "facets are counted once"
    page.wait_for_url("**page=3")

    page.reload()
    expect(hits).to_have_count(6)
    page.get_by_role("link", name="Show what comes before").click()
    page.wait_for_url("**page=2")


def test_a_page_keeps_its_address_where_it_wants_to(open_box, shop):
    page = open_box(history="off")
    box(page).fill("plate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “plate”")).to_be_visible()
    assert page.url == f"{shop}{PATH}"
