"""A product that is held back in the admin is on no page of the shop until it is released there; axe and CSP agree."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from catalog.models import Product

from .test_admin import desk, keep, violations

__all__ = ["desk"]


def answered(page: Page, address: str) -> int:
    response = page.goto(address)
    assert response is not None
    return response.status


def test_held_in_the_admin_it_is_nowhere_until_it_is_released(shop: str, desk: Callable[..., Page]) -> None:
    page = desk(width=1280)
    mug = Product.objects.get(sku="M-2")
    rulings = f"{shop}/admin/product_search/ruling/"
    found = page.get_by_role("link", name="Blue Mug").first
    page.goto(f"{shop}/?q=blue+mug")
    expect(found).to_be_visible()
    assert answered(page, f"{shop}{mug.get_absolute_url()}") == 200

    page.goto(rulings)
    page.get_by_label("The product's primary key").last.fill(str(mug.pk))
    page.get_by_label("Why").fill("stolen picture")
    page.get_by_role("button", name="Hold back").click()
    expect(page.get_by_role("heading", name="Blue Mug")).to_be_visible()
    expect(page.get_by_role("img").first).to_be_visible()
    assert violations(page) == []
    held = page.url

    page.goto(f"{shop}/?q=blue+mug")
    expect(found).to_have_count(0)
    page.goto(f"{shop}/")
    expect(found).to_have_count(0)
    assert answered(page, f"{shop}{mug.get_absolute_url()}") == 404

    page.goto(held)
    page.get_by_label("Why").fill("it is ours")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("it is ours").first).to_be_visible()
    page.goto(rulings)
    assert violations(page) == []
    page.goto(f"{rulings}report/?by=brand")
    assert violations(page) == []
    assert answered(page, f"{shop}{mug.get_absolute_url()}") == 200
    page.goto(f"{shop}/?q=blue+mug")
    expect(found).to_be_visible()


def test_a_policy_to_begin_with_is_read_and_saved(shop: str, desk: Callable[..., Page]) -> None:
    page = desk(width=1280)
    policies = f"{shop}/admin/product_search/policy/"
    starter = page.get_by_role("link", name="Pictures that are no product photographs")
    page.goto(policies)
    assert violations(page) == []
    starter.click()
    expect(page.get_by_label("Words:", exact=True)).to_have_value(re.compile(r"(^|\n)size chart\n"))
    expect(page.get_by_label("Words in names alone")).to_be_checked()
    looked_at = desk(width=1280, policy=False)
    looked_at.goto(page.url)
    assert violations(looked_at) == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    expect(page.get_by_role("link", name="Contact details and prices over pictures")).to_be_visible()
    expect(page.locator(".ps-begin").get_by_text("no product photographs")).to_have_count(0)
    keep(page, "policies")
