"""The review of tags by keyboard: a hundred decisions, two people at once, and the same page without its script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from catalog.models import Product
from product_search.models import Attribute, AttributeValue, Decision, Question, Tag
from product_search.tagging.review import progress

from .signing_in import signed_in
from .test_admin import keep, violations

WAITING = 100


@pytest.fixture
def desk(settings: Any, shop: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the review, `desk("ann")`, before a shop with a hundred suggested colours."""
    settings.MIDDLEWARE = ["tests.browser.test_admin.strict", *django_settings.MIDDLEWARE]
    attribute = Attribute.objects.create(name="colour", label="Colour", translations={"de": "Farbe"})
    for value in ("red", "blue", "green"):
        AttributeValue.objects.create(attribute=attribute, value=value)
    made = Product.objects.bulk_create(
        Product(sku=f"T-{number}", name=f"Tile {number}", slug="tile") for number in range(WAITING - 4)
    )
    products = [*Product.objects.exclude(pk__in=[each.pk for each in made]).order_by("pk"), *made]
    for number, product in enumerate(products):
        value = "red" if number < 60 else "blue"
        Tag.objects.create(
            product=product.pk, attribute="colour", value=value, probability=0.9 + number / 2000
        )

    def open_page(name: str, **options: Any) -> Page:
        user = get_user_model().objects.filter(username=name).first()
        user = user or get_user_model().objects.create_superuser(name)
        client = Client()
        client.force_login(user)
        page = signed_in(new_page, shop, client, **options)
        page.goto(f"{shop}/admin/product_search/tag/")
        return page

    return open_page


def decide_all(page: Page, keys: str) -> None:
    """Press `keys` by turns until nothing waits."""
    page.get_by_role("link", name="red", exact=True).click()
    pressed = 0
    while page.locator("#ps-cards").count():
        expect(page.locator(".ps-card:focus")).to_have_count(1)
        cards = page.locator(".ps-card").count()
        for _ in range(cards):
            page.keyboard.press(keys[pressed % len(keys)])
            pressed += 1
        expect(page.locator(".ps-card[data-state]")).to_have_count(0)  # those of the next page
    expect(page.get_by_text("Nothing to review")).to_be_visible()


def test_a_hundred_suggestions_are_decided_by_keyboard(desk: Any) -> None:
    page = desk("ann")
    decide_all(page, "aaar")
    verdicts = Counter(Decision.objects.values_list("verdict", flat=True))
    assert verdicts == {"accepted": 75, "rejected": 25}
    assert Decision.objects.values("product").distinct().count() == WAITING
    assert Counter(Tag.objects.values_list("state", flat=True)) == verdicts
    assert progress(using="default") == (100, 0)


def test_two_at_once_lose_nothing_and_double_nothing(desk: Any) -> None:
    """Both have opened the same products; both go through them from the first to the last."""
    ann, ben = desk("ann"), desk("ben")
    for page in (ann, ben):
        page.get_by_role("link", name="red", exact=True).click()
        expect(page.locator(".ps-card:focus")).to_have_count(1)
    cards = ann.locator(".ps-card").count()
    for turn in range(cards):
        for page, key in ((ann, "a"), (ben, "r")) if turn % 2 else ((ben, "r"), (ann, "a")):
            page.keyboard.press(key)
            if turn == 0:
                said = "red rejected" if page is ben else "ben was first: red, rejected."
                expect(page.locator(".ps-card").first).to_contain_text(said)
    for page in (ann, ben):
        expect(page.locator(".ps-card[data-state]")).to_have_count(0)  # those of the next page
    rows = list(Decision.objects.values_list("product", "decided_by", "verdict"))
    assert Counter(product for product, *_ in rows) == Counter(dict.fromkeys((p for p, *_ in rows), 1))
    assert len(rows) == cards
    for product, by, verdict in rows:
        assert verdict == {"ann": "accepted", "ben": "rejected"}[by]
        assert Tag.objects.get(product=product).state == verdict


def test_changed_taken_back_and_helped_by_keyboard(desk: Any) -> None:
    page = desk("ann")
    first = Tag.objects.order_by("probability").first()
    Question.objects.create(product=first.product + 1, attribute="colour", value="blue", probability=0.3)
    page.get_by_role("link", name="red", exact=True).click()
    cards = page.locator(".ps-card")
    expect(cards.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("?")
    expect(page.get_by_text("Keys count while a product has the focus.")).to_be_visible()
    page.keyboard.press("c")
    page.keyboard.type("green")
    page.keyboard.press("Enter")
    expect(cards.first).to_contain_text("changed to green")
    expect(cards.nth(1)).to_be_focused()
    assert dict(Tag.objects.filter(product=first.product).values_list("value", "state")) == {
        "red": "rejected",
        "green": "accepted",
    }
    page.keyboard.press("u")
    expect(page.locator("#ps-said")).to_have_text("taken back")
    expect(cards.first).to_be_focused()
    assert list(Tag.objects.filter(product=first.product).values_list("value", "state")) == [
        ("red", "suggested")
    ]
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(cards.first).to_contain_text("Not sent: try again.")
    page.context.set_offline(False)
    page.keyboard.press("a")
    expect(cards.first).to_contain_text("red accepted")
    assert Decision.objects.count() == 3


def test_pages_fit_and_axe_and_the_policy_find_nothing(desk: Any) -> None:
    page = desk("ann")
    found: list[str] = []

    def look(name: str) -> None:
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            found.extend([f"{name} is {wide} px wide"] * (wide > width))
            found.extend(violations(page))
            keep(page, f"review-{name}-{width}")

    look("groups")
    page.get_by_role("link", name="red", exact=True).click()
    expect(page.locator(".ps-card").first).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(".ps-card").first).to_contain_text("red accepted")
    look("group")
    page.goto(page.url.replace("group/", "accept/"))
    look("accept")
    page.goto(page.url.replace("tag/accept/", "decision/"))
    look("decisions")
    Tag.objects.all().delete()
    page.goto(page.url.replace("decision/", "tag/"))
    look("nothing")
    assert "\n".join(found) == ""


def test_without_its_script_it_is_a_page_of_forms(desk: Any) -> None:
    page = desk("ann", javascript=False)
    page.get_by_role("link", name="red", exact=True).click()
    card = page.locator(".ps-card").first
    card.get_by_label("instead").fill("blue")
    card.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("changed to blue")
    page.locator(".ps-card").first.get_by_role("button", name="Accept").click()
    expect(page.locator(".messagelist")).to_contain_text("red accepted")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".messagelist")).to_contain_text("taken back")
    assert list(Decision.objects.order_by("id").values_list("verdict", flat=True)) == [
        "changed",
        "accepted",
        "undone",
    ]
