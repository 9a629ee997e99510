"""Words for pictures, reviewed from the keyboard; what was decided is what the shop's own pages say of the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from catalog.models import Product
from product_search.alt_texts import write_pending
from product_search.models import AltText

from .signing_in import signed_in
from .test_admin import keep, violations


@pytest.fixture
def desk(settings: Any, shop: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the review of the shop's alt texts."""
    settings.MIDDLEWARE = ["tests.browser.test_admin.strict", *django_settings.MIDDLEWARE]
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ALT_TEXTS": True}
    write_pending(again=True)
    AltText.objects.filter(text="Blue Mug").update(caption="A blue mug, by a machine")

    def open_page(**options: Any) -> Page:
        client = Client()
        client.force_login(get_user_model().objects.create_superuser(f"ann{options.get('width', '')}"))
        page = signed_in(new_page, shop, client, **options)
        page.goto(f"{shop}/admin/product_search/alttext/")
        return page

    return open_page


def test_words_are_decided_by_keyboard_and_said_in_the_shop(desk: Any, shop: str) -> None:
    page = desk()
    cards = page.locator(".ps-card")
    expect(cards.first).to_be_focused()
    texts = [each.inner_text() for each in page.locator(".ps-card strong").all()]
    assert sorted(texts) == ["Blue Mug", "Green Mug", "Red Mug"]
    page.keyboard.press("a")
    expect(cards.first).to_contain_text(f"accepted: {texts[0]}")
    page.keyboard.press("c")
    page.keyboard.type("Seen from above")
    page.keyboard.press("Enter")
    expect(cards.nth(1)).to_contain_text("edited: Seen from above")
    page.keyboard.press("u")
    expect(page.locator("#ps-said")).to_have_text("taken back")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("c")
    page.keyboard.type("Seen from below")
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    expect(page.get_by_text("No words are in this state")).to_be_visible()
    states = dict(AltText.objects.filter(language="en").values_list("text", "state"))
    assert sorted(states.values()) == ["accepted", "edited", "rejected"]
    edited = AltText.objects.get(state="edited", language="en")
    page.goto(f"{shop}{Product.objects.get(pk=edited.product).get_absolute_url()}")
    expect(page.get_by_alt_text("Seen from below")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_and_axe_and_the_policy_find_nothing(desk: Any, width: int) -> None:
    page = desk(width=width)
    page.locator("#ps-keys summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    keep(page, f"alt-texts-{width}")


def test_without_its_script_the_page_does_the_same(desk: Any) -> None:
    page = desk(javascript=False)
    page.get_by_role("button", name="Take the captioner's words").click()
    expect(page.locator(".messagelist")).to_contain_text("A blue mug, by a machine")
    page.get_by_role("button", name="Accept the 2 texts").click()
    expect(page.get_by_text("No words are in this state")).to_be_visible()
    assert AltText.objects.filter(language="en", state="accepted").count() == 3
