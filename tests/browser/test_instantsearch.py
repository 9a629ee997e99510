"""The pages of InstantSearch.js and React InstantSearch, on an origin of their own: every widget is used."""

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
from playwright.sync_api import Locator, Page, expect

from catalog.celery import app
from catalog.models import Product
from product_search.keys import make_key
from product_search.models import ShopperEvent
from tests import node
from tests.acceptance import doc_text

from .axe import violations

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PAGE = ROOT / "docs" / "instantsearch.md"
STATIC = ROOT / "search" / "static" / "product_search"


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, as `python -m http.server` serves them."""

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of both examples, built as their READMEs say."""
    folder = tmp_path_factory.mktemp("examples")
    for name, source in (("instantsearch", "search.js"), ("react-instantsearch", "search.jsx")):
        shutil.copytree(EXAMPLES / name, folder / name)
        shutil.copytree(STATIC, folder / name / "product_search")
        node.bundle(folder / name / source, folder / name / "bundle.js")
    ten_lines = next(block.text for block in doc_text.blocks(PAGE.read_text(encoding="utf-8"), "js"))
    (folder / "instantsearch" / "begin.js").write_text(ten_lines, encoding="utf-8")
    node.bundle(folder / "instantsearch" / "begin.js", folder / "begun.js")
    return folder


@pytest.fixture(params=["instantsearch", "react-instantsearch"])
def page(
    request: pytest.FixtureRequest, new_page: Any, rendered_shop: str, built: Path, settings: Any
) -> Iterator[Page]:
    """An example's page, open, with a publishable key for its origin."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    folder = built / request.param
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        _, token = make_key("InstantSearch", origins=[address])
        html = (EXAMPLES / request.param / "index.html").read_text(encoding="utf-8")
        html = html.replace("http://127.0.0.1:8000", rendered_shop)
        (folder / "index.html").write_text(html.replace('data-key=""', f'data-key="{token}"'), "utf-8")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        app.conf.task_always_eager = True  # events are written before they are answered
        page = new_page()
        page.goto(address)
        expect(hits(page)).to_have_count(12)
        yield page
        app.conf.task_always_eager = False
        server.shutdown()
        thread.join()


def hits(page: Page) -> Locator:
    return page.locator(".hit")


def families(**meant: Any) -> int:
    """Groups of variants with a member that is meant, by the shop's own table."""
    rows = Product.objects.filter(published=True, **meant)
    return len({parent or key for key, parent in rows.values_list("pk", "parent_id")})


def says(page: Page, number: int) -> None:
    expect(page.locator(".ais-Stats-text")).to_have_text(re.compile(rf"^{number} results?\b"))


def test_every_widget_does_its_part(page: Page) -> None:
    filters_narrow_and_count(page)
    orders_and_pages(page)
    assert violations(page) == []
    words_are_marked_and_what_is_clicked_is_told(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "a phone has room for it"


def filters_narrow_and_count(page: Page) -> None:
    says(page, families())

    # A list of alternatives counts what else there is; more of one are more.
    luma, loomry = (page.get_by_role("checkbox", name=re.compile(name)) for name in ("Casa Luma", "Loomry"))
    luma.check()
    says(page, families(brand__name="Casa Luma"))
    loomry.check()
    says(page, families(brand__name__in=["Casa Luma", "Loomry"]))
    assert "Casa" in page.locator(".ais-CurrentRefinements").inner_text()
    luma.uncheck()
    loomry.uncheck()
    says(page, families())

    # A brand by its name.
    page.get_by_placeholder("Search for a brand").fill("fj")
    expect(page.locator(".ais-RefinementList").first.get_by_role("checkbox")).to_have_count(1)
    expect(page.locator(".ais-RefinementList-labelText mark, .ais-RefinementList-labelText em")).to_have_text(
        "Fj"
    )
    page.get_by_role("checkbox", name=re.compile("Fjellby")).check()
    says(page, families(brand__name="Fjellby"))
    page.get_by_role("button", name="Clear filters").click()
    says(page, families())

    # A tree, a level at a time.
    menu = page.locator(".ais-HierarchicalMenu")
    menu.get_by_role("link", name=re.compile("^Kitchen")).click()
    says(page, families(category__path__startswith="kitchen"))
    menu.get_by_role("link", name=re.compile("^Drinkware")).click()
    menu.get_by_role("link", name=re.compile("^Mugs")).click()
    says(page, families(category__path="kitchen/drinkware/mugs"))
    expect(menu.get_by_role("link", name=re.compile("^Tableware"))).to_be_visible()
    page.locator(".ais-CurrentRefinements").get_by_role("button").click()
    says(page, families())

    # A list of what must all hold.
    page.get_by_role("checkbox", name=re.compile("Gift Ideas")).check()
    says(page, families(collections__name="Gift Ideas"))
    page.get_by_role("button", name="Clear filters").click()

    # A range, within the ends that there are.
    low, high = page.locator(".ais-RangeInput-input--min"), page.locator(".ais-RangeInput-input--max")
    expect(low).to_have_attribute("placeholder", "9")
    low.fill("20")
    high.fill("60")
    page.locator(".ais-RangeInput-submit").click()
    says(page, families(price__gte=20, price__lte=60))
    page.get_by_role("button", name="Clear filters").click()

    page.get_by_role("checkbox", name=re.compile("In stock")).check()
    says(page, families(stock__gt=0))
    page.get_by_role("button", name="Clear filters").click()
    says(page, families())


def orders_and_pages(page: Page) -> None:
    page.get_by_role("combobox").select_option("Cheapest first")
    expect(hits(page).first).to_contain_text("9.90")
    page.get_by_role("combobox").select_option("Dearest first")
    expect(hits(page).first).to_contain_text("1759.00")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=re.compile(r"^(Page )?2$")).click()
    expect(hits(page)).to_have_count(families() - 12)
    page.wait_for_url(re.compile(r"price.*page.*=2"))  # is written a moment later
    page.reload()
    expect(hits(page)).to_have_count(families() - 12)


def words_are_marked_and_what_is_clicked_is_told(page: Page) -> None:
    page.get_by_role("combobox").select_option("Best first")
    page.get_by_placeholder("Red striped mug").fill("striped mug")
    first = hits(page).first
    expect(first.locator(".ais-Highlight-highlighted")).to_have_text(["Striped", "Mug"])
    first.get_by_role("button", name=re.compile("basket")).click()
    with page.expect_response(lambda response: "/v1/events" in response.url):
        page.evaluate("addEventListener('click', (event) => event.preventDefault())")
        first.get_by_role("link").click()
    family = Product.objects.filter(sku__startswith="MUG-1015").values_list("pk", flat=True)
    page.wait_for_timeout(500)  # beacons are answered when they are
    events = ShopperEvent.objects.exclude(search_id=None).filter(product__in=list(family))
    assert {("cart", None), ("click", 1)} <= set(events.values_list("kind", "position"))
    page.get_by_placeholder("Red striped mug").fill("xqzzq")
    expect(hits(page)).to_have_count(0)
