"""Entity tags: a client that has an answer already is told so instead of being sent it again (RFC 9110, 13).

A tag is weak, and bound to whom the answer was made for: another's never says that one has it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.utils.http import parse_etags

from ..documents import SearchScope, document

#: Members that differ between two answers that say the same.
PASSING = frozenset({"took_ms", "search_id"})


def tag_of(data: Any, scope: SearchScope) -> str:
    """The weak entity tag of the JSON `data` for `scope`."""
    lasting = data
    if isinstance(data, Mapping):
        lasting = {name: value for name, value in data.items() if name not in PASSING}
    whose = scope.digest(document().audience(scope))
    text = json.dumps([whose, lasting], cls=DjangoJSONEncoder, sort_keys=True)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def is_known(request: HttpRequest, tag: str) -> bool:
    """Whether `If-None-Match` says that the client has what `tag` stands for; `*` is never taken for that."""
    opaque = tag.removeprefix("W/")
    known = parse_etags(str(request.META.get("HTTP_IF_NONE_MATCH", "")))
    return any(each.removeprefix("W/") == opaque for each in known)
