"""The reference shop as docker/ runs it, with one view more: the bare SQL of its searches."""

from __future__ import annotations

from catalog.settings import *  # noqa: F403

ROOT_URLCONF = "tests.acceptance.load.bare"
