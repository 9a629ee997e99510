from __future__ import annotations

import os

from django.apps import AppConfig


class SwitchingConfig(AppConfig):
    """Puts the test's own encoder behind `hash:N`, and indexes and looking ahead at a test's scale."""

    name = "tests.acceptance.switching"
    label = "switching"

    def ready(self) -> None:
        from product_search.encoders import loading
        from product_search.indexing import spaces
        from product_search.retrieval import encoding

        from .seasons import SeasonEncoder

        loading.HashEncoder = SeasonEncoder  # type: ignore[assignment]
        spaces.ROWS_THAT_JUSTIFY_AN_INDEX = int(os.environ["SWITCHING_INDEX_ROWS"])
        encoding.LOOK_AHEAD_SECONDS = 0.2
