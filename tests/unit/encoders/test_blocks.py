"""Blocks with weights in the processor's layout give what open_clip's own give, and hold their weights once."""

from __future__ import annotations

import open_clip
import pytest
import torch

from product_search.encoders import blocks
from product_search.encoders.picture_tower import PictureTower
from product_search.encoders.text_tree import TextTree

from .folders import DIM, TOWERS

TEXT = {"context_length": 20, "vocab_size": 60, "width": 64, "heads": 4, "layers": 3}
TEXTS = [[1, 7, 5, 59], [1, 59], [1, 7, 5, 3, 59], [1, *[4] * 18, 59][:20]]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return open_clip.CLIP(DIM, TOWERS["vit"], TEXT).eval()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_packed_blocks_compute_the_same_without_the_weights_of_the_model(model, dtype, monkeypatch):
    monkeypatch.setattr(blocks, "LEAST_WIDTH", 1)
    model.to(dtype)
    assert blocks.packable(model.logit_scale) == (dtype is torch.bfloat16)
    tree, tower = TextTree(model), PictureTower(model)
    pixels = torch.randn(3, 3, 32, 32, dtype=dtype)
    before = tree.encode(TEXTS), tower.encode(pixels)
    tree.blocks.pack()
    tower.blocks.pack()
    held = sum(each.numel() for each in model.transformer.resblocks.parameters() if each.ndim == 2)
    assert held == 0, "the layers' own weights are given up"
    for ours, theirs in zip((tree.encode(TEXTS), tower.encode(pixels)), before, strict=True):
        cosines = torch.nn.functional.cosine_similarity(ours.float(), theirs.float())
        assert cosines.min() > (1 - 1e-6 if dtype is torch.float32 else 0.999)


def test_narrow_blocks_stay_as_they_are(model):
    tree = TextTree(model)
    tree.blocks.pack()
    assert model.encode_text(torch.tensor([[1, 7, 5, 59, *[0] * 16]])).shape == (1, DIM)
