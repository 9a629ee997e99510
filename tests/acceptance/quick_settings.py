"""The tests' settings with signs of life every second, so that silence is noticed after six."""

from __future__ import annotations

from typing import Any

import product_search
from tests.settings import *  # noqa: F403
from tests.settings import PRODUCT_SEARCH as TESTS_SEARCH

_SILENCE: dict[str, Any] = {"SWEEP_SECONDS": 1, "SILENT_SECONDS": 3}
PRODUCT_SEARCH = TESTS_SEARCH | _SILENCE
CELERY_BEAT_SCHEDULE = {**product_search.schedule(sweep_seconds=1.0)}
