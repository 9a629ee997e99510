"""Walking through all results, page after page, while shop and index are written to.

The list is written down when the walk begins, so new scores can't move it: nothing comes twice, and nothing is passed
over that was there throughout. What is hidden or deleted meanwhile is left out; if another variant of it is there, that
one is shown.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import router
from django.db.models import F, Func, JSONField, Sum, Window
from django.db.models.functions import Now
from PIL import Image

from ..conf import settings
from ..documents import SearchScope, document
from ..errors import ExpiredCursor, InvalidRequest
from ..models import Cursor
from ..replicas.reading import from_replica
from .answer import Hit, SearchAnswer
from .engine import MOST_WALKED, find, hidden_by_now, nothing
from .filters import Choices
from .found import Found
from .page import best_picture, hits, pages, read_key
from .request import SearchRequest
from .snapshot import KeyIn, transaction_of_a_search

#: What begins a walk.
NEW = "new"
#: Hits that all cursors hold together; beyond them, the oldest make room.
MOST_KEPT = 5_000_000
WALK_CUT = (
    f"walk-cut: of very many results the first {MOST_WALKED} are walked through; filters make them fewer"
)
#: Of a request, what may differ from page to page: the list is the same.
_FREE = frozenset({"page", "per_page", "facets", "highlight", "explain", "viewed"})


@from_replica
def walk(request: SearchRequest, scope: SearchScope, cursor: str = NEW) -> SearchAnswer:
    """One page of all results of `request` as they stood when the walk began; `next` is the next page's cursor.

    Later pages are of the same request for the same scope, and have no facets, highlights and explanations. A page has
    fewer hits where some are gone. Raises `InvalidRequest` for a cursor that is none, or another's, and `ExpiredCursor`
    after CURSOR_MINUTES; and what `search` raises.
    """
    if request.page != 1:
        raise InvalidRequest(
            "bad_cursor", "page", "page and cursor exclude each other: a cursor knows its place."
        )
    if not request.per_page:
        raise InvalidRequest("out_of_range", "per_page", "per_page is 0; a walk takes one product at least.")
    return _begun(request, scope) if cursor == NEW else _gone_on(request, scope, cursor)


def _begun(request: SearchRequest, scope: SearchScope) -> SearchAnswer:
    found = find(request, scope, walk=True)
    answer, size = found.answer, len(found.ranked.best)
    if size > MOST_WALKED or answer.total > size:
        answer = replace(answer, notices=(*answer.notices, WALK_CUT))
    if size <= request.per_page:
        return answer
    using = _database()
    kept = Cursor.objects.using(using).create(
        id=secrets.token_urlsafe(24),
        binding=_binding(request, scope),
        total=answer.total,
        relation=answer.relation,
        size=min(size, MOST_WALKED),
        expires_at=Now() + timedelta(minutes=settings().cursor_minutes),
        hits=[hit for hit, _ in zip(_written(found), range(MOST_WALKED), strict=False)],
    )
    _make_room(using)
    return replace(answer, next=_signed(kept.pk, request.per_page))


def _gone_on(request: SearchRequest, scope: SearchScope, cursor: str) -> SearchAnswer:
    started = time.perf_counter()
    name, at = _read(cursor)
    rows = Cursor.objects.using(_database()).filter(pk=name, expires_at__gt=Now())
    stretch = _Stretch(F("hits"), first=at, last=at + request.per_page - 1)
    row = rows.values_list("binding", "total", "relation", "size", stretch).first()
    if row is None:
        raise ExpiredCursor(
            f"This cursor is gone: one is kept for {settings().cursor_minutes} minutes. Begin again with cursor={NEW}."
        )
    binding, total, relation, size, written = row
    if not secrets.compare_digest(binding, _binding(request, scope)):
        detail = "This cursor belongs to another search, or to somebody else. Send the request that it was begun with."
        raise InvalidRequest("foreign_cursor", "cursor", detail)
    end = at + request.per_page
    return replace(
        nothing(request, ""),
        hits=_shown(written, request, scope),
        total=total,
        relation=relation,
        page=at // request.per_page + 1,
        pages=pages(total, request.per_page),
        notices=(WALK_CUT,) if total > size else (),
        next=_signed(name, end) if end < size else "",
        took_ms=(time.perf_counter() - started) * 1000,
    )


def _shown(written: list[list[Any]], request: SearchRequest, scope: SearchScope) -> tuple[Hit, ...]:
    """Of each group the best member that is still there, with the score that the best one had.

    Rules may have come to hide one, too; what else they changed is for the next walk.
    """
    groups = [[read_key(key) for key in (best, *others)] for best, _, _, *others in written]
    choices = Choices.of(document(), scope, {})
    with transaction_of_a_search(choices.visible.db):
        visible = choices.visible.filter(KeyIn("pk", [key for keys in groups for key in keys]))
        there = set(visible.values_list("pk", flat=True))
        there -= hidden_by_now(request, scope, choices, sorted(there))
        shown: dict[Any, tuple[float, str | None]] = {}
        for keys, (_, score, picture, *_others) in zip(groups, written, strict=True):
            if (key := next((key for key in keys if key in there), None)) is not None:
                shown[key] = score, picture if key == keys[0] else None
        found = hits(tuple(shown), choices, scope, None)
    return tuple(replace(hit, score=shown[hit.key][0], picture=shown[hit.key][1]) for hit in found)


def _written(found: Found) -> Iterator[list[Any]]:
    """Each group as it is kept."""
    candidates = None if found.judging is None else found.judging.candidates
    for best, *others in found.ranked.groups():
        score, picture = 0.0, None
        if candidates is not None:
            score = float(candidates.scores[candidates.places[best]])
            picture = best_picture(best, candidates)
        yield [str(best), score, picture, *map(str, others)]


def _make_room(using: str) -> None:
    """Drop the oldest cursors where all together hold too much: anybody may begin a walk."""
    newer = Window(Sum("size"), order_by=F("made_at").desc())
    too_many = Cursor.objects.using(using).annotate(newer=newer).filter(newer__gt=MOST_KEPT)
    Cursor.objects.using(using).filter(pk__in=list(too_many.values_list("pk", flat=True))).delete()


def _binding(request: SearchRequest, scope: SearchScope) -> str:
    """Hex SHA-256 of who asks and what, but for what changes no list."""
    asked = {
        each.name: _plain(getattr(request, each.name)) for each in fields(request) if each.name not in _FREE
    }
    who = scope.digest(document().audience(scope))
    return hashlib.sha256(json.dumps([who, asked], sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A part of a request as JSON; equal parts give equal JSON."""
    if isinstance(value, Image.Image):
        return [value.mode, *value.size, hashlib.sha256(value.tobytes()).hexdigest()]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _signer() -> Signer:
    return Signer(salt="product_search.cursor")


def _signed(name: str, at: int) -> str:
    return _signer().sign(f"{name}.{at}")


def _read(cursor: str) -> tuple[str, int]:
    """The row's name, and the place where the page begins."""
    try:
        name, _, at = _signer().unsign(cursor).rpartition(".")
    except (BadSignature, UnicodeEncodeError):
        detail = f"This is no cursor: send `next` of the answer before as it stands, or cursor={NEW}."
        raise InvalidRequest("bad_cursor", "cursor", detail) from None
    return name, int(at)


def _database() -> str:
    return router.db_for_write(Cursor)


class _Stretch(Func):
    """The hits from `first` to `last`, which are numbers of ours."""

    template = "jsonb_path_query_array(%(expressions)s, '$[%(first)s to %(last)s]')"
    output_field: JSONField[Any, Any] = JSONField()
