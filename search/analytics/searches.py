"""A search that a shopper saw, recorded by whoever shows it: the API does, and a shop's own page by one line."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from ..conf import settings
from ..documents import SearchScope, document
from ..models import SearchKind
from ..retrieval import SearchAnswer, SearchRequest
from . import days
from .recording import put
from .records import SearchRecord
from .visitor import refuses, visitor_of


def record_search(
    request: SearchRequest, answer: SearchAnswer, scope: SearchScope, *, visitor: str = ""
) -> SearchAnswer:
    """Record that a shopper is shown `answer`, and return it with its `search_id`, which links events to it.

    `visitor` tells this shopper from others today; without it, it is read from the scope's request. Nothing is recorded
    and `search_id` stays empty while EVENTS is off, for a browser that asks not to be tracked, and where nothing was
    searched (`disabled`, `not-indexed`) or only counted (`per_page` 0). Never raises, and never waits.
    """
    conf = settings()
    unanswered = any(notice.startswith(("disabled", "not-indexed")) for notice in answer.notices)
    if not (conf.enabled and conf.events) or unanswered or not request.per_page or refuses(scope.request):
        return answer
    search_id = uuid4()
    record = SearchRecord(
        search_id=search_id,
        at=days.now(),
        visitor=visitor or visitor_of(scope.request),
        language=scope.search_language(document().languages),
        channel=scope.channel,
        segment=scope.segment,
        kind=kind_of(request),
        q=request.q,
        corrected=answer.corrected,
        filters=request.chosen,
        sort=request.sort,
        page=answer.page,
        total=answer.total,
        near=len(answer.near),
        took_ms=answer.took_ms,
        shown=tuple(hit.key for hit in answer.hits),
        shown_from=(answer.page - 1) * answer.per_page + 1,
    )
    put([record])
    return replace(answer, search_id=str(search_id))


def kind_of(request: SearchRequest) -> SearchKind:
    """What was searched with; examples count as what they are."""
    said = [
        bool(example.words) or (example.vector is not None and example.kind == "text")
        for example in request.examples
    ]
    words = bool(request.q) or any(said)
    picture = request.picture is not None or not all(said)
    if words:
        return SearchKind.BOTH if picture else SearchKind.WORDS
    return SearchKind.PICTURE if picture else SearchKind.BROWSE
