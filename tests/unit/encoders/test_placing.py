"""Models in fewer bits: the same vectors but for rounding, or an error that says what to set."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from product_search import encoders
from product_search.encoders import UnusableModel, placing

TEXTS = ["red striped mug", "", "word " * 200, "XJ-900"]


@pytest.fixture
def name(model_folders):
    return f"local-dir:{model_folders['vit']}"


@pytest.fixture
def as_it_is(name):
    return encoders.load(name)


@pytest.mark.parametrize("native", [True, False])
def test_bfloat16_is_near_where_the_processor_has_it(
    name, as_it_is, pictures, encoder_setting, monkeypatch, native
):
    monkeypatch.setattr(placing, "has_bfloat16", lambda: native)
    encoder_setting(name, PRECISION="bfloat16")
    rounded = encoders.load(name)
    assert rounded.info == as_it_is.info, "so they search the same space"
    assert {weight.dtype for weight in rounded.model.parameters()} == {
        torch.bfloat16 if native else torch.float32
    }
    for ours, theirs in (
        (rounded.encode_texts(TEXTS), as_it_is.encode_texts(TEXTS)),
        (rounded.encode_images(pictures), as_it_is.encode_images(pictures)),
    ):
        assert ours.dtype == np.float32
        assert (ours == theirs).all() != native
        assert (ours * theirs).sum(axis=1).min() >= placing.LEAST_COSINE


def test_vectors_that_are_not_near_are_refused(name, encoder_setting, monkeypatch):
    monkeypatch.setattr(placing, "has_bfloat16", lambda: True)
    monkeypatch.setattr(placing, "LEAST_COSINE", 0.9999999)
    encoder_setting(name, PRECISION="bfloat16")
    with pytest.raises(UnusableModel, match=r"least cosine 0\.99.*PRECISION"):
        encoders.load(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_gpu_that_is_not_there_is_named(name, encoder_setting):
    encoder_setting(name, DEVICE="cuda", PRECISION="float16")
    with pytest.raises(UnusableModel, match="DEVICE"):
        encoders.load(name)


def test_where_the_model_is_decides_how_much_it_takes_at_once(as_it_is, pictures, monkeypatch):
    """The `meta` device computes nothing: of a GPU only what differs before it is looked at."""
    batches = []
    monkeypatch.setattr(
        type(as_it_is),
        "of_pixels",
        lambda self, ready: batches.append(len(ready)) or torch.ones(len(ready), self.info.dim),
    )
    as_it_is.encode_images(pictures, batch_size=2)
    as_it_is.model.to("meta")
    as_it_is.encode_images(pictures, batch_size=2)
    assert batches == [2, 2, 2, 1, 7]
