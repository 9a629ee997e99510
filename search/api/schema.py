"""The served OpenAPI document: `openapi.json`, made by `openapi.py` at development time, with this shop's own words.

It is not generated in a host's process: drf-spectacular reads REST_FRAMEWORK and SPECTACULAR_SETTINGS from module
globals, and overriding those for our request would change them for the host's own schema in another thread.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from ..documents import Facet, document
from ..retrieval.request import RELEVANCE
from .parameters import known_languages


def served(mount: str) -> dict[str, Any]:
    """The document for a host that mounts us at `mount` ("/search", or "" at the root)."""
    described: dict[str, Any] = copy.deepcopy(stored())
    described["servers"] = [{"url": mount or "/"}]
    shop = document()
    filters = [_filter(name, facet) for name, facet in shop.facets.items()]
    search = described["paths"]["/v1/search"]
    search["get"]["parameters"] += filters
    for path in ("/v1/why-not", "/v1/recommend", "/v1/facets/{name}"):
        described["paths"][path]["get"]["parameters"] += filters
    form = search["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    properties = described["components"]["schemas"][form["$ref"].rpartition("/")[2]]["properties"]
    properties.update({parameter["name"]: parameter["schema"] for parameter in filters})
    choices: dict[str, Sequence[str]] = {
        "language": known_languages(),
        "sort": [RELEVANCE, *shop.sorts],
        "currency": shop.currencies,
        "channel": shop.channels,
    }
    for operation in (operation for path in described["paths"].values() for operation in path.values()):
        # What the shop declares none of can't be asked for.
        taken = [each for each in operation.get("parameters", ()) if choices.get(each["name"], True)]
        for parameter in taken:
            if parameter["name"] == "name" and parameter["in"] == "path":
                listed = [name for name, facet in shop.facets.items() if facet.kind != "range"]
                parameter["schema"].update({"enum": listed} if listed else {})
            if parameter["name"] in choices:
                parameter["schema"]["enum"] = list(choices[parameter["name"]])
        if taken:
            operation["parameters"] = taken
    return described


@cache
def stored() -> dict[str, Any]:
    """The document as it is the same in every shop."""
    text = resources.files(__package__).joinpath("openapi.json").read_text(encoding="utf-8")
    described: dict[str, Any] = json.loads(text)
    return described


def _filter(name: str, facet: Facet) -> dict[str, Any]:
    if facet.kind == "range":
        value: dict[str, Any] = {
            "type": "string",
            "pattern": r"^-?[0-9.]*\.\.-?[0-9.]*$",
            "examples": ["10..50"],
        }
        description = f"Range of {name}: 10..50, 10.. or ..50"
    elif facet.kind == "boolean":
        value = {"type": "string", "enum": ["true", "false"]}
        description = f"Whether {name}"
    else:
        value = {"type": "string"}
        description = f"Values of {name}, any of them" + (
            "; a value takes its whole branch" * facet.hierarchical
        )
    return {
        "in": "query",
        "name": f"filter.{name}",
        "description": description,
        "schema": {"type": "array", "items": value},
        "explode": True,
        "style": "form",
    }
