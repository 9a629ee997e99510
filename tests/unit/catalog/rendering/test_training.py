"""Training pictures: what their table holds, and that captions say nothing untrue."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image

from catalog.rendering.captions import captions, english, german
from catalog.rendering.catalogue import catalogue
from catalog.rendering.looks import ProductLook, random_look
from catalog.rendering.palette import COLOURS
from catalog.rendering.patterns import PATTERNS

MUG = ProductLook("mug", "red", "striped", "ceramic", "straight", "white", 7)


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "training.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_writes_pictures_groups_and_captions(tmp_path: Path) -> None:
    call_command("render_catalogue", training=5, seed=1000, size=32, output=tmp_path, verbosity=0)
    rows = _rows(tmp_path)
    assert list(rows[0]) == ["image", "group", "captions"]
    assert [row["group"] for row in rows] == ["1000-000000"] * 2 + ["1000-000001"] * 2 + ["1000-000002"]
    for row in rows:
        with Image.open(tmp_path / row["image"]) as picture:
            assert picture.size == (32, 32)
        said = json.loads(row["captions"])
        assert len(said) == len(set(said)) >= 8


@pytest.mark.parametrize("option", ["training", "size", "processes"])
def test_a_number_below_one_is_refused_by_name(option: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"--{option} was 0; it must be 1 or more"):
        call_command("render_catalogue", output=tmp_path / "out", **{option: 0})
    assert not (tmp_path / "out").exists()


def test_the_same_seed_writes_the_same_files_whatever_the_number_of_processes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, processes in ((first, 1), (second, 2)):
        call_command("render_catalogue", training=4, seed=3, size=32, output=folder, processes=processes)
    names = sorted(path.relative_to(first) for path in first.rglob("*.*"))
    assert len(names) == 5
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_captions_say_much_and_little_in_both_languages() -> None:
    rng = random.Random(1)
    said = {caption for _ in range(60) for caption in captions(MUG, rng)}
    assert {"red striped mug", "mug", "striped mug", "red mug", "rot gestreifte Tasse", "ceramic mug"} <= said
    assert captions(MUG, rng)[0] == "red striped mug"


@pytest.mark.parametrize("seed", range(8))
def test_captions_name_no_colour_or_pattern_but_their_own(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(40):
        look = random_look(rng)
        for caption in (english(look, rng), german(look, rng)):
            words = caption.lower().replace(",", "").split()
            foreign = (set(COLOURS) - {look.colour, look.accent}) | (set(PATTERNS) - {look.pattern})
            assert not foreign & set(words), (look, caption)


def test_no_training_product_is_one_of_the_catalogue() -> None:
    sold = {item.look for item in catalogue(1)}
    drawn = {random_look(random.Random(f"1000/{number}")) for number in range(6000)}
    assert not sold & drawn
