"""`manage.py train_lettering` writes what `images.lettering` reads, and says what is wrong before it trains."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image, ImageDraw

from product_search.images import lettering
from product_search.training.lettering import Plan, train


def clean(seed: int) -> Image.Image:
    """A picture of a few things on a ground, none of them a letter."""
    rng = random.Random(seed)
    ground = Image.new("RGB", (160, 160), tuple(rng.randint(60, 255) for _ in range(3)))
    pen = ImageDraw.Draw(ground)
    for _ in range(rng.randint(1, 4)):
        left, top, side = rng.randint(0, 110), rng.randint(0, 110), rng.randint(15, 70)
        shape = rng.choice((pen.ellipse, pen.rectangle))
        shape((left, top, left + side, top + side), fill=tuple(rng.randint(0, 255) for _ in range(3)))
    return ground


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clean").mkdir()
    for seed in range(40):
        clean(seed).save(tmp_path / "clean" / f"{seed:02}.png")
    return tmp_path / "clean"


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the net of this test is; afterwards that which ships is read again."""
    path = tmp_path / "weights.npz"
    kept = lettering.layers, lettering.calibration
    monkeypatch.setattr(lettering, "WEIGHTS", path)
    for each in kept:
        each.cache_clear()
    yield path
    for each in kept:
        each.cache_clear()


def test_what_numpy_finds_with_the_weights_is_what_the_net_finds(weights):
    losses: list[float] = []
    pictures = [clean(seed) for seed in range(20)]
    plan = Plan(steps=20, batch=8)
    net = train(pictures, [None], weights, plan, progress=lambda step, loss: losses.append(loss))

    assert len(losses) == 20
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    pixels = lettering.pixels_of(clean(99))
    with torch.no_grad():
        expected = net(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0, 0].numpy()
    found = lettering.cells(pixels)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=0.01)  # weights are kept as float16
    strongest = np.sort(found, axis=None)[-lettering.CELLS :].mean()
    middle, scale = lettering.calibration()
    assert lettering.lettering(clean(99)) == pytest.approx(1 / (1 + np.exp((middle - strongest) / scale)))


def test_the_same_seed_makes_the_same_weights(folder, tmp_path):
    plan = {"pictures": [folder], "steps": 2, "batch": 8, "most": 20, "verbosity": 0}
    for name, processes in {"one.npz": 0, "two.npz": 1}.items():
        call_command("train_lettering", output=tmp_path / name, processes=processes, **plan)
    with np.load(tmp_path / "one.npz") as one, np.load(tmp_path / "two.npz") as two:
        assert all(np.array_equal(one[name], two[name]) for name in one.files)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"pictures": [Path("/nowhere")]}, "neither a folder nor a .zip"),
        ({"output": Path("/nowhere/weights.npz")}, "in a folder that exists"),
        ({"output": Path("weights.pt")}, "ending in .npz"),
        ({"most": 5}, "20 or more are needed"),
        ({"processes": -1}, "must be 0 or more"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_trained(folder, tmp_path, given, says):
    options = {"pictures": [folder], "output": tmp_path / "weights.npz", **given}
    with pytest.raises(CommandError, match=says):
        call_command("train_lettering", verbosity=0, **options)


def test_a_file_that_is_no_picture_is_named(folder, tmp_path):
    (folder / "99.png").write_bytes(b"no picture")
    with pytest.raises(CommandError, match=r"99\.png can't be read"):
        call_command("train_lettering", pictures=[folder], output=tmp_path / "weights.npz", verbosity=0)
