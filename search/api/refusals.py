"""For the schema: how endpoints may refuse, and which keys they take."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from .asking import KEY
from .problems import MEDIA_TYPE
from .serializers import ProblemSerializer

#: The ways to send a key, as security schemes.
KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of any kind."},
    "key": {
        "type": "apiKey",
        "in": "query",
        "name": KEY,
        "description": "A publishable or signed key, where no header can be sent.",
    },
}


class Keyed(AutoSchema):
    """Of an endpoint that takes keys; none may be enough, as ANONYMOUS says."""

    def get_auth(self) -> list[dict[str, Any]]:
        """Either of the ways, or none."""
        return [{}, *({name: []} for name in KEYS)]


def no_action(view: Any) -> Any:
    """In the place of a view's `action`: as if it had none."""
    raise AttributeError("action")


def without_key(*statuses: int) -> dict[Any, Any]:
    """How an endpoint that reads no key may refuse: with these statuses, and as all may."""
    return {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, _PROBLEMS[status])
        for status in (*statuses, 500, 503)
    }


def problems(*statuses: int) -> dict[Any, Any]:
    """The same of one that reads keys."""
    return without_key(*sorted({*statuses, 401, 403, 429}))


_PROBLEMS = {
    400: "A parameter or the body can't be read, or asks for what there is not.",
    401: "No key, or one that is unknown, expired or revoked.",
    403: "Not for this key or this origin, for staff alone, or a signed-in user's POST without CSRF token.",
    410: "The cursor's list is no longer kept: begin again.",
    404: "There is no such product.",
    411: "The body came without Content-Length.",
    413: "The body or the picture has too many bytes.",
    415: "The body is neither JSON nor a form, or the picture is none.",
    422: "The picture is damaged, has too many pixels, or falls under a policy of the shop.",
    429: "Too many requests of this key or address: see Retry-After.",
    500: "A failure here, logged under `instance`.",
    501: "The extra `metrics` is not installed.",
    503: "Not now: see `code` and Retry-After.",
}
