"""docs/api.md: every curl line, sent as it stands to a running server, is answered as the page describes it."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from catalog.models import Category, Product
from product_search.testing import index_now
from tests.acceptance import doc_text
from tests.integration.api.conftest import fill, picture_bytes

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


def test_each_line_is_answered_as_the_page_says(server, tmp_path):
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
    answers = {}
    for line in LINES:
        answers[line] = doc_text.curl(line, variables=variables, folder=tmp_path)
        if "cursor=new" in line:
            variables["$NEXT"] = answers[line].body["next"] or "new"
    why_not = next(line for line in LINES if "why-not" in line)
    refused = answers.pop(why_not)
    assert (refused.status, refused.body["code"]) == (403, "staff_only"), "as the page says"
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
