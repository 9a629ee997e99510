"""What JavaScript adds to the shop: the box in its head, and results in place of those that the server rendered."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from catalog.models import Product

from .box.conftest import DESKTOP, PHONE, answered, titles
from .signing_in import signed_in
from .test_storefront import PICTURE, heading


@pytest.fixture
def page(shop, new_page):
    """The page of all products, marked: a reload would lose the mark."""
    page = new_page()
    page.goto(f"{shop}/products/")
    page.evaluate("window.mark = true")
    yield page
    page.close()
    answered()


def in_place(page: Page) -> bool:
    return bool(page.evaluate("window.mark === true"))


def box(page: Page):
    return page.get_by_role("combobox", name="What are you looking for?")


def way_here(page: Page) -> list[str]:
    """The categories from the top to the one that is shown, each with its address."""
    steps = page.get_by_role("navigation", name="Where this is").get_by_role("link")
    return [f"{step.text_content()} {step.get_attribute('href')}" for step in steps.all()[2:]]


def count(page: Page, text: str) -> None:
    expect(page.locator("#results [part=count]")).to_have_text(text)


def test_what_the_server_answered_stands_until_something_else_is_asked(page, shop):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.evaluate("window.mark = true")
    expect(page.locator(".tile-title")).to_have_count(3)
    page.wait_for_load_state("networkidle")
    assert not any("/v1/" in url for url in asked), "nothing is searched twice"

    page.get_by_role("link", name="In stock").click()
    count(page, "2 products")
    assert in_place(page)
    assert page.url == f"{shop}/products/?in_stock=true"
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator(".tile-title").first).to_be_hidden()
    filters = page.get_by_role("complementary", name="Filters")
    assert way_here(page) == []
    filters.get_by_role("checkbox", name="Kitchen").check()
    heading(page, "All products")
    assert page.url == f"{shop}/products/kitchen/?in_stock=true"
    assert way_here(page) == [f"Kitchen {shop}/products/kitchen/"]
    page.get_by_role("button", name="Availability: In stock").click()
    heading(page, "Kitchen")
    assert page.title() == "Kitchen · Lookalike Store"
    assert page.url == f"{shop}/products/kitchen/"

    filters.get_by_role("checkbox", name="Mugs").check()
    heading(page, "Mugs")
    assert way_here(page) == [f"Kitchen {shop}/products/kitchen/", f"Mugs {shop}/products/kitchen/mugs/"]

    for _ in range(4):
        page.go_back()
    expect(page.locator("#results .hits .title")).to_have_count(3)
    heading(page, "All products")
    assert way_here(page) == []
    assert page.url == f"{shop}/products/"
    page.go_forward()
    count(page, "2 products")
    assert in_place(page)
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator(".count")).to_have_text("2 Produkte")
    assert page.url == f"{shop}/products/?in_stock=true"


def test_words_and_sorts_are_in_place_and_a_second_tab_is_the_browsers(page, shop):
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="In stock").click(modifiers=["ControlOrMeta"])
    expect(opened.value.locator(".count")).to_have_text("2 products")
    opened.value.close()
    expect(page.locator(".count")).to_have_text("3 products")

    box(page).fill("blue mug")
    page.keyboard.press("Enter")
    heading(page, "Results for “blue mug”")
    assert in_place(page)
    assert page.url == f"{shop}/products/?q=blue+mug"
    assert titles(page, "#results")[0] == "Blue Mug"
    page.get_by_label("Sort by").select_option("Price: low to high")
    page.wait_for_url("**/?q=blue+mug&sort=price")


def test_the_box_leads_to_results_from_everywhere_with_words_and_with_a_picture(shop, new_page):
    for width in (PHONE, DESKTOP):
        page = new_page(width=width)
        page.goto(shop)
        box(page).press_sequentially("mu")
        page.get_by_role("option", name="Mugs Category").click()
        heading(page, "Mugs")
        assert page.url == f"{shop}/products/kitchen/mugs/"

        page.goto(shop + Product.objects.get(sku="P-1").get_absolute_url())
        page.get_by_label("Search with a picture").set_input_files(PICTURE)
        heading(page, "Products that look like your picture")
        assert page.url.startswith(f"{shop}/products/#picture=")
        box(page).fill("mug")
        page.keyboard.press("Enter")
        heading(page, "Results for “mug”")
        expect(page.locator("#results").get_by_alt_text("Your picture")).to_be_visible()
        page.close()
    answered()


def test_a_picture_that_the_server_keeps_is_searched_with_in_place_by_who_is_signed_in(
    shop, new_page, client
):
    client.force_login(get_user_model().objects.create_user("ada"))
    page = signed_in(new_page, shop, client)  # a session's POST wants a token
    page.goto(shop)
    page.get_by_role("button", name="Search with a picture of “Red Mug”").click()
    heading(page, "Products that look like your picture")
    assert "?picture=" in page.url
    expect(page.get_by_role("button", name="Remove the picture")).to_be_visible()
    page.evaluate("window.mark = true")
    box(page).fill("mug")
    with page.expect_request(lambda request: request.method == "POST" and "/v1/search" in request.url):
        page.keyboard.press("Enter")
    heading(page, "Results for “mug”")
    assert in_place(page)
    page.close()
    answered()
