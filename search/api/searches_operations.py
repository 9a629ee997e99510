"""What the schema says of several searches at once and of a facet's values that can't be read off their views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from . import parameters
from .search_serializers import AnswersSerializer, FacetValuesSerializer, SearchesBodySerializer


def operations(
    problems: Callable[..., dict[Any, Any]], language: OpenApiParameter, search: Sequence[OpenApiParameter]
) -> dict[str, dict[str, Any]]:
    """By URL name, by method: what `extend_schema_view` takes."""
    return {
        "searches": {
            "post": extend_schema(
                operation_id="searches",
                parameters=[language],
                request={"application/json": SearchesBodySerializer},
                responses={
                    200: OpenApiResponse(AnswersSerializer, "An answer to each."),
                    **problems(400, 403, 404, 410, 411, 413, 415),
                },
            )
        },
        "facet": {
            "get": extend_schema(
                operation_id="facetValues",
                parameters=[
                    OpenApiParameter("name", str, OpenApiParameter.PATH, description="The facet."),
                    OpenApiParameter(
                        "matching",
                        {"type": "string", "maxLength": 1000},
                        description="Words of the value's label, or their beginnings.",
                    ),
                    OpenApiParameter(
                        "limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
                    ),
                    *(each for each in search if each.name in parameters.FACET),
                ],
                responses={
                    200: OpenApiResponse(FacetValuesSerializer, "Up to `limit` values."),
                    **problems(400, 404),
                },
            )
        },
    }
