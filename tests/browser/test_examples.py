"""The pages of docs/examples: each lets one type, filter, leaf and go back, and waits when the shop is busy."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from catalog.models import Brand, Category, Product
from product_search.api import place
from product_search.keys import make_key
from product_search.testing import index_now
from tests import node

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
URLS = """
from django.urls import include, path
from catalog.urls import urlpatterns as of_the_shop
urlpatterns = [path("find/", include("tiny.urls")), *of_the_shop]
"""


@pytest.fixture
def crowded(shop: str) -> str:
    """The shop's four products, and fourteen bowls of one brand."""
    kitchen, brand = Category.objects.get(path="kitchen"), Brand.objects.create(name="Acme", slug="acme")
    for number in range(14):
        Product.objects.create(
            sku=f"B-{number}",
            slug=f"b-{number}",
            name=f"Bowl {number}",
            category=kitchen,
            brand=brand,
            price=5,
            stock=1,
        )
    index_now()
    return shop


@pytest.fixture
def find(shop: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The htmx page as its README says: an app of the shop, with htmx among its static files."""
    shutil.copytree(EXAMPLES / "htmx", tmp_path / "apps" / "tiny")
    (tmp_path / "apps" / "with_find.py").write_text(URLS)
    static = tmp_path / "apps" / "tiny" / "static" / "tiny"
    static.mkdir(parents=True)
    shutil.copy(node.modules() / "htmx.org" / "dist" / "htmx.min.js", static)
    monkeypatch.syspath_prepend(tmp_path / "apps")
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tiny"]
    settings.ROOT_URLCONF = "with_find"
    return f"{shop}/find/"


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, as `python -m http.server` serves them."""

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def elsewhere(shop: str, tmp_path: Path) -> Iterator[str]:
    """The page that uses fetch alone, as its README says: on an origin of its own, with a publishable key for it."""
    folder = tmp_path / "fetch"
    shutil.copytree(EXAMPLES / "fetch", folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        _, token = make_key("The example", origins=[address])
        html = (folder / "index.html").read_text(encoding="utf-8")
        ours = html.replace("http://127.0.0.1:8000", shop).replace('data-key=""', f'data-key="{token}"')
        (folder / "index.html").write_text(ours, encoding="utf-8")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield address
        server.shutdown()
        thread.join()


@pytest.fixture(params=["elsewhere", "find"], ids=["fetch", "htmx"])
def page(request: pytest.FixtureRequest, new_page: Any, crowded: str) -> Page:
    """An example's page, open."""
    page = new_page()
    page.goto(request.getfixturevalue(request.param))
    expect(page.get_by_role("status")).to_have_text("17 products")
    return page


def hits(page: Page) -> Any:
    return page.locator("ol > li")


def test_words_facets_and_pages_and_the_way_back(page: Page) -> None:
    page.get_by_label("Search the shop").press_sequentially("bowl", delay=20)
    expect(page.get_by_role("status")).to_have_text("14 products")
    expect(hits(page)).to_have_count(12)
    assert "q=bowl" in page.url
    page.get_by_role("button", name="More").click()
    expect(hits(page)).to_have_count(2)
    assert "page=2" in page.url
    page.reload()
    expect(hits(page)).to_have_count(2)
    page.get_by_role("button", name="Back").click()
    expect(hits(page)).to_have_count(12)

    page.get_by_label("Search the shop").fill("")
    expect(page.get_by_role("status")).to_have_text("17 products")
    page.get_by_label("Mugs (2)").check()
    expect(page.get_by_role("status")).to_have_text("2 products")
    expect(page.get_by_label("Mugs (2)")).to_be_checked()
    page.get_by_label("Mugs (2)").uncheck()
    expect(page.get_by_role("status")).to_have_text("17 products")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("2 products")


def test_what_nobody_waits_for_any_longer_is_given_up(page: Page) -> None:
    given_up: list[str] = []
    page.on("requestfailed", lambda request: given_up.append(request.url))

    def hold(route: Route) -> None:
        if re.search(r"q=bow(&|$)", route.request.url):
            page.wait_for_timeout(600)
        route.continue_()

    page.route(re.compile("[?&]q="), hold)
    page.get_by_label("Search the shop").fill("bow")
    page.wait_for_timeout(300)
    page.get_by_label("Search the shop").fill("mug")
    expect(page.get_by_role("status")).to_have_text("2 products")
    page.wait_for_timeout(900)
    expect(page.get_by_role("status")).to_have_text("2 products")
    assert any("q=bow" in url for url in given_up)


def test_a_busy_shop_is_asked_again(page: Page, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "SEARCHES_AT_ONCE": 1, "BUSY_WAIT_MS": 0}
    with place():
        page.get_by_label("Search the shop").fill("mug")
        expect(page.get_by_role("status")).to_contain_text("asking again")
    expect(page.get_by_role("status")).to_have_text("2 products")


def test_the_htmx_page_works_without_javascript(new_page: Any, crowded: str, find: str) -> None:
    page = new_page(javascript=False)
    page.goto(find)
    page.get_by_label("Search the shop").fill("bowl")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("14 products")
    page.get_by_role("button", name="More").click()
    expect(hits(page)).to_have_count(2)
    assert "q=bowl" in page.url
