"""What many operations have in common, described once: added to the document that was made of the views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import ApiView

_FIELDS = {
    "in": "query",
    "name": "fields",
    "schema": {"type": "string"},
    "description": "Members of the answer to send, as dotted paths, separated by commas: "
    "`hits.id,hits.card.title,total`. All others are left out, those too that are always there otherwise.",
}
_BESIDE_LANGUAGE = [
    {
        "in": "query",
        "name": "currency",
        "schema": {"type": "string"},
        "description": "Currency of the answer.",
    },
    {
        "in": "query",
        "name": "channel",
        "schema": {"type": "string"},
        "description": "Sales channel asked from.",
    },
]
_UNCHANGED = {"description": "You have this answer: `If-None-Match` names its `ETag`."}


def complete(document: dict[str, Any], views: Mapping[str, type[ApiView]]) -> dict[str, Any]:
    """`document`, whose paths are served by `views`, with the parameters and answers that these share."""
    for path, operations in document["paths"].items():
        view = views[path]
        for method, operation in operations.items():
            if "language" in view.known:
                operation.setdefault("parameters", []).extend(_BESIDE_LANGUAGE)
            if view.shape is not None:
                operation.setdefault("parameters", []).append(_FIELDS)
            if method == "get" and view.cache_control != "no-store":
                answers = {**operation["responses"], "304": _UNCHANGED}
                operation["responses"] = dict(sorted(answers.items()))
    return document
