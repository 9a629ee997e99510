"""Waiting, offline, refused, broken: each is said, and leads on."""

from __future__ import annotations

import json

from playwright.sync_api import Route, expect

from tests.browser.test_storefront_pages import CLS, OBSERVE

from .conftest import DESKTOP, PHONE, box


def test_bones_while_waiting_then_offline_then_results_once_the_network_is_back(open_box):
    for width in (PHONE, DESKTOP):
        page = open_box("?q=plate", width=width)
        expect(page.locator("product-search .hits")).to_be_visible()
        page.context.set_offline(True)
        box(page).fill("blue mug")
        page.keyboard.press("Enter")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("You are offline")
        expect(alert.get_by_role("heading")).to_be_focused()
        alert.get_by_role("button", name="Try again").click()
        expect(alert).to_contain_text("You are offline")
        page.context.set_offline(False)
        expect(page.get_by_role("heading", name="Results for “blue mug”")).to_be_visible()
        page.close()


def test_an_outline_stands_where_results_will(open_box):
    page = open_box("?q=nothing+yet")
    held: list[Route] = []
    page.route("**/v1/search**", lambda route: held.append(route))
    page.add_init_script(OBSERVE)
    page.reload()
    expect(page.locator("product-search .skeleton").first).to_be_visible()
    expect(
        page.locator("product-search").get_by_role("heading", name="Results for “nothing yet”")
    ).to_be_visible()
    expect(page.get_by_text("Searching…")).to_be_visible()
    page.unroute("**/v1/search**")
    held[0].continue_(url=f"{held[0].request.url.partition('?')[0]}?q=mug")
    expect(page.locator("product-search .hits .title").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.moved") < CLS


def test_a_refusal_says_what_to_do_and_an_error_says_that_it_is_one(open_box):
    page = open_box("?filter.price=9..1")
    expect(page.get_by_role("alert")).to_contain_text("Write two numbers, the lower one first.")
    expect(page.get_by_role("link", name="All products")).to_be_visible()

    def busy(route):
        problem = {"status": 503, "code": "busy", "detail": "later"}
        headers = {"Retry-After": "1", "Content-Type": "application/problem+json"}
        route.fulfill(status=503, headers=headers, body=json.dumps(problem))

    page.route("**/v1/search**", busy)
    box(page).fill("plate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Many people are searching just now.")
    page.unroute("**/v1/search**")
    expect(
        page.get_by_role("heading", name="Results for “plate”")
    ).to_be_visible()  # by itself, a second later
    page.route("**/v1/search**", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    box(page).fill("mug")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    page.unroute("**/v1/search**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Results for “mug”")).to_be_focused()
    expect(page.locator("product-search .hits .title")).to_have_count(2)
