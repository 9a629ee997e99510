"""The report on searches in a browser: readable for everybody at tablet width, and two clicks to a note."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from product_search.models import QueryNote
from tests.searched import add_searches

from .test_admin import TABLET, desk, keep, violations

__all__ = ["desk"]


@pytest.fixture
def searched(shop: str) -> str:
    add_searches([("zorbling", 0)] * 3 + [("lamp", 5)] * 12)
    return f"{shop}/admin/product_search/dailysearches/"


def test_from_a_query_without_results_to_a_note(searched: str, desk: Callable[..., Page]) -> None:
    page = desk(width=TABLET)
    page.goto(searched)
    expect(page.get_by_role("img", name="Searches by day")).to_be_visible()
    page.get_by_text("As a table").first.click()
    expect(page.get_by_role("columnheader", name="This period").first).to_be_visible()
    assert violations(page) == []
    keep(page, "searches")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("region", name="Without results").get_by_role("link", name="Note: zorbling").click()
    expect(page.get_by_label("Query")).to_have_value("zorbling")
    # The admin's own script puts the cursor into the first field, and takes it from whoever types by then.
    expect(page.get_by_label("Query")).to_be_focused()
    page.get_by_label("Note").fill("We should sell these.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert violations(page) == []
    assert QueryNote.objects.get().note == "We should sell these."

    page.goto(searched)
    expect(page.get_by_role("region", name="Without results").get_by_text("noted")).to_be_visible()
