"""`client.js`: its types are those of the schema, and what it asks is answered."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from catalog.models import Product
from product_search.models import ShopperEvent
from tests import typescript
from tests.node import LISTED, node

from .conftest import picture_bytes

CLIENT = typescript.TYPES.with_name("client.js")
PROGRAMS = LISTED / "client"
#: Of `client.js` as a server sends it, bytes.
MOST_BYTES = 2500


def test_the_stored_types_are_those_of_the_schema() -> None:
    command = "PYTHONPATH=build/link:. .venv/bin/python -m tests.typescript"
    assert typescript.TYPES.read_text(encoding="utf-8") == typescript.text(), f"run: {command}"


def test_the_strict_compiler_accepts_what_is_right_and_refuses_what_is_not() -> None:
    assert typescript.check(PROGRAMS / "typed.ts") == ""


def test_it_is_small() -> None:
    assert len(gzip.compress(CLIENT.read_bytes(), mtime=0)) <= MOST_BYTES


def test_whatever_it_asks_a_running_shop_is_answered(served: str, tmp_path: Path) -> None:
    picture = tmp_path / "red.png"
    picture.write_bytes(picture_bytes("red"))
    red = Product.objects.get(sku="P0")
    got = json.loads(node(PROGRAMS / "live.js", served, str(red.pk), picture, cwd=tmp_path))

    assert [hit["card"]["title"] for hit in got["words"]["hits"]] == ["green mug", "white mug"]
    assert got["words"]["facets"] == []
    assert got["pages"] == [3, 3]
    assert got["long"]["total"] == 4
    assert [facet["name"] for facet in got["picture"]["facets"]] == ["price", "brand"]
    assert got["picture"]["hits"][0]["id"] == red.pk
    assert red.pk not in [hit["id"] for hit in got["like"]["hits"]]
    mugs, german = got["several"]["answers"]
    assert (mugs["hits"], mugs["total"], german["facets"][0]["values"][0]["label"]) == ([], 4, "Küche")
    assert sorted(hit["card"]["price"] for hit in got["where"]["hits"]) == ["5.00"]
    assert [value["value"] for value in got["values"]["values"]] == ["kitchen/bowls"]
    assert got["vectors"].keys() == {"total", "page"}
    assert "red mug" in got["suggest"]["queries"] + [
        each["card"]["title"] for each in got["suggest"]["products"]
    ]
    assert got["related"] == {"queries": []}
    assert (got["similar"]["per_page"], len(got["recommend"]["hits"])) == (2, 2)
    assert {label["value"] for label in got["classify"]["labels"]} == {"mug", "bowl"}
    assert {label["value"] for label in got["labels"]["labels"]} == {"mug", "bowl"}
    assert got["tags"]["attributes"] == []
    assert got["german"]["facets"][0]["values"][0]["label"] == "Küche"
    assert [event.product for event in ShopperEvent.objects.all()] == [got["words"]["hits"][0]["id"]]

    problem = got["refused"]
    assert (problem["problem"], problem["name"], problem["status"]) == (True, "Problem", 400)
    assert (problem["code"], problem["parameter"]) == ("out_of_range", "page")
    assert (got["elsewhere"]["code"], got["elsewhere"]["status"]) == ("unexpected_answer", 404)
    assert (got["offline"]["code"], got["offline"]["status"]) == ("offline", 0)
    assert (got["busy"]["code"], got["busy"]["retryAfter"]) == ("busy", 7)
    assert (got["aborted"]["name"], got["aborted"]["problem"]) == ("AbortError", False)

    assert got["asked"] == [
        "GET /v1/search",
        "GET /v1/search",
        "GET /v1/search",
        "POST /v1/search",
        "POST /v1/search",
        "POST /v1/search",
        "POST /v1/searches",
        "GET /v1/search",
        "GET /v1/facets/category",
        "POST /v1/search",
        "GET /v1/suggest",
        "GET /v1/related",
        f"GET /v1/products/{red.pk}/similar",
        "GET /v1/recommend",
        "POST /v1/classify",
        "POST /v1/classify",
        "POST /v1/tags",
        "GET /v1/search",
        "GET /v1/search",
        "POST /v1/events",
    ], "by GET where it fits into an address"
