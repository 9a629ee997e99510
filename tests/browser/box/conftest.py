"""Pages with a search box: the example of the docs, served beside the shop's API under the shop's own policy."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.db import connection
from playwright.sync_api import Page, Route

from product_search.testing import index_now
from tests import bundles

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "box"
#: Where the example stands in the tests' shop.
PATH = "/box/"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:;"
    " media-src 'self'"
)
PHONE, DESKTOP = 390, 1280
#: Of tests that look at one width; `make acceptance` has them look at the other one too.
WIDTH = int(os.environ.get("BOX_WIDTH", DESKTOP))


class OpenBox(Protocol):
    """Opens the example with attributes of the box added, e.g. `open_box(width=390, paging="infinite")`."""

    def __call__(
        self, query: str = "", *, width: int = WIDTH, lang: str = "en", **attributes: str
    ) -> Page: ...


def unfold(page: Page, width: int, name: str = "Filters") -> None:
    """On a phone the filters are behind a button of this name."""
    if width == PHONE:
        page.get_by_role("button", name=name).first.click()


@pytest.fixture(scope="session")
def made() -> str:
    """`box.js` of the modules as they are now, whether or not it was written anew."""
    return bundles.bundled()


@pytest.fixture
def open_box(shop: str, new_page: Callable[..., Page], made: str) -> Iterator[OpenBox]:
    """In the small shop of three mugs and a plate."""
    pages: list[Page] = []
    yield opener(new_page, shop, pages, made)
    for page in pages:
        page.close()
    answered()


def answered() -> None:
    """Wait until the server has answered what closed pages had asked: it would hold up the tables' clearing."""
    quiet = 0
    while quiet < 3:
        time.sleep(0.03)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            quiet = 0 if cursor.fetchone()[0] else quiet + 1


def opener(new_page: Callable[..., Page], shop: str, pages: list[Page], made: str) -> OpenBox:
    """Opens the example in a shop."""

    def open_box(query: str = "", *, width: int = WIDTH, lang: str = "en", **attributes: str) -> Page:
        page = new_page(width=width)
        pages.append(page)
        page.route(
            "**/product_search/box.js", lambda route: route.fulfill(body=made, content_type="text/javascript")
        )
        serve(page, shop, lang, attributes)
        page.goto(shop + PATH + query)
        return page

    return open_box


def serve(page: Page, shop: str, lang: str, attributes: dict[str, str]) -> None:
    """Let the example stand in the shop, with these attributes of its box (`per_page` is `per-page`)."""
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    direction = ' dir="rtl"' if lang == "ar" else ""
    text = (EXAMPLE / "index.html").read_text(encoding="utf-8")
    text = text.replace("<product-search", f"<product-search{given}").replace(
        'lang="en"', f'lang="{lang}"{direction}'
    )
    headers = {"Content-Security-Policy": POLICY}

    def example(route: Route) -> None:
        if route.request.url.partition("?")[0].endswith("page.css"):
            route.fulfill(path=EXAMPLE / "page.css", content_type="text/css")
        else:
            route.fulfill(body=text, content_type="text/html; charset=utf-8", headers=headers)

    page.route(f"{shop}{PATH}**", example)


@pytest.fixture
def many(shop: str) -> None:
    """Thirty products more, from 100 to 129 euros."""
    from catalog.models import Product

    for number in range(30):
        Product.objects.create(sku=f"N-{number}", name=f"Thing {number}", price=number + 100)
    index_now()


def box(page: Page) -> Any:
    """The field."""
    return page.get_by_role("combobox", name="What are you looking for?")


def titles(page: Page, within: str = "product-search") -> list[str]:
    """Of the hits that are shown."""
    return page.locator(f"{within} .hits .title").all_inner_texts()
