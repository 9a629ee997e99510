from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from product_search.encoders import EncoderInfo
from product_search.training import card
from product_search.training.examples import read_examples
from product_search.training.figures import Retrieval
from product_search.training.heldout import Figure, measure
from product_search.training.plan import Plan
from product_search.training.readings import Reading
from product_search.training.titles import Found

FOUND = Found(Retrieval(0.1, 0.5, 1 / 3), Retrieval(0.2, 0.6, 0.4), 70, 90)
PLAN = Plan(steps=6, batch=8)
READING = Reading(6, "steps", 6, 12.0, 4, 1.0, FOUND, None)


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


def test_titles_are_asked_for_by_id_and_with_any_product_of_that_title(training_csv):
    """Twenty products of five for each colour: who knows colours alone finds the title always, the product seldom."""
    figures = by_name(measure(ColourEncoder(), read_examples(training_csv), progress=False))
    own, any_of_it = (
        figures[f"title to {whose}, recall@1"] for whose in ("its own picture", "a picture of that title")
    )
    assert (own.count, own.choices) == (20, 40)
    assert any_of_it.value >= 0.75
    assert own.value < any_of_it.value


def test_photographs_are_told_by_their_nearest_label(labelled_folder):
    figures = by_name(measure(ColourEncoder(), read_examples(labelled_folder), progress=False))
    assert figures["zero-shot accuracy"].count == 12
    assert figures["zero-shot accuracy"].choices == 2
    assert figures["(always the most frequent label)"].value == 0.5


def test_no_held_out_pictures_give_no_figures():
    assert measure(ColourEncoder(), [], progress=False) == []


def test_the_card_shows_data_split_and_both_models(training_csv, labelled_folder, tmp_path):
    shown, held_out = read_examples(training_csv), read_examples(labelled_folder)
    recipe = card.Recipe("manage.py train_clip --steps 6", PLAN, 1_234_567, 32, 0.12, 0.05)
    text = card.render(
        recipe,
        shown,
        shown[:4],
        held_out,
        [READING, replace(READING, spent=9, alpha=0.7, scored=FOUND)],
        [Figure("zero-shot accuracy", 0.6123, 12, 2)],
        [Figure("zero-shot accuracy", 0.1, 12, 2)],
    )
    assert "| squares | 40 | 20 | 4 | 2 | 0 | 0 |" in text
    assert "| photographs | 0 | 0 | 0 | 0 | 12 | 6 |" in text
    assert "| 9 steps | scored | 70 | 0.100 | 0.500 | 0.333 | 0.200 | 0.600 | 0.400 |" in text
    assert "of step 4, 70% of the way" in text
    assert "| zero-shot accuracy | 12 | 2 | 0.612 | 0.100 |" in text
    assert "manage.py train_clip --steps 6" in text
    assert str(tmp_path) not in text
    assert card.write(tmp_path, text).read_text(encoding="utf-8") == text


def test_a_figure_without_its_comparison_is_refused():
    recipe = card.Recipe("c", PLAN, 1, 32, 0.1, 0.05)
    with pytest.raises(KeyError):
        card.render(recipe, [], [], [], [READING], [Figure("zero-shot accuracy", 0.6, 1, 2)], [])
