"""While one types: suggestions by keyboard, by mouse and aloud, and what was searched before."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from catalog.models import Product
from product_search.models import Completion

from .conftest import DESKTOP, PATH, PHONE, box, titles


def options(page: Page):
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def active(page: Page) -> str:
    """The text of the option that a screen reader is told of; empty for none."""
    return str(
        box(page).evaluate(
            """(field) => {
                const root = field.getRootNode();
                const option = root.getElementById(field.getAttribute("aria-activedescendant") ?? "");
                const selected = [...root.querySelectorAll("[role=option][aria-selected=true]")];
                if (selected.length !== (option ? 1 : 0) || (option && selected[0] !== option)) return "unclear";
                return (option?.querySelector(".grow") ?? option?.firstChild)?.textContent ?? "";
            }"""
        )
    )


def searched(*queries: str) -> None:
    for place, query in enumerate(queries):
        Completion.objects.create(query=query, language="en", sessions=9 - place)


def test_options_are_grouped_counted_aloud_and_walked_by_arrows(open_box, shop):
    searched("red mug", "blue mug")
    for width in (PHONE, DESKTOP):
        page = open_box(width=width)
        expect(page.get_by_role("status")).to_have_text("3 products")
        box(page).press_sequentially("mu")
        expect(options(page)).to_have_count(5)
        expect(page.get_by_role("status")).to_have_text("5 suggestions")
        for group, names in {
            "Searches": {"red mug", "blue mug"},
            "Categories": {"Mugs Category"},
            "Products": {"Red Mug €14.50", "Blue Mug €12.00"},
        }.items():
            found = page.get_by_role("group", name=group).get_by_role("option").all_inner_texts()
            assert {" ".join(text.split()) for text in found} == names, group
        for picture in page.get_by_role("listbox").locator("img").all():
            assert (
                picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth }") > 0
            )
        assert box(page).get_attribute("aria-expanded") == "true"
        assert box(page).get_attribute("aria-controls") == page.get_by_role("listbox").get_attribute("id")
        listbox = page.get_by_role("listbox").bounding_box()
        assert listbox is not None
        assert 0 <= listbox["x"] <= listbox["x"] + listbox["width"] <= width

        seen = []
        for _ in range(6):
            page.keyboard.press("ArrowDown")
            seen.append(active(page))
        assert seen[:3] == ["red mug", "blue mug", "Mugs"]
        assert seen[5] == "", "past the end is the field again"
        assert box(page).input_value() == "mu"
        page.keyboard.press("ArrowUp")
        assert active(page) == seen[4]
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_have_count(0)
        assert box(page).get_attribute("aria-expanded") == "false"
        assert box(page).input_value() == "mu"

        page.keyboard.press("ArrowDown")
        expect(options(page)).to_have_count(5)
        for _ in range(2):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Mugs")).to_be_focused()
        assert page.url == f"{shop}{PATH}?filter.category=kitchen%2Fmugs"
        page.close()


def test_a_query_is_searched_and_a_product_is_opened(open_box, shop):
    searched("red mug")
    page = open_box()
    page.route("**/product/**", lambda route: route.fulfill(body="its page"))
    box(page).press_sequentially("re")
    page.get_by_role("option", name="red mug").first.click()
    expect(page.get_by_role("heading", name="Results for “red mug”")).to_be_visible()
    assert page.url == f"{shop}{PATH}?q=red+mug"
    assert box(page).input_value() == "red mug"
    expect(page.get_by_role("listbox")).to_have_count(0)

    box(page).fill("")
    box(page).press_sequentially("plat")
    page.get_by_role("option", name="Plate €9.00").click()
    page.wait_for_url(shop + Product.objects.get(sku="P-1").get_absolute_url())


def test_a_slow_answer_never_comes_after_the_search_and_a_refused_one_is_no_matter(open_box):
    page = open_box()

    def late(route):
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/suggest**", late)
    box(page).press_sequentially("blue mug")
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “blue mug”")).to_be_visible()
    page.wait_for_timeout(800)
    expect(page.get_by_role("listbox")).to_have_count(0)

    page.unroute("**/suggest**")
    page.route("**/suggest**", lambda route: route.abort())
    box(page).fill("plate")
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “plate”")).to_be_visible()
    assert titles(page) == ["Plate"]


def test_a_slow_answer_leaves_who_types_on_in_the_field(open_box):
    page = open_box()
    expect(page.get_by_role("status")).to_have_text("3 products")
    held: list[Route] = []
    page.route("**/v1/search**", lambda route: held.append(route))
    box(page).fill("plate")
    with page.expect_request("**/v1/search**"):
        page.keyboard.press("Enter")
    box(page).fill("red mug")
    page.unroute("**/v1/search**")
    held[0].continue_()
    expect(page.get_by_role("heading", name="Results for “plate”")).to_be_visible()
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("red mug")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “red mug”")).to_be_focused()


def test_recent_searches_are_offered_and_can_be_forgotten(open_box):
    page = open_box()
    for words in ("red mug", "plate", "<b>blue</b>"):
        box(page).fill(words)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    page.reload()
    box(page).fill("")
    box(page).focus()
    page.keyboard.press("ArrowDown")
    past = page.get_by_role("group", name="Recent searches")
    expect(past.get_by_role("option")).to_have_text(
        ["<b>blue</b>", "plate", "red mug", "Forget recent searches"]
    )
    page.keyboard.press("Delete")
    expect(past.get_by_role("option")).to_have_text(["plate", "red mug", "Forget recent searches"])
    past.get_by_role("option", name="plate").click()
    expect(page.get_by_role("heading", name="Results for “plate”")).to_be_visible()

    box(page).fill("")
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="Forget recent searches").click()
    assert page.evaluate("localStorage.length") == 0
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    expect(past).to_have_count(0)
