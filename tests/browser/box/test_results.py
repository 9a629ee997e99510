"""What was found: facets, chips, sorts, what the words were taken for, ways out, and what is like a hit."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from catalog.models import Product
from product_search.merchandising import changing
from product_search.merchandising.reading import read
from product_search.testing import index_now

from .conftest import DESKTOP, PATH, PHONE, WIDTH, box, titles, unfold


def shown(page: Page, text: str) -> None:
    expect(page.locator("product-search").locator("[part=count]")).to_have_text(text)


def test_facets_narrow_chips_take_back_and_the_focus_stays(open_box, shop):
    for width in (PHONE, DESKTOP):
        page = open_box(width=width)
        shown(page, "3 products")
        unfold(page, width)
        filters = page.get_by_role("complementary", name="Filters")
        stock = filters.get_by_role("checkbox", name="In stock")
        stock.focus()
        page.keyboard.press("Space")
        shown(page, "2 products")
        expect(page.get_by_role("status")).to_have_text("2 products")
        assert page.url == f"{shop}{PATH}?filter.in_stock=true"
        expect(stock).to_be_checked()
        expect(stock).to_be_focused()

        filters.get_by_role("checkbox", name="Kitchen").check()
        filters.get_by_role("checkbox", name="Plates").check()
        shown(page, "1 product")
        expect(filters.get_by_role("checkbox", name="Kitchen")).not_to_be_checked()
        assert titles(page) == ["Plate"]
        page.get_by_role("button", name="Category: Plates").click()
        shown(page, "2 products")
        expect(page.locator("product-search").get_by_role("heading", level=2)).to_be_focused()

        filters.get_by_label("from").fill("10,5")
        filters.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("button", name="Price: from 10.5")).to_be_visible()
        page.get_by_role("button", name="Clear all").click()
        shown(page, "3 products")
        assert page.url == f"{shop}{PATH}"

        page.get_by_label("Sort by").select_option("Price: low to high")
        page.wait_for_url("**/?sort=price")
        expect(page.locator("product-search .hits .title")).to_have_text(["Plate", "Blue Mug", "Red Mug"])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_a_fold_stays_shut_and_long_lists_unfold(open_box, shop):
    from catalog.models import Brand

    for number in range(14):
        brand = Brand.objects.create(name=f"Brand {number:02}", slug=f"brand-{number}")
        Product.objects.create(sku=f"B-{number}", name=f"Thing {number}", price=5, brand=brand)
    index_now()
    page = open_box()
    unfold(page, WIDTH)
    filters = page.get_by_role("complementary", name="Filters")
    expect(filters.get_by_role("checkbox", name="Brand")).to_have_count(10)
    field = filters.get_by_role("searchbox", name="Find in Brand")
    field.fill("13 bränd")
    expect(filters.get_by_role("checkbox", name="Brand")).to_have_count(1)
    expect(filters.get_by_role("button", name="Show all 14")).to_be_hidden()
    field.fill("")
    filters.get_by_role("button", name="Show all 14").click()
    expect(filters.get_by_role("checkbox", name="Brand")).to_have_count(14)
    expect(filters.get_by_role("button", name="Show fewer")).to_be_focused()
    filters.locator("summary", has_text="Availability").click()
    filters.get_by_role("checkbox", name="Brand 13").check()
    shown(page, "1 product")
    expect(filters.get_by_role("checkbox", name="In stock")).to_be_hidden()


def test_a_value_among_many_is_found_by_its_name(open_box, shop):
    from catalog.models import Brand

    brands = [Brand(name=f"Bränd {number:03}", slug=f"brand-{number}") for number in range(205)]
    Brand.objects.bulk_create(brands)
    Product.objects.bulk_create(
        Product(sku=f"B-{number}", name=f"Thing {number}", price=5, brand=brand)
        for number, brand in enumerate(brands)
    )
    index_now()
    page = open_box()
    facet = page.request.get(f"{shop}/search/v1/search?facets=brand").json()["facets"][0]
    listed = {value["label"] for value in facet["values"]}
    unlisted = next(brand.name for brand in brands if brand.name not in listed)
    unfold(page, WIDTH)
    filters = page.get_by_role("complementary", name="Filters")
    offered = filters.get_by_role("checkbox", name="Bränd")
    field = filters.get_by_role("searchbox", name="Find in Brand")
    field.fill(unlisted.replace("ä", "a"))
    expect(offered).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 value")
    field.fill("acme")
    expect(filters.get_by_text("Nothing here is called that.")).to_be_visible()
    field.fill("")
    expect(offered).to_have_count(10)
    field.fill(unlisted)
    filters.get_by_role("checkbox", name=unlisted).check()
    shown(page, "1 product")
    expect(filters.get_by_role("checkbox", name=unlisted)).to_be_focused()


def test_what_words_were_taken_for_is_said_and_taken_back(open_box, shop):
    page = open_box("?q=plaet")
    expect(page.get_by_text("Showing results for plate.")).to_be_visible()
    page.get_by_role("link", name="Search instead for “plaet”").click()
    page.wait_for_url("**/?q=plaet&spelling=off")
    expect(page.get_by_text("Showing results for")).to_have_count(0)

    box(page).fill("mug under 13")
    page.keyboard.press("Enter")
    chip = page.get_by_role("button", name="Price: up to 13")
    expect(chip).to_be_visible()
    assert titles(page) == ["Blue Mug"]
    chip.click()
    expect(chip).to_have_count(0)
    assert "plain=price" in page.url

    box(page).fill("mug -blue")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Without: blue").click()
    expect(box(page)).to_have_value("mug")


def test_nothing_found_leads_on(open_box, shop):
    page = open_box("?filter.category=kitchen&filter.price=100..200&filter.in_stock=true")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Without “Price: 100 – 200”").click()
    shown(page, "2 products")
    box(page).fill("mug with a picture of a penguin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Not all of what you asked for")).to_be_visible()
    expect(
        page.get_by_role("region", name="Not all of what you asked for").get_by_role("article").first
    ).to_be_visible()


def test_what_merchants_say_is_shown_and_followed(open_box, shop):
    banner = {"do": "banner", "text": "Mugs <b>week</b>", "url": "/product/sale/"}
    for name, words, action in (
        ("one", "mug", banner),
        ("two", "returns", {"do": "redirect", "url": "/product/returns/"}),
    ):
        rule = {"actions": [action], "conditions": {"about": "contains", "words": [words]}}
        changing.publish(changing.save_draft(name, read(rule), who="mia"), who="mia")
    page = open_box("?q=mug")
    page.route("**/product/**", lambda route: route.fulfill(body="another page"))
    expect(page.get_by_role("link", name="Mugs <b>week</b>")).to_have_attribute("href", "/product/sale/")
    box(page).fill("returns")
    page.keyboard.press("Enter")
    page.wait_for_url("**/product/returns/")


def test_like_this_but_and_the_shop_is_told_of_a_click(open_box, shop, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    page = open_box()
    page.get_by_role("button", name="What looks like “Red Mug”").click()
    expect(page.get_by_role("heading", name="Products like this")).to_be_focused()
    expect(page.get_by_role("button", name="Like “Red Mug”")).to_be_visible()
    assert "Red Mug" not in titles(page)
    page.get_by_label("Like this, but …").fill("blue")
    page.get_by_role("button", name="More of it").click()
    expect(page.get_by_role("button", name="More: blue")).to_be_visible()
    page.get_by_label("Like this, but …").fill("striped")
    page.get_by_role("button", name="Less of it").click()
    page.get_by_role("button", name="Less: striped").click()
    expect(page.get_by_role("button", name="Less: striped")).to_have_count(0)
    assert page.url == f"{shop}{PATH}?like={Product.objects.get(sku='M-1').pk}&more=blue"

    page.route("**/product/**", lambda route: route.fulfill(body="its page"))
    box(page).fill("plate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “plate”")).to_be_visible()
    with page.expect_request("**/v1/events") as told:
        page.get_by_role("link", name="Plate").click()
    (event,) = json.loads(told.value.post_data or "")["events"]
    assert event["kind"] == "click"
    assert event["product"] == str(Product.objects.get(sku="P-1").pk)
    assert event["position"] == 1
    assert event["search_id"]


def test_a_page_shows_hits_by_its_own_template(open_box, shop):
    page = open_box()
    page.evaluate("""() => {
        const template = document.createElement("template");
        template.dataset.card = "";
        template.innerHTML = '<a data-href="url"><b data-text="title" part="name"></b>'
            + '<img data-if="picture" data-src="picture.url" data-alt="picture.alt"><i data-if="nothing">no</i></a>';
        document.querySelector("product-search").append(template);
    }""")
    page.get_by_label("Sort by").select_option("Price: low to high")
    expect(page.locator("product-search .hits b")).to_have_text(["Plate", "Blue Mug", "Red Mug"])
    expect(page.locator("product-search .hits img")).to_have_count(2)
    expect(page.locator("product-search .hits i")).to_have_count(0)
