"""Chromium and its pages, for every test of the run: Playwright's loop is one to a process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from .chromium import CHROMIUM


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's synchronous face runs an event loop in this thread; Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                # A camera that shows a moving pattern, and a shopper who allows it.
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
            ],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the test's pages: errors of scripts, and whatever the Content-Security-Policy refused."""
    return []


@pytest.fixture
def new_page(browser: Browser, errors: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens pages, `new_page(javascript=False)`; what is in `errors` at the end fails the test.

    Without `policy` the browser keeps no Content Security Policy: axe gives long fields styles of its own.
    """
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            errors.append(message.text)

    def new_page(*, javascript: bool = True, width: int = 1440, policy: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript,
            bypass_csp=not policy,
            viewport={"width": width, "height": 900},
            locale="en-GB",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)
        page.set_default_timeout(20_000)
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert errors == []
