"""The ways through the shop as the server renders it; where no search is made in place, with JavaScript too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from tests.pictures import picture_bytes

PICTURE = {"name": "mine.png", "mimeType": "image/png", "buffer": picture_bytes("red", side=200)}


def titles(page: Page) -> list[str]:
    return page.locator(".tile-title").all_inner_texts()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


@pytest.fixture
def page(new_page) -> Page:
    """A page without JavaScript: the shop is whole without it."""
    return new_page(javascript=False)


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def any_page(request, new_page) -> Page:
    """A page with JavaScript and one without."""
    return new_page(javascript=request.param)


def test_words_a_picture_and_both_in_one_form(page, shop):
    page.goto(shop)
    heading(page, "Know what it looks like? That is enough.")
    words = page.get_by_label("What are you looking for?")

    words.fill("blue mug")
    page.keyboard.press("Enter")
    heading(page, "Results for “blue mug”")
    assert titles(page)[0] == "Blue Mug"

    words.fill("")
    page.get_by_label("Picture", exact=True).set_input_files(PICTURE)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    heading(page, "Products that look like your picture")
    assert "picture=" in page.url

    words.fill("red mug")
    page.get_by_role("button", name="Search", exact=True).click()
    heading(page, "Results for “red mug”")
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    assert {"picture", "q"} <= set(re.findall(r"[?&](\w+)=", page.url))

    page.get_by_role("link", name="Your picture").click()
    expect(page.get_by_alt_text("The picture you search with")).to_have_count(0)
    assert titles(page)[0] == "Red Mug"


def test_from_home_through_a_category_by_facets_chips_and_sorts(page, shop):
    page.goto(shop)
    page.get_by_role("region", name="Departments").get_by_role("link", name="Kitchen").click()
    heading(page, "Kitchen")
    assert page.url == f"{shop}/products/kitchen/"
    filters = page.get_by_label("Filters", exact=True)

    filters.get_by_role("link", name="Plates").click()
    heading(page, "Plates")
    assert titles(page) == ["Plate"]
    page.get_by_role("link", name="Category: Plates").click()
    heading(page, "All products")
    assert len(titles(page)) == 3

    filters.get_by_label("from").fill("10")
    filters.get_by_role("button", name="Apply").click()
    expect(page.locator(".count")).to_have_text("2 products")
    filters.get_by_role("link", name="In stock").click()
    expect(page.locator(".count")).to_have_text("1 product")
    assert page.url == f"{shop}/products/?price=10..&in_stock=true"

    page.get_by_role("link", name="Availability: In stock").click()
    expect(page.locator(".count")).to_have_text("2 products")
    expect(page.get_by_role("link", name="Price: from 10")).to_be_visible()
    page.get_by_text("Sort by").click()
    page.get_by_role("link", name="Price: low to high").click()
    expect(page.locator("details.menu summary")).to_contain_text("Price: low to high")
    assert titles(page) == ["Blue Mug", "Red Mug"]
    assert page.url == f"{shop}/products/?price=10..&sort=price"


def test_pages_are_turned_back_and_forth(page, shop):
    for number in range(30):
        Product.objects.create(sku=f"N-{number}", name=f"Thing {number}", price=number + 100)
    page.goto(f"{shop}/products/?price=100..")
    first = titles(page)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Page 2")).to_have_attribute("aria-current", "page")
    page.wait_for_load_state()
    assert page.url == f"{shop}/products/?price=100..&page=2"
    assert len(first) + len(titles(page)) == 30
    assert not set(first) & set(titles(page))
    page.go_back()
    expect(page.get_by_role("link", name="Page 1")).to_have_attribute("aria-current", "page")
    page.wait_for_load_state()
    assert titles(page) == first


def test_the_product_page_leads_to_variants_likes_and_like_this_but(any_page, shop):
    any_page.goto(f"{shop}/products/?q=red+mug")
    any_page.get_by_role("link", name="Red Mug", exact=True).first.click()

    heading(any_page, "Red Mug")
    expect(any_page.get_by_text("€14.50")).to_be_visible()
    any_page.get_by_role("link", name="Green Mug").first.click()
    heading(any_page, "Green Mug")

    any_page.get_by_label("What should be different?").fill("in blue")
    any_page.get_by_role("button", name="Find").click()
    heading(any_page, "Results for “in blue”")
    expect(any_page.get_by_alt_text("The picture you search with")).to_be_visible()


def test_beside_a_product_stands_what_goes_with_it_and_what_is_like_it(any_page, rendered_shop):
    mug = Product.objects.filter(category__slug="mugs", parent=None).order_by("pk").first()
    Product.objects.update(stock=3)
    Product.objects.filter(category__slug="bowls").update(stock=0)
    any_page.goto(rendered_shop + mug.get_absolute_url())
    for name in ("Goes well with this", "More like this"):
        shelf = any_page.get_by_role("region", name=name)
        expect(shelf.locator(".tile").first).to_be_visible()
        shelf.scroll_into_view_if_needed()
        pictures = shelf.locator(".tile-picture img")
        expect(pictures.first).to_be_visible()
        any_page.wait_for_function(
            "name => [...document.querySelector(`section[aria-labelledby=${name}]`).querySelectorAll('img')]"
            ".every(picture => picture.complete && picture.naturalWidth > 0)",
            arg="beside" if name.startswith("Goes") else "alike",
        )
    shown = any_page.locator("section.shelf-section .tile-link").evaluate_all(
        "links => links.map(a => a.pathname)"
    )
    found = Product.objects.in_bulk([int(path.split("/")[2].split("-")[0]) for path in shown])
    assert {product.category.path.split("/")[0] for product in found.values()} >= {"kitchen"}
    assert not any(product.category.slug == "bowls" for product in found.values())
    assert mug.pk not in {product.parent_id or pk for pk, product in found.items()}
    first = any_page.get_by_role("region", name="Goes well with this").locator(".tile-link").first
    title = first.locator(".tile-title").inner_text()
    first.click()
    heading(any_page, title)


def test_nothing_found_leads_on(page, shop):
    page.goto(f"{shop}/products/kitchen/?price=100..200&in_stock=true")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Without “Price: 100 – 200”").click()
    expect(page.locator(".count")).to_have_text("2 products")
    assert page.url == f"{shop}/products/kitchen/?in_stock=true"


def test_the_language_changes_and_the_page_stays(page, shop):
    page.goto(f"{shop}/products/")
    page.get_by_label("Filters", exact=True).get_by_role("link", name="Kitchen").click()
    heading(page, "Kitchen")
    page.get_by_role("button", name="Deutsch").click()

    heading(page, "Küche")
    assert page.url == f"{shop}/products/kitchen/"
    assert "Teller" in titles(page)


def test_a_file_that_is_no_picture_is_explained(page, shop):
    page.goto(f"{shop}/products/")
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "picture.jpg", "mimeType": "image/jpeg", "buffer": b"text"}
    )
    page.get_by_role("button", name="Search", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("no picture")
