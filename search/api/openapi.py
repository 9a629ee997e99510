"""Makes `openapi.json` from our own urlconf with drf-spectacular; a test fails when the stored document is not this.

    python manage.py shell -c "from product_search.api import openapi; openapi.write()"

Nothing that serves requests imports this module (see `schema.py`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.urls import path
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from .. import urls as our_urls
from ..retrieval.recommendations import DIVERSITY, MAX_PRODUCTS
from . import parameters, picture_operations, refusals, searches_operations, shared_operations
from .base import ApiView
from .event_serializers import EventsBodySerializer, TakenSerializer
from .explanations import WhyNotSerializer
from .search_serializers import SearchBodySerializer, SearchFormSerializer
from .serializers import (
    AnswerSerializer,
    HealthSerializer,
    StatusSerializer,
    TagsFormSerializer,
    TagsSerializer,
)
from .suggestion_serializers import RelatedSerializer, SuggestionsSerializer

#: A part of a path as Django writes it, with its converter.
_CONVERTED = re.compile(r"<(?:[^:>]+:)?([^>]+)>")

STORED = Path(__file__).with_name("openapi.json")

SETTINGS = {
    "TITLE": "Product search",
    "DESCRIPTION": "Search a shop's products by words, by picture and by both.",
    "VERSION": "1.0",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {},
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "SCHEMA_PATH_PREFIX": "/v1",
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "APPEND_COMPONENTS": {"securitySchemes": refusals.KEYS},
    "ENUM_NAME_OVERRIDES": {"SwitchEnum": ["true", "false"], "OnOffEnum": ["on", "off"]},
}


class _ProductKey(OpenApiSerializerFieldExtension):
    target_class = "product_search.api.explanations.ProductKey"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": ["integer", "string"], "description": "The product's primary key."}


class _Filters(OpenApiSerializerFieldExtension):
    target_class = "product_search.api.search_serializers.FiltersField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        one = {"type": ["string", "boolean", "integer"]}
        return {"type": "object", "additionalProperties": {"anyOf": [one, {"type": "array", "items": one}]}}


def build() -> dict[str, Any]:
    """The document, without what differs from shop to shop."""
    patterns, views = [], {}
    for pattern in our_urls.urlpatterns:
        view: Any = pattern.callback
        described = path(str(pattern.pattern), _described(str(pattern.name), view.cls).as_view())
        patterns.append(described)
        views["/" + _CONVERTED.sub(r"{\1}", str(pattern.pattern))] = view.cls
    with patched_settings(SETTINGS):
        built: dict[str, Any] = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
    return shared_operations.complete(built, views)


def write() -> None:
    """Store the document."""
    STORED.write_text(text(), encoding="utf-8")


def text() -> str:
    """The document as it is stored."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


