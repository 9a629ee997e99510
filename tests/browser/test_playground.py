"""The playground by mouse and keyboard, at desktop and tablet width: sliders, judgements, axe, the policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from product_search.models import Judgement
from tests.pictures import picture_bytes

from .signing_in import signed_in
from .test_admin import keep, violations


@pytest.fixture
def desk(settings: Any, shop: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the playground, `desk("q=mug", width=820)`, as somebody who may do everything there."""
    settings.MIDDLEWARE = ["tests.browser.test_admin.strict", *django_settings.MIDDLEWARE]
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("ann"))

    def open_page(asked: str = "", **options: Any) -> Page:
        page = signed_in(new_page, shop, client, **options)
        page.goto(f"{shop}/admin/product_search/playground/?{asked}")
        return page

    return open_page


def test_what_is_tried_shows_at_once_and_is_judged_by_key(desk: Any) -> None:
    page = desk()
    page.get_by_role("searchbox", name="Words").fill("red mug")
    cards = page.locator("#ps-found ~ ol .ps-card")
    expect(cards.first).to_contain_text("One of its texts is just what was asked for.")
    expect(page).to_have_url(re.compile(r"\?q=red\+mug$"))
    floor = page.get_by_label("Relevance from which a product is shown")
    floor.focus()
    page.keyboard.press("End")
    expect(page.locator("#ps-copied")).to_have_text('PRODUCT_SEARCH["RELEVANCE_FLOOR"] = 1')
    gone = page.locator("#ps-left ~ ul .ps-card")
    expect(gone).to_contain_text("Blue Mug")
    expect(gone).to_contain_text("was number 2")
    expect(page.locator("#ps-said")).to_contain_text("as the shop has it")
    page.get_by_role("link", name="Back to the shop's settings").click()
    expect(page.locator("#ps-copied")).to_have_count(0)

    cards.first.focus()
    page.keyboard.press("3")
    expect(page.locator("#ps-said")).to_have_text("Judged: 3")
    three = cards.first.get_by_role("button", name="3: just what was asked for")
    expect(three).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("1")
    expect(three).to_have_attribute("aria-pressed", "false")
    assert list(Judgement.objects.values_list("grade", flat=True)) == [1]
    page.keyboard.press("u")
    expect(three).to_have_attribute("aria-pressed", "true")
    expect(cards.first).to_be_focused()
    page.context.set_offline(True)
    page.keyboard.press("0")
    expect(page.locator("#ps-said")).to_have_text("No answer: try again.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Take back the last judgement").click()
    expect(page.locator("#ps-said")).to_have_text("Taken back.")
    assert not Judgement.objects.exists()

    picture = {"name": "blue.png", "mimeType": "image/png", "buffer": picture_bytes("blue", side=200)}
    page.locator("#ps-picture").set_input_files(picture)
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Words")).to_have_value("red mug")
    page.get_by_role("searchbox", name="Words").fill("")
    expect(cards.first).to_contain_text("How its pictures look")
    expect(cards.first).to_contain_text("Blue Mug")


def test_it_fits_and_axe_and_the_policy_find_nothing(desk: Any) -> None:
    page = desk("q=helicopter+mug&relevance_floor=0.4&missing=plate&user=ann")
    expect(page.locator("[data-step]")).to_be_visible()
    found: list[str] = []

    def look(name: str) -> None:
        for width in (820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            found.extend([f"{name} is {wide} px wide"] * (wide > width))
            keep(page, f"playground-{name}-{width}")
        found.extend(violations(page))

    look("missing")
    page.get_by_role("searchbox", name="Words").fill("mug")
    expect(page.locator(".ps-card").first).to_contain_text("One of its texts is just what was asked for.")
    page.locator(".ps-card").first.focus()
    page.keyboard.press("2")
    expect(page.locator("#ps-said")).to_have_text("Judged: 2")
    page.keyboard.press("?")
    look("found")
    page.emulate_media(color_scheme="dark")
    look("dark")
    assert "\n".join(found) == ""


def test_without_its_script_it_is_a_page_of_forms(desk: Any) -> None:
    page = desk(javascript=False)
    page.get_by_role("searchbox", name="Words").fill("mug")
    page.get_by_label("Relevance from which a product is shown").fill("0.3")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#ps-copied")).to_contain_text('["RELEVANCE_FLOOR"] = 0.3')
    page.locator(".ps-card").first.get_by_role("button", name="2: nearly").click()
    expect(page.locator(".messagelist")).to_contain_text("Judged: 2")
    expect(page.locator("#ps-copied")).to_contain_text('["RELEVANCE_FLOOR"] = 0.3')
    page.get_by_role("button", name="Take back the last judgement").click()
    expect(page.locator(".messagelist")).to_contain_text("Taken back.")
    page.get_by_label("Why is this product not here?").fill("plate")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("[data-step=floor]")).to_be_visible()
