"""`instantsearch.js`: what InstantSearch asks in its own words is found by ours, and named where it can't be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F, Q

from catalog.celery import app
from catalog.models import Brand, Collection, Product
from product_search.models import SearchEvent, ShopperEvent
from product_search.testing import index_now
from tests import typescript
from tests.node import LISTED, node

ASK = LISTED / "instantsearch" / "ask.js"
INSIGHTS = LISTED / "instantsearch" / "insights.js"
Params = dict[str, Any]


@pytest.fixture
def mixed(served: str) -> str:
    """The mount of a running shop: eight products of one brand, two of another, and one of none, without a price."""
    globex = Brand.objects.create(name="Globex & Sons", slug="globex")
    app.conf.task_always_eager = False  # indexed once, below
    rows: tuple[dict[str, Any], ...] = (
        {"name": "red kettle", "brand": globex, "price": 50, "list_price": 60, "stock": 1},
        {"name": "blue kettle", "brand": globex, "price": 7, "stock": 0},
        {"name": "odd thing", "price": None, "stock": 2},
    )
    for number, row in enumerate(rows):
        Product.objects.create(sku=f"X{number}", slug=f"x{number}", popularity=50 - number, **row)
    gifts = Collection.objects.create(name="Gifts", slug="gifts")
    new = Collection.objects.create(name="New", slug="new")
    gifts.products.set(Product.objects.filter(sku__in=["P0", "P1", "X0"]))
    new.products.set(Product.objects.filter(sku__in=["P0", "X2"]))
    index_now()
    app.conf.task_always_eager = True
    return served


@pytest.fixture
def asks(mixed: str, tmp_path: Path) -> Callable[..., Any]:
    """Calls of our client in Node, `(method, requests)` each; gives what came, what was warned of and what was sent."""

    def ask(*calls: tuple[str, Any], **options: Any) -> Any:
        given = json.dumps({"url": mixed, "language": "en", **options})
        return json.loads(node(ASK, given, json.dumps(calls), cwd=tmp_path))

    return ask


def search(*params: Params, index: str = "products") -> tuple[str, list[Params]]:
    return "search", [{"indexName": index, "params": each} for each in params]


ACME, GLOBEX = Q(brand__slug="acme"), Q(brand__slug="globex")
MUGS, BOWLS = Q(category__path="kitchen/mugs"), Q(category__path="kitchen/bowls")
GIFTS = Q(pk__in=Product.objects.filter(collections__slug="gifts").values("pk"))
NEW = Q(pk__in=Product.objects.filter(collections__slug="new").values("pk"))
STOCKED = Q(stock__gt=0) | Q(stock=None)

#: What InstantSearch sends, and the products that it means, by the shop's own tables.
FILTERED: list[tuple[Params, Q]] = [
    ({}, Q()),
    ({"facetFilters": "brand:acme"}, ACME),
    ({"facetFilters": ["brand:acme", "collection:gifts"]}, ACME & GIFTS),
    ({"facetFilters": [["brand:acme", "brand:globex"]]}, ACME | GLOBEX),
    ({"facetFilters": [["brand:globex", "collection:gifts"], "in_stock:true"]}, (GLOBEX | GIFTS) & STOCKED),
    ({"facetFilters": ["brand:-acme"]}, ~ACME),
    ({"facetFilters": ["-brand:acme", "collection:-gifts"]}, ~ACME & ~GIFTS),
    ({"facetFilters": [["brand:-acme", "collection:new"]]}, ~ACME | NEW),
    ({"facetFilters": ["collection:gifts", "collection:new"]}, GIFTS & NEW),
    ({"facetFilters": [["category.lvl0:kitchen"]]}, MUGS | BOWLS),
    ({"facetFilters": [["category.lvl1:kitchen > mugs"]]}, MUGS),
    ({"facetFilters": ["brand:\\-acme"]}, Q(pk__in=())),
    ({"numericFilters": ["price>=10", "price<=30"]}, Q(price__gte=10, price__lte=30)),
    ({"numericFilters": "price>10,price<30"}, Q(price__gt=10, price__lt=30)),
    ({"numericFilters": [["price<10", "price > 35.5"]]}, Q(price__lt=10) | Q(price__gt=35.5)),
    ({"numericFilters": ["price=25"]}, Q(price=25)),
    ({"numericFilters": ["price != 25"]}, ~Q(price=25)),
    ({"numericFilters": ["price:10 TO 25"]}, Q(price__gte=10, price__lte=25)),
    ({"numericFilters": ["-price:10 TO 25"]}, ~Q(price__gte=10, price__lte=25)),
    ({"filters": "brand:acme AND price:5 TO 20"}, ACME & Q(price__gte=5, price__lte=20)),
    ({"filters": "brand:globex OR price < 10"}, GLOBEX | Q(price__lt=10)),
    ({"filters": "NOT brand:acme AND in_stock:true"}, ~ACME & STOCKED),
    ({"filters": "(brand:globex OR collection:gifts) AND NOT collection:new"}, (GLOBEX | GIFTS) & ~NEW),
    ({"filters": "(brand:globex AND price > 10) OR (brand:acme AND price <= 10)"},
     (GLOBEX & Q(price__gt=10)) | (ACME & Q(price__lte=10))),
    ({"filters": "NOT (brand:acme OR price < 10)"}, ~ACME & ~Q(price__lt=10)),
    ({"filters": "category.lvl1:'kitchen > mugs' OR \"brand\":\"globex\""}, MUGS | GLOBEX),
    ({"filters": "reduced:true"}, Q(list_price__gt=F("price"))),
    ({"filters": "price=25 OR price=30"}, Q(price=25) | Q(price=30)),
    ({"filters": "brand:acme", "facetFilters": [["category.lvl1:kitchen > mugs"]], "numericFilters": ["price>5"]},
     ACME & MUGS & Q(price__gt=5)),
    ({"filters": "  "}, Q()),
    ({"facetFilters": [], "numericFilters": []}, Q()),
]  # fmt: skip


def test_whatever_is_filtered_by_means_the_same_products(asks: Callable[..., Any]) -> None:
    came = asks(search(*(params for params, _ in FILTERED)))
    (answer,) = came["answers"]
    assert len(came["asked"]) == -(-len(FILTERED) // 20), "one request for twenty searches"
    published = Product.objects.filter(published=True)
    for (params, meant), result in zip(FILTERED, answer["results"], strict=True):
        expected = set(published.filter(meant).values_list("sku", flat=True))
        assert {hit["sku"] for hit in result["hits"]} == expected, params
        assert result["nbHits"] == len(expected), params
    assert came["warnings"] == []


#: What can't be read, and what is said of it.
UNREADABLE: list[tuple[Params, str]] = [
    ({"filters": "brand:acme OR brand:globex AND price<5"}, "parentheses where AND and OR"),
    ({"filters": "public"}, "a comparison with a number"),
    ({"filters": "brand:acme AND"}, "expected an attribute"),
    ({"filters": "(brand:acme"}, "expected )"),
    ({"filters": "brand:acme<score=2>"}, "expected the end"),
    ({"filters": "price > cheap"}, "a comparison with a number"),
    ({"facetFilters": ["brand"]}, "facetFilters"),
    ({"numericFilters": ["price~10"]}, "numericFilters"),
    ({"numericFilters": ["price:20 TO 10"]}, "lower end"),
    (
        {"filters": " OR ".join(f"(price > {n} AND brand:b{n})" for n in range(9))},
        "more than 50 alternatives",
    ),
    ({"facetFilters": ["weight:1"]}, "There is no facet 'weight'"),
    ({"facets": ["weight"]}, "There is no facet 'weight'"),
]


def test_a_filter_that_can_t_be_read_is_refused_and_not_left_out(asks: Callable[..., Any]) -> None:
    came = asks(*(search(params) for params, _ in UNREADABLE))
    for (params, says), answer in zip(UNREADABLE, came["answers"], strict=True):
        assert says in answer["refused"], params


def test_an_answer_has_what_widgets_read(asks: Callable[..., Any]) -> None:
    params = {
        "query": "red mug",
        "hitsPerPage": 2,
        "facets": ["brand", "category.lvl0", "category.lvl1", "price", "in_stock"],
        "clickAnalytics": True,
        "highlightPreTag": "__ais-highlight__",
        "highlightPostTag": "__/ais-highlight__",
        "attributesToSnippet": ["title:1", "description:10"],
        "userToken": "somebody",
    }
    came = asks(search(params, params | {"hitsPerPage": 0, "clickAnalytics": False, "analytics": False}))
    first, counted = came["answers"][0]["results"]
    assert came["asked"] == [["POST", "/search/v1/searches", "somebody"]]
    assert came["warnings"] == []

    hit = first["hits"][0]
    red = Product.objects.get(name="red mug")
    assert (hit["objectID"], hit["title"], hit["price"]) == (str(red.pk), "red mug", "5.00")
    marked = "__ais-highlight__red__/ais-highlight__ __ais-highlight__mug__/ais-highlight__"
    assert hit["_highlightResult"]["title"] == {
        "value": marked,
        "matchLevel": "full",
        "fullyHighlighted": True,
        "matchedWords": ["red", "mug"],
    }
    assert hit["_highlightResult"]["sku"] == {"value": "P0", "matchLevel": "none", "matchedWords": []}
    assert hit["_snippetResult"] == {
        "title": {"value": "__ais-highlight__red__/ais-highlight__…", "matchLevel": "full"}
    }

    assert (first["index"], first["query"], first["page"], first["hitsPerPage"]) == (
        "products",
        "red mug",
        0,
        2,
    )
    assert first["nbPages"] == -(-first["nbHits"] // 2)
    assert first["exhaustiveNbHits"]
    assert first["exhaustiveFacetsCount"]
    assert first["exhaustive"] == {"nbHits": True, "facetsCount": True}
    assert isinstance(first["processingTimeMS"], int)
    assert first["facets"]["category.lvl0"].keys() == {"kitchen"}
    assert first["facets"]["category.lvl1"].keys() <= {"kitchen > mugs", "kitchen > bowls"}
    assert first["facets_stats"]["price"] == {"min": 5, "max": 50}
    assert sum(first["facets"]["price"].values()) == first["nbHits"]

    (event,) = SearchEvent.objects.all()
    assert first["queryID"] == str(event.search_id)
    assert ("queryID" in counted, counted["hits"], counted["nbPages"]) == (False, [], 0)
    assert (counted["nbHits"], counted["facets"]) == (first["nbHits"], first["facets"])


def test_extra_queries_count_a_facet_without_its_own_filter(asks: Callable[..., Any]) -> None:
    (answer,) = asks(
        search(
            {"facetFilters": [["brand:globex"], ["in_stock:true"]], "facets": ["brand", "in_stock"]},
            {"facetFilters": [["in_stock:true"]], "facets": "brand", "hitsPerPage": 0},
            {"facetFilters": [["brand:globex"]], "facets": ["in_stock"], "hitsPerPage": 0},
        )
    )["answers"]
    counts = [result["facets"] for result in answer["results"]]
    assert counts == [
        {"brand": {"globex": 1}, "in_stock": {"true": 1}},
        {"brand": {"acme": 4, "globex": 1}},
        {"in_stock": {"true": 1, "false": 1}},
    ]


def test_pages_sizes_sorts_and_attributes(asks: Callable[..., Any]) -> None:
    came = asks(
        search({"hitsPerPage": 4, "page": 2}),
        search({"hitsPerPage": 3}, index="products/-price"),
        search({"hitsPerPage": 2}, index="cheap_first"),
        search(
            {
                "attributesToRetrieve": ["title"],
                "attributesToHighlight": ["title"],
                "attributesToSnippet": "*:1",
                "hitsPerPage": 1,
            }
        ),
        search({"hitsPerPage": 50, "page": 30}),
        search({"hitsPerPage": 500}),
        search({"facets": ["*"], "maxValuesPerFacet": 1, "hitsPerPage": 0}),
        search({}, index="products/by-moon"),
        sorts={"cheap_first": "price"},
    )
    third, dear, cheap, few, deep, many, every, unknown = came["answers"]
    assert [len(third["results"][0]["hits"]), third["results"][0]["nbPages"]] == [3, 3]
    assert [hit["price"] for hit in dear["results"][0]["hits"]] == ["50.00", "40.00", "35.00"]
    assert [hit["price"] for hit in cheap["results"][0]["hits"]] == ["5.00", "7.00"]
    (hit,) = few["results"][0]["hits"]
    assert hit.keys() == {"title", "objectID", "_highlightResult", "_snippetResult"}
    assert hit["_highlightResult"].keys() == {"title"}
    assert hit["_snippetResult"]["title"] == {"value": "red…", "matchLevel": "none"}
    assert (deep["results"][0]["hits"], deep["results"][0]["page"], deep["results"][0]["nbHits"]) == (
        [],
        30,
        11,
    )
    assert (many["results"][0]["hitsPerPage"], many["results"][0]["unsupported"]) == (100, ["hitsPerPage"])
    counts = every["results"][0]["facets"]
    assert counts.keys() == {
        "category", "category.lvl0", "category.lvl1", "brand", "price", "in_stock", "reduced", "collection",
    }  # fmt: skip
    assert (counts["brand"], counts["category.lvl1"].keys()) == ({"acme": 8}, {"kitchen > bowls"})
    assert "There is no sort 'by-moon'" in unknown["refused"]


def test_what_is_not_supported_is_named_in_the_answer_and_warned_of_once(asks: Callable[..., Any]) -> None:
    came = asks(
        search({"aroundLatLng": "1,2", "removeWordsIfNoResults": "allOptional", "distinct": True}),
        search({"aroundLatLng": "1,2", "tagFilters": "", "typoTolerance": False, "optionalFilters": []}),
    )
    named = [answer["results"][0].get("unsupported") for answer in came["answers"]]
    assert named == [["aroundLatLng", "removeWordsIfNoResults"], ["aroundLatLng"]]
    (warning,) = came["warnings"]
    assert "aroundLatLng, removeWordsIfNoResults" in warning


def test_values_of_a_facet_are_searched(asks: Callable[..., Any]) -> None:
    def values(name: str, query: str, **params: Any) -> Params:
        return {"indexName": "products", "params": {"facetName": name, "facetQuery": query, **params}}

    pre, post = {"highlightPreTag": "<b>"}, {"highlightPostTag": "</b>"}
    came = asks(
        (
            "searchForFacetValues",
            [
                values("brand", "sons glo", **pre, **post),
                values("category.lvl1", "", maxFacetHits=1, facetFilters=["in_stock:true"], hitsPerPage=5),
                values("brand", "acm", facetFilters=["brand:globex"]),
            ],
        ),
        ("search", [{"type": "facet", "facet": "brand", "indexName": "i", "params": {"facetQuery": "ac"}}]),
    )
    found = came["answers"][0]
    assert found[0]["facetHits"] == [
        {"value": "globex", "highlighted": "<b>Glo</b>bex & <b>Sons</b>", "count": 2}
    ]
    assert found[1]["facetHits"] == [{"value": "kitchen > bowls", "highlighted": "Bowls", "count": 2}]
    assert found[2]["facetHits"] == []
    assert found[0]["exhaustiveFacetsCount"] is True
    (other,) = came["answers"][1]["results"]
    assert [hit["value"] for hit in other["facetHits"]] == ["acme"]
    assert [method for method, *_ in came["asked"]] == ["GET"] * 4


def test_what_insights_are_told_becomes_our_events(
    asks: Callable[..., Any], mixed: str, tmp_path: Path
) -> None:
    (answer,) = asks(search({"query": "mug", "clickAnalytics": True, "userToken": "v"}))["answers"]
    query, hits = answer["results"][0]["queryID"], answer["results"][0]["hits"]
    ids = [hit["objectID"] for hit in hits[:2]]
    said = json.loads(node(INSIGHTS, mixed, query, json.dumps(ids), cwd=tmp_path))
    assert said == {"token": "v", "heard": ["v", "w"]}
    events = ShopperEvent.objects.order_by("pk").values_list("kind", "product", "position", "search_id")
    assert [(kind, str(key), at, str(search or "")) for kind, key, at, search in events] == [
        ("click", ids[1], 2, query),
        ("cart", ids[0], None, query),
        ("view", ids[0], None, ""),
        ("cart", ids[0], None, query),
        ("order", ids[0], None, ""),
        ("order", ids[1], None, ""),
    ]


def test_its_types_are_those_that_instantsearch_takes() -> None:
    assert typescript.check(ASK.with_name("typed.ts")) == ""


def test_the_table_of_the_docs_is_what_the_client_reads() -> None:
    page = (LISTED.parents[1] / "docs" / "instantsearch.md").read_text(encoding="utf-8")
    table = page.partition("| parameter | here |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", [*row.split("|"), ""][1])}
    client = (typescript.TYPES.with_name("instantsearch.js")).read_text(encoding="utf-8")
    listed = client.partition("const SUPPORTED")[2].partition("]")[0]
    special = client.partition("const AS_IT_IS = {")[2].partition("};")[0]
    assert named == {*re.findall(r'"(\w+)"', listed), *re.findall(r"^  (\w+):", special, re.MULTILINE)}
