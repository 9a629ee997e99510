from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.pictures import picture_bytes

PICTURE = {"name": "mine.png", "mimeType": "image/png", "buffer": picture_bytes("red", side=200)}


def titles(page: Page) -> list[str]:
    return page.locator(".tile-title").all_inner_texts()


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def page(request, new_page) -> Page:
    return new_page(javascript=request.param)


def test_words_a_picture_and_both_in_one_form(page, shop):
    page.goto(shop)
    assert len(titles(page)) == 3

    page.get_by_label("What are you looking for?").fill("blue mug")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “blue mug”")
    assert titles(page)[0] == "Blue Mug"

    page.get_by_label("What are you looking for?").fill("")
    page.get_by_label("Picture", exact=True).set_input_files(PICTURE)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    assert "picture=" in page.url

    page.get_by_label("What are you looking for?").fill("red mug")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “red mug”")
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    assert {"picture", "q"} <= set(re.findall(r"[?&](\w+)=", page.url))

    page.get_by_role("link", name="Your picture").click()
    expect(page.get_by_alt_text("The picture you search with")).to_have_count(0)
    assert titles(page)[0] == "Red Mug"


def test_facets_and_chips(page, shop):
    page.goto(shop)
    filters = page.get_by_label("Filters")

    filters.get_by_role("link", name="Kitchen").click()
    filters.get_by_role("link", name="Plates").click()
    assert titles(page) == ["Plate"]
    page.get_by_role("link", name="Category: Plates").click()
    assert len(titles(page)) == 3

    filters.get_by_label("from").fill("10")
    filters.get_by_label("to").fill("13")
    filters.get_by_role("button", name="Apply").click()
    assert titles(page) == ["Blue Mug"]
    expect(page.get_by_role("status")).to_have_text("1 product")


def test_the_product_page_leads_to_variants_and_likes(page, shop):
    page.goto(f"{shop}/?q=red+mug")
    page.get_by_role("link", name="Red Mug").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Red Mug")
    expect(page.get_by_text("€14.50")).to_be_visible()
    page.get_by_role("link", name="Green Mug").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Green Mug")


def test_the_language_changes(page, shop):
    page.goto(shop)
    page.get_by_role("button", name="Deutsch").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Alle Produkte")
    assert "Teller" in titles(page)


def test_a_file_that_is_no_picture_is_explained(page, shop):
    page.goto(shop)
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "picture.jpg", "mimeType": "image/jpeg", "buffer": b"text"}
    )
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_role("alert")).to_contain_text("no picture")


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen_or_moves(new_page, shop, width):
    page = new_page(width=width)
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.moved += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    for path in ("/", "/?q=mug", "/?q=mug&page=9"):
        page.goto(shop + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("window.moved") < 0.05


def test_every_control_is_reached_by_tab_with_its_focus_seen(new_page, shop):
    page = new_page()
    page.goto(shop)
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')]"
        ".filter(e => e.checkVisibility()).length"
    )
    seen = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e), a = getComputedStyle(e, '::after');"
            "return [e.outerHTML.slice(0, 200), s.outlineStyle != 'none' || a.outlineStyle != 'none'] })()"
        )
        if focus[0].startswith("<body"):
            break
        assert focus[1], f"no visible focus on {focus[0]}"
        seen.add(focus[0])
    assert len(seen) >= wanted - 1
