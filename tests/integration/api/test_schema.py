"""The served schema: OpenAPI 3.1 of exactly our endpoints, wherever they are mounted, and true of what is served."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from product_search.api import openapi

from .conftest import Ask

pytestmark = pytest.mark.django_db


def test_the_stored_document_is_what_the_code_describes() -> None:
    command = 'python manage.py shell -c "from product_search.api import openapi; openapi.write()"'
    assert openapi.STORED.read_text(encoding="utf-8") == openapi.text(), f"run: {command}"


def test_the_served_document_is_valid_and_has_exactly_our_endpoints(get: Ask) -> None:
    document = get("schema").json()
    validate(document, cls=OpenAPIV31SpecValidator)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/v1/search",
        "/v1/searches",
        "/v1/facets/{name}",
        "/v1/products/{id}/similar",
        "/v1/recommend",
        "/v1/why-not",
        "/v1/suggest",
        "/v1/related",
        "/v1/events",
        "/v1/tags",
        "/v1/products/{id}/cover",
        "/v1/classify",
        "/v1/media",
        "/v1/media/rank",
        "/v1/health",
        "/v1/live",
        "/v1/ready",
        "/v1/metrics",
        "/v1/schema",
    }
    assert document["servers"] == [{"url": "/search"}]


def test_the_shops_own_facets_are_described(get: Ask) -> None:
    document = get("schema").json()
    names = [parameter["name"] for parameter in document["paths"]["/v1/search"]["get"]["parameters"]]
    assert names == [
        "q", "sort", "page", "per_page", "facets", "where", "spelling", "plain", "like", "unlike", "more", "less",
        "vectors", "highlight", "explain", "viewed", "personal", "cursor", "language", "fields",
        "filter.category", "filter.brand", "filter.price", "filter.in_stock", "filter.reduced", "filter.collection",
    ]  # fmt: skip
    (sort,) = (p for p in document["paths"]["/v1/search"]["get"]["parameters"] if p["name"] == "sort")
    assert sort["schema"]["enum"] == ["relevance", "price", "-price", "newest", "rating"]
    assert "filter.price" in document["components"]["schemas"]["SearchForm"]["properties"]


@override_settings(ROOT_URLCONF="tests.integration.api.urls")
def test_under_another_prefix(get: Ask) -> None:
    response = get("schema")
    assert response.request["PATH_INFO"] == "/deep/er/v1/schema"
    document = response.json()
    assert document["servers"] == [{"url": "/deep/er"}]
    assert "/v1/orders" not in document["paths"]
    assert get("search", "page=0").json()["code"] == "out_of_range"


@override_settings(ROOT_URLCONF="tests.integration.api.urls")
def test_the_hosts_own_schema_is_left_alone(get: Ask) -> None:
    def hosts() -> Any:
        return SchemaGenerator().get_schema(request=None, public=True)

    before, patches = hosts(), dict(vars(spectacular_settings))
    get("schema")
    openapi.build()
    assert hosts() == before
    assert list(before["paths"]) == ["/v1/orders"], "our endpoints are described in our own schema only"
    assert spectacular_settings._original_settings == {}
    assert patches.get("TITLE", spectacular_settings.TITLE) == spectacular_settings.TITLE


def test_two_shops_in_one_process_do_not_share_a_document(get: Ask) -> None:
    first = get("schema").json()
    second = get("schema").json()
    assert json.dumps(first) == json.dumps(second), "a served document was written into the stored one"
