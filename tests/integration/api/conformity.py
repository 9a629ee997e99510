"""Asks what schemathesis makes of the served schema, and holds each answer to that schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
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

from product_search.api.schema import stored

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@contextmanager
def application() -> Iterator[Any]:
    """The shop as a WSGI application that keeps the test's own connection open, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> list[tuple[str, str]]:
    """Path and method of every operation that takes anything."""
    return [
        (path, method.upper())
        for path, methods in stored()["paths"].items()
        for method, operation in methods.items()
        if operation.get("parameters") or "requestBody" in operation
    ]


def without_parameters() -> list[str]:
    """Paths of the others: all are GETs."""
    taking = {path for path, _ in operations()}
    return [path for path in stored()["paths"] if path not in taking]


def schema_of(application: Any) -> Any:
    """The served schema, as schemathesis reads it."""
    return schemathesis.openapi.from_wsgi(reverse("product_search:schema"), application)


def conforms(operation: Any, mode: GenerationMode, examples: int, *, authorization: str = "") -> list[int]:
    """The statuses of so many examples' answers; fails at the first that the schema does not describe."""
    statuses = []
    headers = {"Authorization": authorization} if authorization else None

    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        statuses.append(case.call_and_validate(checks=CHECKS, headers=headers).status_code)

    ask()
    return statuses
