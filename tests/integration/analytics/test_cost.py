"""A search takes as long with its event as without, and with the store of events lost: in pairs, one by one."""

from __future__ import annotations

import statistics
import time
from contextlib import nullcontext
from typing import Any

import pytest

from product_search.analytics import record_search, recording
from product_search.documents import SearchScope
from product_search.models import SearchEvent
from product_search.retrieval import SearchRequest, search
from product_search.testing import index_now
from tests.integration.api.conftest import fill

from .test_recording import locked, renamed

pytestmark = pytest.mark.django_db(transaction=True)

#: What else the machine does only adds to a round; one of them is to be undisturbed.
PAIRS, ROUNDS = 20, 3
#: Of a search, in the middle of the pairs; a millisecond either way is the machine's.
SHARE, SLACK_S = 0.1, 0.001


def test_a_search_does_not_notice_its_event(
    recorder: recording._Recorder, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("product_search.analytics.writing._LIMITS", "SET LOCAL lock_timeout = '100ms'")
    settings.MEDIA_ROOT = tmp_path
    fill()
    index_now()
    asked, scope = SearchRequest(q="mug", facets=()), SearchScope(language="en")

    def took(*, recorded: bool) -> float:
        begun = time.perf_counter()
        answer = search(asked, scope)
        if recorded:
            assert record_search(asked, answer, scope).search_id
        return time.perf_counter() - begun

    table = SearchEvent._meta.db_table
    for name, store in {"there": nullcontext(), "gone": renamed(table), "locked": locked(table)}.items():
        found = []
        with store:
            for _ in range(ROUNDS):
                pairs = [(took(recorded=True), took(recorded=False)) for _ in range(PAIRS)]
                usual = statistics.median(without for _, without in pairs)
                more = statistics.median(with_event - without for with_event, without in pairs)
                found.append(f"{more * 1000:.2f} ms on {usual * 1000:.1f} ms")
                if more <= SHARE * usual + SLACK_S:
                    break
            else:
                pytest.fail(f"{name}: {', '.join(found)}")
