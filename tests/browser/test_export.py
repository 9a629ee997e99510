"""The export page of the shop's admin, under the shop's own strict policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect


def test_all_fields_are_chosen_and_dropped_at_once(shop: str, new_page: Callable[..., Page]) -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("merchant"))
    page = new_page()
    session: Any = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}
    page.context.add_cookies([session])
    page.goto(f"{shop}/admin/catalog/product/export/")
    every = page.get_by_label("Select all")
    fields = page.locator(".selectable-field-export-row input[type=checkbox]")
    assert fields.count() > 10
    every.uncheck()
    assert not any(box.is_checked() for box in fields.all())
    every.check()
    assert all(box.is_checked() for box in fields.all())
    label = page.locator("label[for=select-all-toggle]")
    expect(label).to_have_css("font-weight", "700")
