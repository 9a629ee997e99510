from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from product_search.training.examples import read_examples
from product_search.training.pixels import NoSpace, augmented, decoded, recoloured, square, squashed


def test_pictures_are_cut_as_open_clip_cuts_them():
    from open_clip.transform import image_transform

    rng = np.random.default_rng(1)
    picture = Image.fromarray(rng.integers(0, 255, (60, 90, 3), dtype=np.uint8))
    theirs = image_transform(32, is_train=False, mean=(0, 0, 0), std=(1, 1, 1))(picture)
    ours = torch.from_numpy(np.array(square(picture, 32))).permute(2, 0, 1) / 255
    assert ours.shape == theirs.shape
    assert float((ours - theirs).abs().max()) < 0.02


def test_pictures_that_are_pressed_are_pressed_as_open_clip_presses_them():
    from open_clip.transform import image_transform

    rng = np.random.default_rng(1)
    picture = Image.fromarray(rng.integers(0, 255, (60, 90, 3), dtype=np.uint8))
    given = {"is_train": False, "mean": (0, 0, 0), "std": (1, 1, 1), "resize_mode": "squash"}
    theirs = image_transform(32, **given)(picture)
    ours = torch.from_numpy(np.array(squashed(picture, 32))).permute(2, 0, 1) / 255
    assert float((ours - theirs).abs().max()) < 0.02


def test_pixels_are_read_in_the_order_that_is_asked_for_and_decoded_once(training_csv, tmp_path):
    examples = read_examples(training_csv)
    pixels = decoded(tmp_path, examples, 16, progress=False)
    read = pixels.read([2, 0, 2])
    assert read.shape == (3, 3, 16, 16)
    assert read.dtype == torch.uint8
    assert read[:, :, -1, -1].tolist() == [[30, 180, 40], [200, 30, 30], [30, 180, 40]]
    pixels.close(keep=True)
    for file in training_csv.parent.glob("*.png"):
        file.unlink()
    again = decoded(tmp_path, examples, 16, progress=False)
    assert torch.equal(again.read([2, 0, 2]), read)
    again.close(keep=False)
    assert list(tmp_path.glob("*.u8")) == []


def test_other_pictures_have_another_file(training_csv, tmp_path):
    examples = read_examples(training_csv)
    first = decoded(tmp_path, examples, 16, progress=False)
    other = decoded(tmp_path, examples[2:], 16, progress=False)
    pressed = decoded(tmp_path, examples, 16, resize="squash", progress=False)
    assert len({first.path, other.path, pressed.path}) == 3
    assert other.read([0])[0, :, -1, -1].tolist() == [30, 180, 40]


def test_a_disk_that_is_too_small_is_named_before_anything_is_decoded(training_csv, tmp_path):
    with pytest.raises(NoSpace, match="--checkpoints"):
        decoded(tmp_path, read_examples(training_csv), 2_000_000, progress=False)


def test_augmentation_varies_and_keeps_colour():
    red = torch.tensor([200, 30, 30], dtype=torch.uint8).view(1, 3, 1, 1).expand(8, 3, 20, 20)
    crops = augmented(red, 16, torch.Generator().manual_seed(1), least_area=0.35)
    assert crops.shape == (8, 3, 16, 16)
    assert float(crops.min()) >= 0
    assert float(crops.max()) <= 1
    assert bool((crops[:, 0] > 2 * crops[:, 1]).all())
    assert len({round(float(crop.mean()), 4) for crop in crops}) == 8


def test_augmentation_repeats_with_its_generator():
    noise = torch.randint(0, 255, (4, 3, 20, 20), dtype=torch.uint8)
    first, again = (augmented(noise, 16, torch.Generator().manual_seed(5), least_area=0.5) for _ in range(2))
    assert torch.equal(first, again)


def test_other_hues_keep_light_and_what_is_grey():
    torch.manual_seed(1)
    pictures = torch.rand(64, 3, 6, 6) * 0.2 + 0.4
    changed = recoloured(pictures, torch.Generator().manual_seed(2))
    assert torch.allclose(changed.mean(dim=1), pictures.mean(dim=1), atol=1e-5)
    same = (changed == pictures).flatten(1).all(dim=1)
    assert 16 < int(same.sum()) < 48
    grey = torch.full((8, 3, 4, 4), 0.3)
    assert torch.allclose(recoloured(grey, torch.Generator().manual_seed(3)), grey, atol=1e-5)
    red = torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1).expand(64, 3, 2, 2)
    strongest = recoloured(red, torch.Generator().manual_seed(4))[:, :, 0, 0].argmax(dim=1)
    assert set(strongest.tolist()) == {0, 1, 2}
