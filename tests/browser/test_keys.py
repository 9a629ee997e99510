"""A frontend on another origin, with a publishable key: it does what its key is for; every other origin, action and
part of the shop is refused.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page

from catalog.celery import app
from catalog.models import Product
from product_search.keys import make_key
from product_search.models import ShopperEvent
from tests.pictures import picture_bytes
from tests.servers import sends, server

RED = base64.b64encode(picture_bytes("red", side=200)).decode()
CLIENT = Path(__file__).resolve().parents[2] / "search" / "static" / "product_search" / "client.js"
#: What a page does with a client: `ask` is its body.
PROGRAM = """async ({url, key, ask, picture, id}) => {
    const {createClient} = await import("/client.js");
    const client = createClient({url, key});
    const sent = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const blob = new Blob([sent], {type: "image/png"});
    try { return await eval(`(async () => (${ask}))()`); }
    catch (problem) { return {refused: problem.code, status: problem.status}; }
}"""


@pytest.fixture
def origins() -> Iterator[tuple[Any, Any]]:
    """Two frontends on origins of their own, with the same files: one that keys are for, and a stranger's."""
    files = {
        "/": sends(b"<!doctype html><title>A frontend</title>", Content_Type="text/html"),
        "/client.js": sends(CLIENT.read_bytes(), Content_Type="text/javascript"),
    }
    with server(files) as ours, server(files) as strangers:
        yield ours, strangers


@pytest.fixture
def recording(settings: Any) -> Iterator[None]:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_a_frontend_elsewhere_does_what_its_key_is_for(
    shop: str, origins: tuple[Any, Any], recording: None, new_page: Callable[..., Page]
) -> None:
    ours, strangers = origins
    page = new_page()
    actions = ["search", "suggest", "similar", "events"]
    filters = {"category": "kitchen/mugs"}
    _, token = make_key("Frontend", origins=[ours.url], actions=actions, filters=filters)
    plate, mug = (Product.objects.get(sku=sku) for sku in ("P-1", "M-1"))

    def ask(what: str, *, key: str = token, id: Any = mug.pk) -> Any:
        given = {"url": f"{shop}/search", "key": key, "ask": what, "picture": RED, "id": str(id)}
        return page.evaluate(PROGRAM, given)

    page.goto(ours.url)
    assert ask('client.search({q: "mug"})')["total"] > 0
    assert ask('client.search({q: "plate"})')["total"] == 0
    assert ask('client.searches([{q: "mug"}, {q: "plate", per_page: 0}])')["answers"][1]["total"] == 0
    assert ask('client.suggest("mu")')["products"]
    assert ask("client.search({picture: blob})")["total"] > 0
    assert "hits" in ask("client.similar(id)")
    # As a header, which the browser asks for beforehand.
    status = f"""fetch(url + "/v1/search?q=mug", {{headers: {{Authorization: "Bearer {token}", "X-Visitor": "v"}}}})
        .then(async (answer) => [answer.status, answer.headers.get("X-Request-ID") !== null])"""
    assert ask(status) == [200, True]
    with page.expect_request(lambda request: "/v1/events" in request.url):
        ask('client.sendEvents([{kind: "view", product: Number(id)}])')
    wait_for(page, lambda: ShopperEvent.objects.filter(kind="view").count() == 1)

    assert ask("client.recommend({for: [id]})") == {"refused": "action_not_allowed", "status": 403}
    assert ask('client.search({q: "mug", explain: true})')["refused"] == "action_not_allowed"
    assert ask("client.similar(id)", id=plate.pk) == {"refused": "unknown_product", "status": 404}
    assert ask('client.search({q: "mug"})', key=token[:-1] + "?")["refused"] == "unknown_key"
    without = """fetch(url + "/v1/search", {method: "POST", body: '{"q": "mug"}'}).then((answer) => answer.status)"""
    assert ask(without)["refused"] is None  # no answer that a page could read

    page.goto(strangers.url)
    for what in ('client.search({q: "mug"})', 'client.suggest("mu")', "client.search({picture: blob})"):
        assert ask(what)["refused"] == "offline"
    ask('client.sendEvents([{kind: "view", product: Number(id)}])')
    ask('client.search({q: "mug"})')
    assert ShopperEvent.objects.filter(kind="view").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")


def wait_for(page: Page, holds: Any) -> None:
    """A beacon is sent when the browser likes."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to be")