_ANSWER = OpenApiResponse(AnswerSerializer, "One page of what was found.")
_LANGUAGE = OpenApiParameter(
    "language", str, description="Language of the answer; otherwise the session's or Accept-Language's."
)
_SWITCH: Any = {"type": "string", "enum": ["true", "false"], "default": "false"}
_EXAMPLES = {
    "like": "A product to be like, by its id; repeatable, and with a weight: `17^0.5`.",
    "unlike": "A product to be unlike.",
    "more": "Further words to be like: `red^0.5`.",
    "less": "Words to be unlike: they go down, where `-word` in `q` leaves out.",
}
_SEARCH = [
    OpenApiParameter("q", {"type": "string", "maxLength": 1000}, description="Words, 100 at most."),
    OpenApiParameter("sort", str, description="Order of the hits; the best first when left out."),
    OpenApiParameter("page", {"type": "integer", "minimum": 1, "default": 1}),
    OpenApiParameter("per_page", {"type": "integer", "minimum": 0, "maximum": 100, "default": 24}),
    OpenApiParameter(
        "facets", str, description="Facets to count, separated by commas; all when left out, none when empty."
    ),
    OpenApiParameter(
        "where",
        {"type": "array", "items": {"type": "string"}},
        description='A clause as a JSON array, one of which must hold: `["brand:acme", "-colour:red"]`; repeatable, and'
        " all clauses must hold. Unlike a filter it is never lifted to count its facet.",
    ),
    OpenApiParameter(
        "spelling",
        {"type": "string", "enum": ["on", "off"], "default": "on"},
        description="Whether a word that no product has is corrected.",
    ),
    OpenApiParameter(
        "plain",
        str,
        description="Facets, separated by commas, that words may not set: they are plain words, then.",
    ),
    *(
        OpenApiParameter(name, {"type": "array", "items": {"type": "string"}}, description=description)
        for name, description in _EXAMPLES.items()
    ),
    OpenApiParameter(
        "vectors",
        {"type": "array", "items": {"type": "string"}},
        description='Vectors of the model that serves, each as JSON: `{"vector": [...], "kind": "picture"}`.',
    ),
    OpenApiParameter(
        "highlight", _SWITCH, description="Whether hits say which places of their texts matched."
    ),
    OpenApiParameter("explain", _SWITCH, description="Whether hits say why they are there; for staff."),
    OpenApiParameter(
        "viewed",
        {"type": "array", "items": {"type": "string"}, "maxItems": 50},
        description="Ids of products that this shopper looked at, the latest first; repeatable. Where the shop has"
        " switched that on, they decide between products that fit alike; nothing of them is kept.",
    ),
    OpenApiParameter(
        "personal",
        {"type": "string", "enum": ["on", "off"], "default": "on"},
        description="`off` leaves what was looked at out of account.",
    ),
    OpenApiParameter(
        "cursor",
        str,
        description="Walks through all results as they are now: `new`, then `next` of each answer. The other parameters"
        " stay the same; `page` is left out.",
    ),
    _LANGUAGE,
]


def _limit(default: int) -> OpenApiParameter:
    return OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 20, "default": default})


