"""What axe finds wrong with a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page, context: str | None = None, *, looked: int = 6) -> list[str]:
    """Each rule that the page breaks, in what `context` selects, with the first element that does.

    Fewer than `looked` rules that are kept mean that axe has not looked.
    """
    report = Axe().run(page, context=context).response
    assert len(report["passes"]) >= looked, "axe has looked"
    return [f"{each['id']} at {each['nodes'][0]['target']}: {each['help']}" for each in report["violations"]]
