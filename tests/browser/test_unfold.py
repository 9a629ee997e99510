"""The plugin's admin pages under django-unfold, which replaces Django's templates and colours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from playwright.sync_api import Page

from catalog.models import Product
from product_search.models import Entry, Question, Tag
from tests.acceptance.shops import ROOT, free_port, running, wait_for_server, with_this_repository

from .signing_in import signed_in

#: Every page with a template of its own, and one of Django's.
PAGES = (
    "desk/",
    "index/",
    "entry/",
    "attribute/",
    "tag/",
    "duplicate/review/",
    "doubt/review/",
    "ruling/",
    "alttext/",
    "rulechange/",
    "playground/?q=mug&relevance_floor=0.4&missing=plate",
)


@pytest.fixture
def unfolded(shop: str, tmp_path: Path) -> Iterator[str]:
    """The address of the same shop in a process whose admin is django-unfold's."""
    port = free_port()
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **with_this_repository(),
        "DATABASE_URL": urlunsplit(url),
        "DJANGO_SETTINGS_MODULE": "tests.browser.unfold_settings",
        "SHOP_MEDIA_ROOT": str(tmp_path / "media"),
    }
    command = (sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}")
    log = tmp_path / "unfold.log"
    with running(*command, cwd=ROOT, env=environment, log=log) as process:
        wait_for_server(f"http://127.0.0.1:{port}/admin/login/", process, log)
        yield f"http://127.0.0.1:{port}"


def unreadable(page: Page) -> list[str]:
    """Where axe finds too little contrast in what the plugin puts on the page."""
    options = {"runOnly": ["color-contrast"]}
    report = Axe().run(page, context="#content-main, .ps-index, .ps-search", options=options).response
    return [
        f"{page.url}: {node['target']}: {node['failureSummary']}"
        for each in report["violations"]
        for node in each["nodes"]
    ]


def test_pages_open_and_are_readable(unfolded: str, new_page: Callable[..., Page]) -> None:
    user = get_user_model().objects.create_superuser("merchant")
    key: Any = Product.objects.order_by("pk").values_list("pk", flat=True)[0]
    Entry.objects.filter(pk=key).update(done=0, parked=True, attempts=6, error="ValueError: no price")
    Tag.objects.create(product=key, attribute="colour", value="red", probability=0.9)
    Question.objects.create(product=key, attribute="colour", value="green", probability=0.5)
    client = Client()
    client.force_login(user)
    page = signed_in(new_page, unfolded, client, width=820)

    found: list[str] = []
    for address in PAGES:
        answer = page.goto(f"{unfolded}/admin/product_search/{address}")
        assert answer is not None
        assert answer.status == 200, address
        if folder := os.environ.get("TEST_SCREENSHOTS"):
            page.screenshot(
                path=f"{folder}/unfold-{address.partition('?')[0].strip('/').replace('/', '-')}.png",
                full_page=True,
            )
        found += unreadable(page)
    assert "\n".join(found) == ""