def _operations() -> dict[str, dict[str, Any]]:
    """For each URL name, for each method, what can't be read off the view."""
    return {
        **picture_operations.operations(refusals.problems, _LANGUAGE),
        **searches_operations.operations(refusals.problems, _LANGUAGE, _SEARCH),
        "search": {
            "get": extend_schema(
                operation_id="search",
                parameters=_SEARCH,
                responses={200: _ANSWER, **refusals.problems(400, 403, 404, 410)},
            ),
            "post": extend_schema(
                operation_id="searchByPicture",
                parameters=[_LANGUAGE],
                request={
                    "application/json": SearchBodySerializer,
                    "multipart/form-data": SearchFormSerializer,
                },
                responses={200: _ANSWER, **refusals.problems(400, 403, 404, 410, 411, 413, 415, 422)},
            ),
        },
        "similar": {
            "get": extend_schema(
                operation_id="similar",
                parameters=[
                    OpenApiParameter(
                        "id",
                        {"type": "string", "minLength": 1},
                        OpenApiParameter.PATH,
                        description="The product's primary key.",
                    ),
                    OpenApiParameter(
                        "q",
                        {"type": "string", "maxLength": 1000},
                        description="In which way to differ: `in red`.",
                    ),
                    OpenApiParameter(
                        "limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 12}
                    ),
                    _LANGUAGE,
                ],
                responses={200: _ANSWER, **refusals.problems(400, 404)},
            )
        },
        "recommend": {
            "get": extend_schema(
                operation_id="recommend",
                parameters=[
                    OpenApiParameter(
                        "for",
                        {
                            "type": "array",
                            "items": {"type": "string"},
                            "minItems": 1,
                            "maxItems": MAX_PRODUCTS,
                        },
                        required=True,
                        description="A product's primary key; repeat it for a basket, or for what was seen last.",
                    ),
                    OpenApiParameter(
                        "by",
                        {"type": "string", "enum": ["look", "text", "both"], "default": "both"},
                        description="What they are compared by.",
                    ),
                    OpenApiParameter(
                        "complements",
                        _SWITCH,
                        description="Not what is like them, but what the shop says goes well with them.",
                    ),
                    OpenApiParameter(
                        "diversity",
                        {"type": "number", "minimum": 0, "maximum": 1, "default": DIVERSITY},
                        description="How far apart from one another they should be.",
                    ),
                    OpenApiParameter(
                        "limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 12}
                    ),
                    _LANGUAGE,
                ],
                responses={200: _ANSWER, **refusals.problems(400, 404)},
            )
        },
        "why_not": {
            "get": extend_schema(
                operation_id="whyNot",
                parameters=[
                    OpenApiParameter("product", str, required=True, description="The product's primary key."),
                    *(each for each in _SEARCH if each.name in parameters.WHY_NOT),
                ],
                responses={
                    200: OpenApiResponse(WhyNotSerializer, "The first step that dropped it, or where it is."),
                    **refusals.problems(400, 403),
                },
            )
        },
        "suggest": {
            "get": extend_schema(
                operation_id="suggest",
                parameters=[
                    OpenApiParameter(
                        "q",
                        {"type": "string", "maxLength": 1000},
                        description="What is typed so far; a space at its end finishes the last word. Without it,"
                        " what is searched for most.",
                    ),
                    _limit(6),
                    _LANGUAGE,
                ],
                responses={
                    200: OpenApiResponse(SuggestionsSerializer, "Up to `limit` of each kind."),
                    **refusals.problems(400),
                },
            )
        },
        "related": {
            "get": extend_schema(
                operation_id="related",
                parameters=[
                    OpenApiParameter(
                        "q", {"type": "string", "maxLength": 1000}, description="What was searched for."
                    ),
                    _limit(8),
                    _LANGUAGE,
                ],
                responses={
                    200: OpenApiResponse(RelatedSerializer, "Up to `limit` queries."),
                    **refusals.problems(400),
                },
            )
        },
        "events": {
            "post": extend_schema(
                operation_id="events",
                request={"application/json": EventsBodySerializer, "text/plain": EventsBodySerializer},
                responses={
                    202: OpenApiResponse(TakenSerializer, "How many are recorded."),
                    **refusals.problems(400, 411, 413, 415),
                },
            )
        },
        "tags": {
            "post": extend_schema(
                operation_id="tagsOfPicture",
                parameters=[_LANGUAGE],
                request={"multipart/form-data": TagsFormSerializer},
                responses={
                    200: OpenApiResponse(TagsSerializer, "Every attribute in use, said or not."),
                    **refusals.problems(400, 411, 413, 415, 422),
                },
            )
        },
        "health": {
            "get": extend_schema(
                operation_id="health",
                responses={
                    200: OpenApiResponse(HealthSerializer, "Searches are answered."),
                    (503, "application/json"): OpenApiResponse(
                        HealthSerializer, "Searches are not answered."
                    ),
                    **refusals.without_key(400),
                },
            )
        },
        "live": {
            "get": extend_schema(
                operation_id="live",
                responses={
                    200: OpenApiResponse(StatusSerializer, "This process answers."),
                    **refusals.without_key(400),
                },
            )
        },
        "ready": {
            "get": extend_schema(
                operation_id="ready",
                responses={
                    200: OpenApiResponse(StatusSerializer, "Searches can be answered."),
                    **refusals.without_key(400),
                },
            )
        },
        "metrics": {
            "get": extend_schema(
                operation_id="metrics",
                responses={
                    (200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, "Prometheus' text format."),
                    (200, "application/openmetrics-text"): OpenApiResponse(OpenApiTypes.STR, "OpenMetrics."),
                    **refusals.without_key(400, 401, 501),
                },
            )
        },
        "schema": {
            "get": extend_schema(
                operation_id="schema",
                responses={
                    200: OpenApiResponse(OpenApiTypes.OBJECT, "OpenAPI 3.1."),
                    **refusals.without_key(400),
                },
            )
        },
    }


def _described(name: str, view: type[ApiView]) -> Any:
    # A class of its own: the served view keeps `schema = None`, so that a host's generator passes it by.
    # And without `action`, by which drf-spectacular would look for a method of that name.
    schema = AutoSchema() if view.action is None else refusals.Keyed()
    of_its_own = {"schema": schema, "action": property(refusals.no_action), "__doc__": view.__doc__}
    described = type(view.__name__, (view,), of_its_own)
    return extend_schema_view(**_operations()[name])(described)
