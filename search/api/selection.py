"""`fields`: which members of an answer to send, as dotted paths: `hits.id,hits.card.title,total`.

A path goes through lists as if they were not there. What it names is checked against the answer's declared shape, so
a slip is refused also where nothing was found; past a dict of the shop's own, such as `card`, any name may follow.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from .bodies import Pairs
from .problems import Problem

MAX_PATHS = 100
MAX_DEPTH = 10

#: What is wanted of an object: by member, what is wanted of that; None is all of it.
Wanted = dict[str, "Wanted"] | None


def wanted(pairs: Pairs, shape: type[serializers.Serializer[Any]]) -> Wanted:
    """What `fields` among the pairs asks for of an answer of that `shape`. Raises `Problem` 400."""
    written = ",".join(value for name, value in pairs if name == "fields")
    paths = [path.strip() for path in written.split(",") if path.strip()]
    if not paths:
        return None
    if len(paths) > MAX_PATHS:
        detail = f"{len(paths)} fields; at most {MAX_PATHS} are selected."
        raise Problem(400, "too_many_fields", detail, parameter="fields")
    declared, chosen = shape(), dict[str, Wanted]()
    for path in paths:
        names = path.split(".", MAX_DEPTH)
        _check(path, names, declared)
        _add(chosen, names)
    return chosen


def selected(data: Any, wanted: Wanted) -> Any:
    """Of `data` what is `wanted`, in its own order; members that are not there are left out."""
    if wanted is None:
        return data
    if isinstance(data, Mapping):
        return {name: selected(value, wanted[name]) for name, value in data.items() if name in wanted}
    if isinstance(data, list | tuple):
        return [selected(each, wanted) for each in data]
    return data


def _add(chosen: dict[str, Wanted], names: Sequence[str]) -> None:
    first, *rest = names
    if not rest:
        chosen[first] = None
        return
    inner = chosen.setdefault(first, {})
    if inner is not None:  # else all of it is wanted already
        _add(inner, rest)


def _check(path: str, names: Sequence[str], shape: Any) -> None:
    for name in names:
        while isinstance(shape, serializers.ListSerializer | serializers.ListField):
            shape = shape.child
        if isinstance(shape, serializers.DictField | serializers.JSONField):
            return
        members = shape.fields if isinstance(shape, serializers.Serializer) else {}
        if name not in members:
            raise Problem(400, "unknown_field", _no_member(path, name, list(members)), parameter="fields")
        shape = members[name]


def _no_member(path: str, name: str, members: list[str]) -> str:
    shown, said = path[:80], f"{name[:40]!r} of {path[:80]!r}" if name != path else f"{path[:80]!r}"
    if not members:
        return f"{shown!r}: there is nothing below the member before {name[:40]!r}."
    if near := difflib.get_close_matches(name[:80], members, n=1):
        return f"{said} is no member of the answer. Did you mean {near[0]}?"
    return f"{said} is no member of the answer. Known: {', '.join(members)}."
