"""The plugin's admin pages and the product list: within the screen, by keyboard, clean for axe and a strict CSP."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client
from playwright.sync_api import Page, expect

from catalog.models import Product
from product_search.analytics import days
from product_search.models import DailyProduct, Doubt, Duplicate, Entry, Mark, Picture, SearchEvent
from tests.pictures import picture_bytes

from . import axe
from .signing_in import signed_in

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'"
)
PAGES = (
    "desk/",
    "dailysearches/products/",
    "dailysearches/pictures/",
    "index/",
    "entry/",
    "mark/",
    "space/",
    "picture/",
    "apikey/",
    "duplicate/",
    "duplicate/review/",
    "doubt/",
    "doubt/review/",
)
#: Pixels, as one holds it upright.
TABLET = 820
ERROR = "UnreadableImage: 'a.png' in product 7 ends too early\nTraceback (most recent call last):\n  File \"x.py\""


def strict(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A host's strict policy, on every answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return middleware


@pytest.fixture
def desk(settings: Any, shop: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens pages of the admin as a superuser: `desk(width=390)`; products have failed for two causes."""
    settings.MIDDLEWARE = [f"{__name__}.strict", *django_settings.MIDDLEWARE]
    user = get_user_model().objects.create_superuser("merchant")
    keys = list(Product.objects.order_by("pk").values_list("pk", flat=True))
    Entry.objects.filter(pk=keys[0]).update(done=0, parked=True, attempts=6, error=ERROR)
    Entry.objects.filter(pk=keys[1]).update(done=0, attempts=2, error=ERROR.replace("7", "8"))
    Entry.objects.filter(pk=keys[2]).update(done=0, attempts=1, error="ValueError: no price")
    Mark.objects.create(source="catalog.product", key=str(keys[3]))
    Picture.objects.filter(product=keys[0]).update(reason="truncated", detail="cut off")
    shown = dict(Picture.objects.values_list("product", "picture"))
    for other in keys[1:3]:
        names = {"picture": shown[keys[0]], "other_picture": shown[other]}
        Duplicate.objects.create(product=keys[0], other=other, kind="same_picture", **names)
    Doubt.objects.create(product=keys[1], picture=shown[keys[1]], kind="other", sure=0.95, like=keys[2])
    for key, clicks in zip(keys[:2], (300, 10), strict=True):
        shown = {"position": 1, "shown": 1000, "clicks": clicks}
        DailyProduct.objects.create(day=days.today(), language="en", query="mug", product=key, **shown)
    SearchEvent.objects.create(
        search_id=uuid4(), at=days.now(), language="en", kind="picture", total=3, shown=list(keys[:3])
    )
    client = Client()
    client.force_login(user)

    def open_page(**options: Any) -> Page:
        return signed_in(new_page, shop, client, **options)

    return open_page


def violations(page: Page) -> list[str]:
    # Django's links fade into the colours of the other scheme; halfway they have too little contrast.
    # One whose element the index page replaces meanwhile is aborted, and over as well.
    page.evaluate(
        "Promise.allSettled(document.getAnimations().map((each) => each.finished)).then(() => null)"
    )
    return [f"{page.url}: {each}" for each in axe.violations(page, "#content")]


