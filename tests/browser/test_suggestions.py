"""The search box offers what one may mean: by keyboard, by mouse, aloud, and not at all without JavaScript."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from catalog.models import Product
from product_search.models import Completion

from .test_storefront import PICTURE, heading, titles

WIDTHS = (390, 1440)


@pytest.fixture
def page(new_page, shop) -> Page:
    """The page of all products, with two searches that others made."""
    for query, sessions in (("red mug", 9), ("blue mug", 8)):
        Completion.objects.create(query=query, language="en", sessions=sessions)
    page = new_page()
    page.goto(f"{shop}/products/")
    page.evaluate("window.mark = true")
    return page


def box(page: Page):
    return page.get_by_label("What are you looking for?")


def options(page: Page):
    return page.get_by_role("option")


def active(page: Page) -> str:
    """The text of the option that a screen reader is told of; empty for none."""
    return str(
        box(page).evaluate(
            """(box) => {
                const option = document.getElementById(box.getAttribute("aria-activedescendant"));
                const selected = [...document.querySelectorAll("[role=option][aria-selected=true]")];
                if (selected.length !== (option ? 1 : 0) || (option && selected[0] !== option)) return "unclear";
                const title = option?.querySelector("span:not(.quiet)") ?? option?.firstChild;
                return title?.textContent.trim() ?? "";
            }"""
        )
    )


def test_options_are_grouped_with_thumbnails_and_counted_aloud(page):
    box(page).press_sequentially("mu")

    expect(options(page)).to_have_count(5)
    expect(page.get_by_role("status")).to_have_text("5 suggestions")
    for group, names in {
        "Searches": ["red mug", "blue mug"],
        "Categories": ["Mugs Category"],
        "Products": ["Blue Mug €12.00", "Red Mug €14.50"],
    }.items():
        found = page.get_by_role("group", name=group).get_by_role("option")
        assert sorted(" ".join(text.split()) for text in found.all_inner_texts()) == sorted(names), group
    pictures = page.get_by_role("listbox").locator("img")
    expect(pictures).to_have_count(2)
    for picture in pictures.all():
        assert picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth }") > 0
    assert box(page).get_attribute("aria-expanded") == "true"
    assert box(page).get_attribute("aria-controls") == page.get_by_role("listbox").get_attribute("id")


def test_arrows_go_round_through_the_box_and_enter_follows(page, shop):
    box(page).press_sequentially("mu")
    expect(options(page)).to_have_count(5)
    assert active(page) == ""
    seen = []
    for _ in range(6):
        page.keyboard.press("ArrowDown")
        seen.append(active(page))
    assert seen[:3] == ["red mug", "blue mug", "Mugs"]
    assert seen[5] == "", "past the end is the box again"
    assert box(page).input_value() == "mu"
    page.keyboard.press("ArrowUp")
    assert active(page) == seen[4]
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    assert active(page) == "Mugs"
    page.keyboard.press("Enter")
    heading(page, "Mugs")
    assert page.url == f"{shop}/products/kitchen/mugs/"


def test_a_query_is_searched_in_place_as_if_it_had_been_typed(page, shop):
    box(page).press_sequentially("re")
    expect(options(page).first).to_have_text("red mug")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    heading(page, "Results for “red mug”")
    assert page.evaluate("window.mark === true")
    assert page.url == f"{shop}/products/?q=red+mug"
    assert box(page).input_value() == "red mug"
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_query_keeps_the_picture(page):
    page.get_by_label("Picture", exact=True).set_input_files(PICTURE)
    box(page).press_sequentially("re")
    options(page).first.click()

    heading(page, "Results for “red mug”")
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()


def test_escape_closes_first_and_clears_then_and_tab_leaves(page):
    box(page).press_sequentially("mu")
    expect(options(page)).to_have_count(5)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    assert box(page).get_attribute("aria-expanded") == "false"
    assert active(page) == ""
    assert box(page).input_value() == "mu"
    page.keyboard.press("ArrowUp")
    expect(options(page)).to_have_count(5)
    assert active(page) == "Red Mug" or active(page) == "Blue Mug"
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_have_count(0)
    box(page).focus()
    page.keyboard.press("Escape")
    assert box(page).input_value() == ""


def test_enter_without_a_choice_searches_what_was_typed(page, shop):
    box(page).press_sequentially("blue mug")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Enter")

    heading(page, "Results for “blue mug”")
    page.wait_for_timeout(400)
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_product_by_mouse_and_what_is_searched_most_by_arrow(page, shop):
    box(page).focus()
    page.keyboard.press("ArrowDown")
    expect(options(page)).to_have_count(2)
    assert active(page) == "red mug"
    box(page).press_sequentially("plat")
    page.get_by_role("option", name="Plate €9.00").click()
    heading(page, "Plate")
    assert page.url == shop + Product.objects.get(sku="P-1").get_absolute_url()


def test_nothing_that_begins_so_closes_the_list_and_a_slip_does_not(page):
    box(page).press_sequentially("mu")
    expect(options(page)).to_have_count(5)
    box(page).press_sequentially("x")
    expect(page.get_by_role("listbox")).to_have_count(0)
    box(page).fill("")
    box(page).press_sequentially("plaet")
    expect(options(page).first).to_be_visible()
    expect(page.get_by_role("option", name="Plate €9.00")).to_be_visible()


def test_a_slow_answer_never_comes_after_the_search(page):
    def late(route):
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/suggestions/**", late)
    box(page).press_sequentially("blue mug")
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    heading(page, "Results for “blue mug”")
    page.wait_for_timeout(800)
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_refused_answer_leaves_a_plain_box(page):
    page.route("**/suggestions/**", lambda route: route.abort())
    box(page).press_sequentially("blue mug")
    page.wait_for_timeout(300)
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Enter")
    heading(page, "Results for “blue mug”")
    assert titles(page)[0] == "Blue Mug"


@pytest.mark.parametrize("start", ["/", "/products/"])
def test_the_open_list_fits_the_screen_and_axe_finds_nothing(new_page, shop, start):
    Completion.objects.create(query="red mug", language="en", sessions=9)
    for width in WIDTHS:
        page = new_page(width=width)
        page.goto(shop + start)
        box(page).press_sequentially("mu")
        expect(options(page)).to_have_count(4)
        page.keyboard.press("ArrowDown")
        listbox = page.get_by_role("listbox").bounding_box()
        assert listbox is not None
        assert listbox["x"] >= 0
        assert listbox["x"] + listbox["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        report = Axe().run(page)
        assert len(report.response["passes"]) > 5, "axe has looked"
        assert report.response["violations"] == [], report.generate_report()


def test_without_javascript_the_box_is_a_plain_field(new_page, shop):
    page = new_page(javascript=False)
    page.goto(f"{shop}/products/")
    assert box(page).get_attribute("role") is None
    box(page).fill("blue mug")
    page.keyboard.press("Enter")
    heading(page, "Results for “blue mug”")
    expect(page.locator("[role=listbox]")).to_be_hidden()


def test_in_german(new_page, shop):
    page = new_page()
    page.goto(f"{shop}/products/")
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_label("Was suchen Sie?").press_sequentially("tass")
    expect(page.get_by_role("group", name="Kategorien").get_by_role("option")).to_have_text(
        "Tassen Kategorie"
    )
    expect(page.get_by_role("status")).to_have_text("3 Vorschläge")
