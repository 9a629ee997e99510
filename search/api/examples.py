"""What a search should also be like, or unlike: `like` and `unlike` name products, `more` and `less` are words.

Each may be repeated, and end in its weight, as Lucene writes it: `less=floral^0.5`. Pictures come as a form's files by
the names `like` and `unlike`, with the weight after the name. `vectors` are JSON objects, with their weights in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from PIL.Image import Image
from rest_framework import serializers

from ..retrieval import Example
from ..retrieval.directions import MAX_NUMBERS
from .problems import Problem

#: Which way each parameter counts.
SIGNS = {"like": 1.0, "unlike": -1.0, "more": 1.0, "less": -1.0}
NAMES = tuple(SIGNS)
VECTORS = "vectors"
PRODUCTS = ("like", "unlike")
_WEIGHT = re.compile(r"0|1|0?\.[0-9]{1,9}|0\.0*|1\.0{1,9}", re.ASCII)


class ExamplesSerializer(serializers.Serializer[Any]):
    """In a body each of them is a list."""

    like = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Products to be like, by their ids."
    )
    unlike = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Products to be unlike."
    )
    more = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Further words to be like."
    )
    less = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Words to be unlike."
    )


class VectorSerializer(serializers.Serializer[Any]):
    """A vector of the model that serves, of any length: its direction counts."""

    vector = serializers.ListField(child=serializers.FloatField(), min_length=1, max_length=MAX_NUMBERS)
    kind = serializers.ChoiceField(choices=["text", "picture"], help_text="What it was made of.")
    weight = serializers.FloatField(
        required=False, min_value=-1, max_value=1, default=1, help_text="Below 0 for what to be unlike."
    )


def weighted(name: str, value: str) -> tuple[str, float]:
    """`value` without the weight after its last `^`, and that weight with the sign of the parameter `name`.

    Without one it is 1. Raises `Problem` 400 for a weight that is no number from 0 to 1.
    """
    before, caret, weight = value.rpartition("^")
    if not caret:
        return value, SIGNS[name]
    if not _WEIGHT.fullmatch(weight):
        detail = f"{name} ends in ^{weight[:40]}; expected a weight from 0 to 1, as in {name}=...^0.5."
        raise Problem(400, "bad_weight", detail, parameter=name)
    return before, SIGNS[name] * float(weight)


def _vector(written: str) -> Example:
    """The example that is a vector, from its JSON; raises `Problem` or `InvalidRequest` 400."""
    try:
        given = json.loads(written)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not {"vector", "kind"} <= given.keys() <= {"vector", "kind", "weight"}:
        detail = 'Each of vectors is {"vector": [numbers], "kind": "text" or "picture", "weight": -1 to 1}.'
        raise Problem(400, "bad_vector", detail, parameter=VECTORS)
    if not isinstance(given["vector"], list) or not isinstance(given["kind"], str):
        detail = "The vector is a list of numbers, its kind text or picture."
        raise Problem(400, "bad_vector", detail, parameter=VECTORS)
    kind: Any = given["kind"]
    return Example(vector=tuple(given["vector"]), kind=kind, weight=given.get("weight", 1.0))


def examples(pairs: Iterable[tuple[str, str]], pictures: Iterable[tuple[str, Image]]) -> tuple[Example, ...]:
    """The examples among the parameters, and the pictures by the field that each came in."""
    found = []
    for name, written in pairs:
        if name in SIGNS and written.strip():  # a form sends its empty fields too
            value, weight = weighted(name, written)
            product = name in PRODUCTS
            found.append(
                Example(words="" if product else value, product=value if product else None, weight=weight)
            )
        elif name == VECTORS and written.strip():
            found.append(_vector(written))
    for field, picture in pictures:
        name, caret, written = field.partition("^")
        found.append(Example(picture=picture, weight=weighted(name, caret + written)[1]))
    return tuple(found)