def keep(page: Page, name: str) -> None:
    """A picture for whoever wants to see it: TEST_SCREENSHOTS names the folder."""
    if folder := os.environ.get("TEST_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_fit_the_screen_and_axe_and_the_policy_find_nothing(desk: Any, shop: str, width: int) -> None:
    page = desk(width=width)
    found: list[str] = []
    for address in [*(f"product_search/{path}" for path in PAGES), "catalog/product/?q=mug"]:
        page.goto(f"{shop}/admin/{address}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{address} is {wide} px wide"] * (wide > width)
        if width > TABLET:
            page.set_viewport_size({"width": TABLET, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            found += [f"{address} is {wide} px wide on a tablet"] * (wide > TABLET)
            page.set_viewport_size({"width": width, "height": 900})
        keep(page, f"{address.split('?')[0].strip('/').replace('/', '-')}-{width}")
        if address.startswith("product_search/index"):
            page.emulate_media(color_scheme="dark")
            found += violations(page)
            keep(page, f"index-dark-{width}")
            page.emulate_media(color_scheme="light")
        found += violations(page)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_pairs_are_decided_one_after_the_other(desk: Any, shop: str, javascript: bool) -> None:
    page = desk(javascript=javascript)
    first, second = Duplicate.objects.order_by("pk")

    def press(key: str, button: str) -> None:
        if javascript:
            expect(page.locator(".ps-keys")).to_be_visible()  # keys are listened to from here on
            page.keyboard.press(key)
        else:
            page.locator("#content").get_by_role("button", name=button).first.click()

    page.goto(f"{shop}/admin/product_search/duplicate/review/")
    expect(page.locator("[role=status]").last).to_contain_text("2 are open")
    press("d", "These are two")
    expect(page.locator(".messagelist")).to_contain_text("these are two products")
    expect(page.locator("[role=status]").last).to_contain_text("1 is open")
    press("u", "Take this back")
    expect(page.locator(".messagelist")).to_contain_text("open again")
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("after="))
    press("1", "Keep this one")
    expect(page.locator(".messagelist")).to_contain_text("merged")
    second.refresh_from_db()
    assert (second.state, second.removed) == ("merged", second.other)
    assert not Product.objects.get(pk=second.other).published
    press("d", "These are two")
    expect(page.locator("#content")).to_contain_text("No pair is open")
    first.refresh_from_db()
    assert (first.state, first.decided_by) == ("dismissed", "merchant")


def test_failures_are_grouped_shown_whole_and_tried_again(desk: Any, shop: str) -> None:
    page = desk()
    page.goto(f"{shop}/admin/product_search/index/")
    causes = page.locator(".ps-failures > li")
    expect(causes).to_have_count(2)
    first = causes.first
    expect(first).to_contain_text("2 products")
    first.locator("summary").click()
    expect(first.locator("pre")).to_contain_text("Traceback")
    page.wait_for_timeout(5000)  # two looks later it is still unfolded
    expect(first.locator("pre")).to_be_visible()
    first.get_by_role("button", name="Try these again").click()
    expect(page.locator(".messagelist")).to_contain_text("2 products are tried again")
    expect(causes).to_have_count(1)
    assert Entry.objects.filter(attempts=0, parked=False, done=0).count() == 2
    page.get_by_role("button", name="Try all").click()
    expect(page.locator("[data-part=failures]")).to_contain_text("No product failed.")


def test_every_control_is_reached_by_tab_with_its_focus_seen(desk: Any, shop: str) -> None:
    page = desk()
    page.goto(f"{shop}/admin/product_search/index/")
    wanted = page.locator("#content :is(a[href], button, input:not([type=hidden]), summary):visible").count()
    seen = set()
    for _ in range(wanted + 80):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            "const seen = s.outlineStyle != 'none' || s.boxShadow != 'none';"
            "return [e.closest('#content') && e.outerHTML.slice(0, 300), seen] })()"
        )
        if focus[0]:
            assert focus[1], f"no visible focus on {focus[0]}"
            seen.add(focus[0])
    assert len(seen) >= wanted - 2  # two buttons of one text are one here


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_the_list_is_searched_by_a_picture(desk: Any, shop: str, javascript: bool) -> None:
    page = desk(javascript=javascript)
    page.goto(f"{shop}/admin/catalog/product/")
    picture = {"name": "mine.png", "mimeType": "image/png", "buffer": picture_bytes("blue", side=200)}
    page.get_by_label("Search by picture", exact=True).set_input_files(picture)
    if not javascript:
        page.locator(".ps-picture").get_by_role("button", name="Search by picture", exact=True).last.click()
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    expect(page.locator("#result_list tbody tr").first).to_contain_text("Blue Mug")
    keep(page, "by-picture")
    page.locator("#searchbar").fill("mug")
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
    assert {"picture", "q"} <= set(re.findall(r"[?&](\w+)=", page.url))
    page.get_by_role("link", name="Remove the picture").click()
    expect(page.get_by_alt_text("The picture you search with")).to_have_count(0)
    assert "q=mug" in page.url
    page.go_back()
    expect(page.get_by_alt_text("The picture you search with")).to_be_visible()
