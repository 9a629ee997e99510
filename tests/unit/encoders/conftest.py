from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from .folders import TOWERS, write_model


@pytest.fixture(scope="session")
def model_folders(tmp_path_factory):
    """A folder for each tower; read-only, tests that change one write their own."""
    parent = tmp_path_factory.mktemp("models")
    return {tower: write_model(parent / tower, tower) for tower in TOWERS}


@pytest.fixture(scope="session")
def pictures():
    """Seven pictures of different sizes, shapes and contents."""
    random = np.random.default_rng(5)
    sizes = [(40, 40), (64, 32), (32, 64), (31, 33), (200, 90), (8, 8), (1, 300)]
    return [
        Image.fromarray(random.integers(0, 255, (height, width, 3), dtype=np.uint8))
        for width, height in sizes
    ]


@pytest.fixture
def encoder_setting(settings):
    """Sets ENCODER (and more) beside the shop's own settings."""

    def use(name, **more):
        settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": name, **more}

    return use
