"""What of the endpoints about pictures and labels can't be read off their views, for the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from .picture_serializers import (
    ClassifiedSerializer,
    ClassifyBodySerializer,
    ClassifyFormSerializer,
    CoverSerializer,
    MediaBodySerializer,
    MediaSerializer,
    RankedPicturesSerializer,
    RankFormSerializer,
)


def operations(
    problems: Callable[..., dict[Any, Any]], language: OpenApiParameter
) -> dict[str, dict[str, Any]]:
    """By URL name and method. `problems` gives the answers of those statuses."""
    return {
        "cover": {
            "get": extend_schema(
                operation_id="coverOfProduct",
                parameters=[
                    OpenApiParameter(
                        "id",
                        {"type": "string", "minLength": 1},
                        OpenApiParameter.PATH,
                        description="The product's primary key.",
                    ),
                    OpenApiParameter(
                        "q",
                        {"type": "string", "minLength": 1, "maxLength": 1000},
                        required=True,
                        description="What the picture should show: a query, a headline.",
                    ),
                    language,
                ],
                responses={
                    200: OpenApiResponse(CoverSerializer, "Its pictures, the best first."),
                    **problems(400, 404),
                },
            )
        },
        "classify": {
            "post": extend_schema(
                operation_id="classify",
                parameters=[language],
                request={
                    "application/json": ClassifyBodySerializer,
                    "multipart/form-data": ClassifyFormSerializer,
                },
                responses={
                    200: OpenApiResponse(ClassifiedSerializer, "Labels, the likeliest first."),
                    **problems(400, 411, 413, 415, 422),
                },
            )
        },
        "media": {
            "post": extend_schema(
                operation_id="picturesForText",
                parameters=[language],
                request={"application/json": MediaBodySerializer},
                responses={
                    200: OpenApiResponse(MediaSerializer, "Pictures, the best first."),
                    **problems(400, 411, 413, 415),
                },
            )
        },
        "rank_pictures": {
            "post": extend_schema(
                operation_id="rankPictures",
                parameters=[language],
                request={"multipart/form-data": RankFormSerializer},
                responses={
                    200: OpenApiResponse(RankedPicturesSerializer, "The pictures sent, the best first."),
                    **problems(400, 411, 413, 415, 422),
                },
            )
        },
    }
