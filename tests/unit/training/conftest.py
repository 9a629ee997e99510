"""A training set of a few drawn squares, and a model small enough to train within a second."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

COLOURS = {"red": (200, 30, 30), "green": (30, 180, 40), "blue": (30, 40, 200), "white": (240, 240, 240)}

#: open_clip's own convolutional tower: attention pooling, so it takes one size alone.
SMALL: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"layers": [1, 1, 1, 1], "width": 8, "image_size": 32, "head_width": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
#: A picture transformer knows its places: at another size they have to be resized.
TRANSFORMER: dict[str, Any] = {
    **SMALL,
    "vision_cfg": {"layers": 1, "width": 16, "head_width": 8, "patch_size": 8, "image_size": 32},
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models as small as these lose more than they gain by threads, most of all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def training_csv(tmp_path: Path) -> Path:
    """Forty pictures of twenty products, two of each, in four colours."""
    folder = tmp_path / "squares"
    folder.mkdir()
    with (folder / "training.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("image", "group", "captions"))
        for number in range(40):
            colour = list(COLOURS)[number // 2 % 4]
            name = f"{number}.png"
            picture = Image.new("RGB", (40, 30 + number), COLOURS[colour])
            picture.paste((90, 90, 90), (0, 0, number // 2, 10))
            picture.save(folder / name)
            table.writerow((name, number // 2, json.dumps([f"{colour} square", f"a {colour} thing"])))
    return folder / "training.csv"


@pytest.fixture
def labelled_folder(tmp_path: Path) -> Path:
    """Twelve photographs of six senders, with labels."""
    folder = tmp_path / "photographs"
    (folder / "images").mkdir(parents=True)
    with (folder / "products.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("id", "label", "kids", "sender"))
        for number in range(12):
            Image.new("RGB", (36, 36), (number * 20, 99, 0)).save(folder / "images" / f"p{number}.png")
            table.writerow((f"p{number}", ("Pants", "Hat")[number % 2], "False", number // 2))
    return folder
