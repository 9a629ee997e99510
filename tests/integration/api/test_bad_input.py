"""Whatever is asked of search and similar: a sensible answer, or a problem that says what was wrong. Never a 500.

test_conformity.py asks by the schema; here is what no schema thinks of.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Product

from .conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


NASTY = (
    "mug " * 2500,
    "x" * 10_000,
    "mug" * 300,
    "the a an and or of in",
    "der die das und ohne mit",
    "'; DROP TABLE catalog_product; --",
    "\" OR 1=1 --",
    "%' AND pg_sleep(10) AND '%'='",
    "(((((a+)+)+)+)+)$",
    "[[[", "(?P<x", "\\", "*", "?", "%", "_", "{0}", "{part}", "%s %(x)s", "$1",
    "\x00", "mug\x00red", "\ud800", "mug \udfff", "\ufeff", "\u202emug", "e" + "\u0301" * 500, "🧺" * 300,
    "-", "--", "- -mug", "-\"", '"', '""', '"mug', '-"mug" -"red" ' * 30, '"' * 999, "-mug " * 99,
    "under", "under under 5", "under 99999999999", "between 9 and 1 €", "20-10 eur", "size", "set of 0", "٣٠ €",
    "1e400", "NaN", "Infinity", "-0", "0x10", "1_000", "½", "²", "..", "5..1", "NaN..NaN", "1e5..", "9" * 40,
    "kitchen//mugs", "/", "//", "../../etc/passwd", "true false", "None", "null", "[]", "{}",
    "<script>alert(1)</script>", " ".join(f"-word{number}" for number in range(10)),
    "[\"brand:acme\", \"-brand:acme\"]", "[\"price:..\"]", "[\"\ud800:\"]", "[[]]", "[]]", "[\"brand:\"]", "[" * 9999,
    "new", "new:x", "a.1:b", ":", ".", "ü:ü",
)  # fmt: skip
NAMES = (
    "q", "sort", "page", "per_page", "facets", "where", "spelling", "plain", "highlight", "explain", "cursor",
    "language", "like", "unlike", "more", "less", "filter.price", "filter.category", "filter.brand", "filter.in_stock",
    "filter.collection", "filter.", "filter", "limit", "id", "product", "viewed", "personal", "",
)  # fmt: skip
WEIGHTS = ("^nan", "^NaN", "^inf", "^-inf", "^1e400", "^2", "^-2", "^", "^^", "^0", "^0.5^0.5", "^,5", "^x")

texts = (
    st.sampled_from(NASTY)
    | st.text(max_size=40)
    | st.text(st.characters(categories=["Cs", "Cc", "P", "N"]), max_size=9)
)
weighted = st.builds(
    lambda word, weight: word + weight, st.sampled_from(["mug", "1", "x", ""]), st.sampled_from(WEIGHTS)
)
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), texts | weighted), max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | weighted,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=3)
    ),
    max_leaves=6,
)
tried = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def encoded(given_pairs: list[tuple[str, str]]) -> str:
    """A query string; lone surrogates become bytes that are no UTF-8."""
    return "&".join(
        "=".join(quote(part.encode("utf-8", "surrogatepass"), safe="") for part in pair)
        for pair in given_pairs
    )


def sensible(response: Any) -> None:
    """An answer, or a problem with its code and a sentence; in JSON that every client reads."""
    said = json.loads(response.content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    if response.status_code == 200:
        assert response.headers["Content-Type"] == "application/json"
        assert {"hits", "total"} <= set(said)
        return
    assert 400 <= response.status_code < 500, said
    assert response.headers["Content-Type"] == "application/problem+json"
    assert said["status"] == response.status_code
    assert said["code"]
    assert 5 < len(said["detail"]) < 1000, "short enough to read, whatever was sent"


@tried
@given(asked=pairs)
def test_any_address(shop: list[Product], client: Client, asked: list[tuple[str, str]]) -> None:
    sensible(client.generic("GET", reverse("product_search:search"), QUERY_STRING=encoded(asked)))


@tried
@given(key=texts.filter(bool) | st.integers().map(str), asked=pairs)
def test_any_product_to_be_like(
    shop: list[Product], client: Client, key: str, asked: list[tuple[str, str]]
) -> None:
    path = quote(key.encode("utf-8", "surrogatepass"), safe="")
    address = reverse("product_search:search").replace("search", "", 0).rpartition("v1/search")[0]
    response = client.generic("GET", f"{address}v1/products/{path}/similar", QUERY_STRING=encoded(asked))
    sensible(response)


@tried
@given(keys=st.lists(texts | st.integers().map(str), max_size=3), asked=pairs)
def test_any_products_to_recommend_for(
    shop: list[Product], client: Client, keys: list[str], asked: list[tuple[str, str]]
) -> None:
    given_pairs = [("for", str(shop[0].pk)), *(("for", key) for key in keys), *asked]
    sensible(client.generic("GET", reverse("product_search:recommend"), QUERY_STRING=encoded(given_pairs)))


@tried
@given(body=st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=4) | values)
def test_any_json(shop: list[Product], client: Client, body: Any) -> None:
    sent = json.dumps(body)
    sensible(client.post(reverse("product_search:search"), sent, content_type="application/json"))


@tried
@given(asked=pairs)
def test_any_form(shop: list[Product], client: Client, asked: list[tuple[str, str]]) -> None:
    boundary = "b" * 20
    parts = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (
            boundary.encode(),
            name.replace('"', "").replace("\r", "").replace("\n", "").encode("utf-8", "surrogatepass"),
            value.encode("utf-8", "surrogatepass"),
        )
        for name, value in asked
    )
    sent = parts + b"--" + boundary.encode() + b"--\r\n"
    kind = f"multipart/form-data; boundary={boundary}"
    sensible(client.generic("POST", reverse("product_search:search"), sent, content_type=kind))


@pytest.mark.parametrize("q", NASTY, ids=range(len(NASTY)))
def test_each_nasty_query_by_itself(shop: list[Product], client: Client, q: str) -> None:
    response = client.generic("GET", reverse("product_search:search"), QUERY_STRING=encoded([("q", q)]))
    sensible(response)
    if q.startswith("-mug -mug"):
        assert response.status_code == 200, "the same a hundred times is one condition"
    if len(q) > 1000:
        assert (response.status_code, response.json()["code"]) == (400, "too_long")
    assert Product.objects.count() == 8


def test_a_thousand_filters(shop: list[Product], client: Client, get: Ask, post: Ask) -> None:
    by_address = client.generic(
        "GET", reverse("product_search:search"), QUERY_STRING="&".join(["filter.brand=x"] * 1000)
    )
    assert by_address.json()["code"] == "too_many_parameters"
    brands = {"filters": {"brand": [f"b{number}" for number in range(1000)]}}
    by_body = post(json.dumps(brands), content_type="application/json")
    assert (by_body.status_code, by_body.json()["code"]) == (400, "bad_filter")
    facets = {"filters": {f"f{number}": "x" for number in range(1000)}}
    by_body = post(json.dumps(facets), content_type="application/json")
    assert (by_body.status_code, by_body.json()["code"]) == (400, "unknown_filter")
    sensible(by_body)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_weights_that_are_none(shop: list[Product], get: Ask, weight: str) -> None:
    for name in ("like", "unlike", "more", "less"):
        sensible(get("search", encoded([("q", "mug"), (name, f"{shop[0].pk}{weight}")])))


def test_cursors_of_others_and_cursors_with_a_letter_changed(
    shop: list[Product], get: Ask, client: Client
) -> None:
    genuine = get("search", q="mug", per_page=1, cursor="new").json()["next"]
    for at in range(len(genuine)):
        changed = genuine[:at] + ("A" if genuine[at] != "A" else "B") + genuine[at + 1 :]
        refused = get("search", q="mug", per_page=1, cursor=changed)
        # The last letter of Base64 has bits that say nothing.
        assert refused.status_code == 400, (at, changed, refused.content)
        assert refused.json()["code"] == "bad_cursor"
    client.force_login(get_user_model().objects.create_user("other"))
    assert get("search", q="mug", per_page=1, cursor=genuine).json()["code"] == "foreign_cursor"


def test_more_conditions_than_are_looked_for(shop: list[Product], get: Ask) -> None:
    """Ninety of them took seven seconds."""
    refused = get("search", q=" ".join(f"-word{number}" for number in range(90)))
    assert (refused.status_code, refused.json()["code"]) == (400, "too_many_conditions")
