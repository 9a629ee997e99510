"""Events are recorded in these tests, and kept for as long as the tests' own days are ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from product_search.analytics import recording


@pytest.fixture(autouse=True)
def _recorded(settings: Any) -> None:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "EVENTS": True,
        "EVENTS_DAYS": timedelta(days=36_500).days,
    }


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[recording._Recorder]:
    """A recorder of this test alone, whose thread has nothing left to do when the test ends."""
    fresh = recording._Recorder()
    monkeypatch.setattr(recording, "_recorder", fresh)
    monkeypatch.setattr(recording, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(recording, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(recording, "RETRY_LONGEST_SECONDS", 0.2)
    yield fresh
    assert fresh.flush(30)
