"""Whatever is sent, well formed or not, the answer is one that the served schema describes; and never a 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import GenerationMode

from catalog.models import Product
from product_search.models import Attribute, AttributeValue

from . import conformity

#: Of each endpoint and mode; the whole module takes some seconds.
EXAMPLES = 10


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture
def application() -> Iterator[Any]:
    with conformity.application() as application:
        yield application


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), conformity.operations())
def test_answers_are_as_described(
    shop: list[Product], application: Any, path: str, method: str, mode: GenerationMode
) -> None:
    colour = Attribute.objects.create(name="colour")
    for value in ("red", "blue"):
        AttributeValue.objects.create(attribute=colour, value=value)
    conformity.conforms(conformity.schema_of(application)[path][method], mode, EXAMPLES)


@pytest.mark.parametrize("path", conformity.without_parameters())
def test_answers_without_parameters_are_as_described(
    shop: list[Product], application: Any, path: str
) -> None:
    operation = conformity.schema_of(application)[path]["GET"]
    for query in ({}, {"page": "1"}):
        operation.Case(query=query).call_and_validate(checks=conformity.CHECKS)


def test_every_operation_is_among_them() -> None:
    assert len(conformity.operations()) >= 15
    assert {"/v1/health", "/v1/live", "/v1/ready", "/v1/schema"} <= {*conformity.without_parameters()}
