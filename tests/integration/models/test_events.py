"""Events are written in a shop's own key type, arrays of keys among them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from product_search.models import SearchEvent, SearchKind


@pytest.mark.django_db
def test_what_was_shown_comes_back_in_order() -> None:
    SearchEvent.objects.create(
        search_id=uuid.uuid4(),
        at=datetime(2026, 3, 1, tzinfo=UTC),
        language="en",
        kind=SearchKind.WORDS,
        words="lamp",
        filters={"colour": ["red"]},
        shown=[3, 1, 2],
        shown_from=25,
    )

    found = SearchEvent.objects.get()
    assert (found.shown, found.shown_from) == ([3, 1, 2], 25)
    assert (found.session, found.filters) == (None, {"colour": ["red"]})
