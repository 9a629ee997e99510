"""The model in fixtures/: small, complete, loaded by open_clip itself, and good enough for the demo's searches."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from product_search import encoders

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
MODEL = FIXTURES / "model"
CATALOGUE = FIXTURES / "catalogue"


@pytest.fixture(scope="module")
def encoder() -> encoders.Encoder:
    return encoders.load(f"local-dir:{MODEL}")


@pytest.fixture(scope="module")
def shown() -> list[dict[str, str]]:
    """What the first picture of each product of the catalogue shows."""
    with (CATALOGUE / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["sku"]: row for row in reversed(list(csv.DictReader(file)))}
    return list(rows.values())


@pytest.fixture(scope="module")
def pictures(encoder, shown) -> np.ndarray:
    return encoder.encode_images(
        [Image.open(CATALOGUE / "images" / row["image"]).convert("RGB") for row in shown]
    )


def test_it_is_small_and_complete():
    files = {path.name: path.stat().st_size for path in MODEL.iterdir()}
    assert set(files) == {
        "MODEL_CARD.md",
        "open_clip_config.json",
        "open_clip_model.safetensors",
        "words.txt",
    }
    assert sum(files.values()) <= 20 * 1024 * 1024


def test_it_says_which_words_it_was_taught():
    taught = encoders.words_taught(f"local-dir:{MODEL}")
    assert {"mug", "mugs", "striped", "tasse", "hoodie", "purple"} <= taught
    assert taught.isdisjoint({"settee", "excavator", "qwxv"})


def test_open_clip_loads_it_with_the_context_of_its_configuration():
    import open_clip

    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{MODEL}")
    tokens = open_clip.get_tokenizer(f"local-dir:{MODEL}")(["red striped mug"])
    assert tokens.shape == (1, model.context_length)
    assert preprocess(Image.new("RGB", (300, 200))).shape == (3, *model.visual.image_size)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("red striped mug", {"type": "mug", "colour": "red", "pattern": "striped"}),
        ("rot gestreifte Tasse", {"type": "mug", "colour": "red", "pattern": "striped"}),
        ("blue sneakers", {"type": "sneaker", "colour": "blue"}),
        ("schwarze Stiefel", {"type": "boot", "colour": "black"}),
        ("Stuhl", {"type": "chair"}),
    ],
)
def test_words_find_what_only_the_picture_says(encoder, shown, pictures, query, wanted):
    """No titles here: pictures alone answer, in both languages."""
    first = np.argsort(-(pictures @ encoder.encode_texts([query])[0]))[:5]
    assert any(wanted.items() <= shown[row].items() for row in first)


def test_red_striped_mugs_come_before_all_else(encoder, shown, pictures):
    """No title says it: pattern, colour and kind are seen."""
    wanted = {"type": "mug", "colour": "red", "pattern": "striped"}
    there = sum(wanted.items() <= row.items() for row in shown)
    first = np.argsort(-(pictures @ encoder.encode_texts(["red striped mug"])[0]))[:there]
    assert there >= 4
    assert all(wanted.items() <= shown[row].items() for row in first)


def test_the_card_shows_held_out_figures_far_above_an_untrained_model():
    card = (MODEL / "MODEL_CARD.md").read_text(encoding="utf-8").partition("## Held-out figures")[2]
    rows: dict[str, tuple[float, float]] = {}
    for line in card.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[01]\.\d{3}", cells[-1]):
            rows[cells[0]] = float(cells[-2]), float(cells[-1])
    trained, untrained = rows["zero-shot accuracy"]
    assert trained >= 0.60
    assert untrained < 0.3
    trained, untrained = rows["text to picture, recall@10"]
    assert trained > 0.9
    assert untrained < 0.2
