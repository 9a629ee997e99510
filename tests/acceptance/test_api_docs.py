"""docs/api.md: every curl line, sent as it stands to a running server, is answered as the page describes it."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection

from catalog.models import Category, Product
from product_search.api.schema import stored
from product_search.testing import index_now
from tests.acceptance import doc_text
from tests.integration.api.conftest import fill, picture_bytes
from tests.node import modules, node

PAGE = (doc_text.ROOT / "docs" / "api.md").read_text(encoding="utf-8")
LINES = [line for line in doc_text.commands(PAGE) if line.startswith("curl")]


@pytest.fixture
def server(live_server, transactional_db, settings, tmp_path):
    """The demo shop, small: what the page's examples ask for exists."""
    settings.MEDIA_ROOT = tmp_path
    fill()
    kitchen = Category.objects.get(slug="kitchen")
    Product.objects.create(sku="P8", slug="p8", name="red striped mug", category=kitchen, price=20, stock=3)
    for name in ("photo", "this", "that", "not-this"):
        (tmp_path / f"{name}.jpg").write_bytes(picture_bytes("blue", kind="JPEG"))
    index_now()
    yield live_server
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE product_search_picturevector, product_search_textvector")


def test_each_line_is_answered_as_the_page_says(server, tmp_path, settings):
    mug = Product.objects.get(sku="P0")
    other = Product.objects.get(sku="P8")
    variables = {
        "$SHOP": f"{server.url}/search",
        "/17/": f"/{mug.pk}/",
        "like=17": f"like={mug.pk}",
        "unlike=23": f"unlike={other.pk}",
        "product=17": f"product={mug.pk}",
        "for=17": f"for={mug.pk}",
        "for=23": f"for={other.pk}",
    }
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "METRICS_TOKEN": "a-token-of-the-test"}
    variables["$METRICS_TOKEN"] = "a-token-of-the-test"
    answers = {}
    for line in LINES:
        answers[line] = doc_text.curl(line, variables=variables, folder=tmp_path)
        if "cursor=new" in line:
            variables["$NEXT"] = answers[line].body["next"] or "new"
    for part, status, code in (("why-not", 403, "staff_only"), ("picture_url", 400, "picture_urls_off")):
        refused = answers.pop(next(line for line in LINES if part in line))
        assert (refused.status, refused.body["code"]) == (status, code), "as the page says"
    events = answers.pop(next(line for line in LINES if "v1/events" in line))
    assert (events.status, events.body.keys()) == (202, {"recorded"})
    assert {line: answer.status for line, answer in answers.items() if answer.status != 200} == {}
    assert len(LINES) >= 5

    (example,) = [json.loads(block.text) for block in doc_text.blocks(PAGE, "json") if '"hits"' in block.text]
    searches = [
        answer.body for line, answer in answers.items() if "/v1/search?" in line or '/v1/search"' in line
    ]
    assert len(searches) >= 3
    for body in searches:
        assert body.keys() == example.keys()
        for hit in body["hits"]:
            assert hit.keys() == example["hits"][0].keys()
    first = answers[LINES[0]].body
    assert first["hits"][0]["card"]["title"] == "red striped mug"
    assert first["per_page"] == 5
    similar = next(answer.body for line, answer in answers.items() if "similar" in line)
    assert mug.pk not in [hit["id"] for hit in similar["hits"]]


def test_every_endpoint_has_an_example():
    """As a line of curl, by its path."""
    asked = " ".join(LINES).replace("/17/", "/{id}/").replace("/facets/category", "/facets/{name}")
    missing = [path for path in stored()["paths"] if not re.search(re.escape(path) + r"[\s?\"]", asked)]
    assert missing == []


def test_the_program_of_the_beginning_runs(server, tmp_path):
    (program,) = (block.text for block in doc_text.blocks(PAGE, "js") if "createClient" in block.text)
    client = doc_text.ROOT / "search" / "static" / "product_search" / "client.js"
    written = program.replace("/static/product_search/client.js", str(client))
    (tmp_path / "page.mjs").write_text(written.replace('"/search"', f'"{server.url}/search"'))
    modules()
    assert node(tmp_path / "page.mjs", cwd=tmp_path).strip() == "1 [ 'red striped mug' ]"
