"""Whatever is sent, well formed or not, the answer is one that the served schema describes; and never a 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import reverse
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catalog.models import Product
from product_search.models import Attribute, AttributeValue

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Of each endpoint and mode; the whole module takes some seconds.
EXAMPLES = 25


@pytest.fixture
def application() -> Iterator[Any]:
    """The shop as a WSGI application that keeps the test's own connection open, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/search", "GET"),
        ("/v1/search", "POST"),
        ("/v1/searches", "POST"),
        ("/v1/facets/{name}", "GET"),
        ("/v1/products/{id}/similar", "GET"),
        ("/v1/recommend", "GET"),
        ("/v1/why-not", "GET"),
        ("/v1/suggest", "GET"),
        ("/v1/related", "GET"),
        ("/v1/events", "POST"),
        ("/v1/tags", "POST"),
        ("/v1/products/{id}/cover", "GET"),
        ("/v1/classify", "POST"),
        ("/v1/media", "POST"),
        ("/v1/media/rank", "POST"),
    ],
)
def test_answers_are_as_described(
    shop: list[Product], application: Any, path: str, method: str, mode: GenerationMode
) -> None:
    colour = Attribute.objects.create(name="colour")
    for value in ("red", "blue"):
        AttributeValue.objects.create(attribute=colour, value=value)
    schema = schemathesis.openapi.from_wsgi(reverse("product_search:schema"), application)
    operation: Any = schema[path][method]

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


@pytest.mark.parametrize("path", ["/v1/health", "/v1/live", "/v1/ready", "/v1/metrics", "/v1/schema"])
def test_answers_without_parameters_are_as_described(
    shop: list[Product], application: Any, path: str
) -> None:
    schema = schemathesis.openapi.from_wsgi(reverse("product_search:schema"), application)
    operation: Any = schema[path]["GET"]
    for query in ({}, {"page": "1"}):
        operation.Case(query=query).call_and_validate(checks=CHECKS)
