from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """A media folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CACHES = {
        **settings.CACHES,
        "uploads": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    return settings.MEDIA_ROOT
