"""Texts as a tree of their beginnings: the vectors of each text by itself, with less to compute."""

from __future__ import annotations

import numpy as np
import open_clip
import pytest
import torch

from product_search.encoders import text_tree
from product_search.encoders.blocks import computable
from product_search.encoders.text_tree import TextTree, Tree

from .folders import DIM, TOWERS

TEXT = {"context_length": 20, "vocab_size": 60, "width": 32, "heads": 4, "layers": 3}
END = 59


def test_what_texts_begin_with_stands_once():
    tree = Tree.of([[7, 1, 2], [7, 1, 3], [7], [7, 1, 2], [4, 1]])
    assert list(tree.tokens) == [7, 1, 2, 3, 4, 1]
    assert list(tree.places) == [0, 1, 2, 2, 0, 1]
    assert list(tree.parents) == [-1, 0, 1, 1, -1, 4]
    assert list(tree.ends) == [2, 3, 0, 2, 5]
    assert [np.flatnonzero(row).tolist() for row in tree.seen()] == [
        [0], [0, 1], [0, 1, 2], [0, 1, 3], [4], [4, 5],
    ]  # fmt: skip


def test_parts_hold_so_many_tokens_or_one_text(monkeypatch):
    monkeypatch.setattr(text_tree, "MOST_TOKENS", 6)
    texts = [[1] * length for length in (3, 3, 1, 9, 2, 4)]
    assert [[len(text) for text in part] for part in text_tree.parts(texts)] == [[3, 3], [1], [9], [2, 4]]


@pytest.mark.parametrize(
    ("towers", "text"),
    [({}, {}), ({"quick_gelu": True}, {}), ({}, {"ls_init_value": 0.3}), ({}, {"proj_bias": True})],
)
@torch.inference_mode()
def test_the_vectors_are_those_of_the_whole(towers, text):
    torch.manual_seed(0)
    model = open_clip.CLIP(DIM, TOWERS["vit"], {**TEXT, **text}, **towers).eval()
    assert all(map(computable, model.transformer.resblocks))
    random = np.random.default_rng(1)
    texts = [[1, *random.integers(2, 9, length), END] for length in (1, 4, 4, 18, 0, 7, 2, 2, 2)]
    texts += [[*texts[3][:5], END], texts[3]]
    whole = torch.zeros(len(texts), 20, dtype=torch.long)
    for row, each in zip(whole, texts, strict=True):
        row[: len(each)] = torch.tensor(each)
    torch.testing.assert_close(TextTree(model).encode(texts), model.encode_text(whole), atol=1e-5, rtol=1e-4)


def test_other_blocks_are_left_to_open_clip():
    model = open_clip.CLIP(DIM, TOWERS["vit"], TEXT)
    model.transformer.resblocks[1].attn = torch.nn.MultiheadAttention(
        32, 4, batch_first=True, add_bias_kv=True
    )
    assert [computable(block) for block in model.transformer.resblocks] == [True, False, True]
