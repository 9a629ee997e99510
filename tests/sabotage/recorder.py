"""A pytest plugin: writes each test's outcome to the file that SABOTAGE_OUTCOMES names, as JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test is as bad as its worst phase: set-up and tear-down count."""
    if report.failed or report.nodeid not in _outcomes:
        _outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    Path(os.environ["SABOTAGE_OUTCOMES"]).write_text(json.dumps(_outcomes), encoding="utf-8")
