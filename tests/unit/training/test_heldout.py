from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from product_search.encoders import EncoderInfo
from product_search.training import card
from product_search.training.examples import read_examples
from product_search.training.heldout import Figure, measure


class ColourEncoder:
    """Knows three colour words, and sees which of red, green and blue is strongest."""

    info = EncoderInfo("colours", "", "", "", 3, 8)

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> np.ndarray:
        rows = [[float(word in text) for word in ("red", "green", "blue")] for text in texts]
        return self._unit(np.array(rows))

    def encode_images(self, images: Sequence[Image.Image], *, batch_size: int = 32) -> np.ndarray:
        return self._unit(np.array([np.array(image)[-1, -1] for image in images], dtype=float))

    def _unit(self, rows: np.ndarray) -> np.ndarray:
        rows = rows + 1e-6
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def test_a_model_that_knows_colours_finds_pictures_by_their_captions(training_csv):
    figures = by_name(measure(ColourEncoder(), read_examples(training_csv), progress=False))
    found = figures["text to picture, recall@1"]
    assert (found.count, found.choices) == (4, 40)
    assert found.value >= 0.75  # red, green and blue; white is like all of them
    pairs = figures["picture to another picture of the same product, recall@5"]
    assert (pairs.count, pairs.choices) == (40, 40)


def test_photographs_are_told_by_their_nearest_label(labelled_folder):
    figures = by_name(measure(ColourEncoder(), read_examples(labelled_folder), progress=False))
    assert figures["zero-shot accuracy"].count == 12
    assert figures["zero-shot accuracy"].choices == 2
    assert figures["(always the most frequent label)"].value == 0.5


def test_no_held_out_pictures_give_no_figures():
    assert measure(ColourEncoder(), [], progress=False) == []


def test_the_card_shows_data_split_and_both_models(training_csv, labelled_folder, tmp_path):
    shown, held_out = read_examples(training_csv), read_examples(labelled_folder)
    recipe = card.Recipe("manage.py train_clip --steps 6", 1_234_567, 6, 8, 0.2, 32, 0.12, 1)
    text = card.render(
        recipe,
        shown,
        held_out,
        [Figure("zero-shot accuracy", 0.6123, 12, 2)],
        [Figure("zero-shot accuracy", 0.1, 12, 2)],
    )
    assert "| squares | 40 | 20 | 0 | 0 |" in text
    assert "| photographs | 0 | 0 | 12 | 6 |" in text
    assert "| zero-shot accuracy | 12 | 2 | 0.612 | 0.100 |" in text
    assert "manage.py train_clip --steps 6" in text
    assert str(tmp_path) not in text
    assert card.write(tmp_path, text).read_text(encoding="utf-8") == text


def test_a_figure_without_its_comparison_is_refused():
    recipe = card.Recipe("c", 1, 1, 1, 1.0, 32, 0.1, 1)
    with pytest.raises(KeyError):
        card.render(recipe, [], [], [Figure("zero-shot accuracy", 0.6, 1, 2)], [])
