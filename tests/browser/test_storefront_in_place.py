"""What JavaScript adds: results change in place, and a picture is seen before it is sent."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from tests.pictures import picture_bytes

from .test_storefront import PICTURE, heading, titles

#: Gives `target` a picture file as dragging or pasting does.
TRANSFER = """(target, [type, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "mine.png", { type: "image/png" }));
    const event = type === "paste"
        ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
}"""


@pytest.fixture
def page(new_page, shop) -> Page:
    """The page of all products, marked: a reload would lose the mark."""
    page = new_page()
    page.goto(f"{shop}/products/")
    page.evaluate("window.mark = true")
    return page


def in_place(page: Page) -> bool:
    return bool(page.evaluate("window.mark === true"))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_filter_keeps_the_focus_and_says_how_many_are_left(page, shop):
    option = page.get_by_role("link", name="In stock")
    option.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("2 products")
    assert in_place(page)
    assert page.url == f"{shop}/products/?in_stock=true"
    assert focused(page) == "facet:in_stock:true"

    page.get_by_role("link", name="Availability: In stock").click()
    expect(page.get_by_role("status")).to_have_text("3 products")
    assert focused(page) == "found", "the chip is gone: the heading says what came of it"
    assert page.url == f"{shop}/products/"


def test_a_fold_and_the_title_stay_true_and_back_goes_back(page, shop):
    page.locator("summary", has_text="Availability").click()
    page.get_by_label("Filters", exact=True).get_by_role("link", name="Kitchen").click()
    heading(page, "Kitchen")
    assert page.title() == "Kitchen · Lookalike Store"
    assert page.locator("details[id='panel:in_stock']").get_attribute("open") is None

    page.go_back()
    heading(page, "All products")
    page.go_forward()
    heading(page, "Kitchen")
    assert in_place(page)


def test_pages_are_turned_in_place_with_nothing_focused(page, shop):
    for number in range(30):
        Product.objects.create(sku=f"N-{number}", name=f"Thing {number}", price=number + 100)
    page.reload()
    page.evaluate("window.mark = true")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Page 2")).to_have_attribute("aria-current", "page")
    page.evaluate("document.activeElement.blur()")
    page.go_back()
    expect(page.get_by_role("link", name="Page 1")).to_have_attribute("aria-current", "page")
    assert page.url == f"{shop}/products/"
    assert in_place(page)


def test_a_sort_is_chosen_by_keyboard_and_its_menu_closes(page):
    menu = page.locator("details.menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(menu.locator("summary")).to_contain_text("Price: low to high")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    assert titles(page) == ["Plate", "Blue Mug", "Red Mug"]
    assert in_place(page)


def test_words_are_searched_in_place(page, shop):
    page.get_by_label("What are you looking for?").fill("blue mug")
    page.keyboard.press("Enter")
    heading(page, "Results for “blue mug”")
    assert in_place(page)
    assert page.url == f"{shop}/products/?q=blue+mug"
    assert focused(page) == "found"


def test_a_link_is_followed_where_the_network_fails_once(page):
    refused: list[str] = []

    def refuse_once(route):
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        return route.abort()

    page.route("**/products/?in_stock=true", refuse_once)
    page.get_by_role("link", name="In stock").click()
    expect(page.locator(".count")).to_have_text("2 products")
    assert refused
    assert not in_place(page), "the browser followed the link itself"


def test_a_second_tab_is_left_to_the_browser(page):
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="In stock").click(modifiers=["ControlOrMeta"])
    expect(opened.value.locator(".count")).to_have_text("2 products")
    expect(page.locator(".count")).to_have_text("3 products")


def test_a_picture_is_shown_before_it_is_sent_and_can_be_taken_back(page):
    preview = page.get_by_alt_text("mine.png")
    red, blue = (base64.b64encode(picture_bytes(colour, side=200)).decode() for colour in ("red", "blue"))
    for way in ("choose", "drop", "paste"):
        if way == "choose":
            page.get_by_label("Picture", exact=True).set_input_files(PICTURE)
        else:
            page.locator("body").evaluate(TRANSFER, [way, red])
        expect(preview).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("Picture chosen. Add words, or search.")
        assert preview.evaluate("async (image) => { await image.decode(); return image.naturalWidth }") == 200
        page.get_by_role("button", name="Remove the picture").click()
        expect(preview).to_have_count(0)

    page.locator("body").evaluate(TRANSFER, ["drop", blue])
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    heading(page, "Products that look like your picture")
    assert in_place(page)
