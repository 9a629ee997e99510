from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from product_search.encoders import HashEncoder, WrongDimension, load, require_dimension


@pytest.mark.parametrize("dim", [1, 7, 64, 512])
def test_rows_have_length_one_and_the_right_width(dim):
    vectors = HashEncoder(dim).encode_texts(["mug", "", "\ud800", "mug"])
    assert (vectors.shape, vectors.dtype) == ((4, dim), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert (vectors[0] == vectors[3]).all()


def test_only_the_very_same_input_gives_the_same_row():
    encoder = HashEncoder(64)
    red, wide = Image.new("RGB", (2, 2), "red"), Image.new("RGB", (4, 1), "red")
    texts = encoder.encode_texts(["mug", "Mug", "mug "])
    pictures = encoder.encode_images([red, wide, Image.new("RGB", (2, 2), "blue"), red.copy()])
    assert (pictures[0] == pictures[3]).all()
    rows = np.concatenate([texts, pictures[:3]])
    cosines = rows @ rows.T - np.eye(len(rows))
    assert np.abs(cosines).max() < 0.6  # unrelated in 64 dimensions


def test_the_rows_are_pinned():
    # Hosts' tests hold rankings that rest on these numbers.
    np.testing.assert_allclose(
        HashEncoder(4).encode_texts(["mug"])[0], [0.2271, -0.73244, -0.604069, 0.216928], atol=1e-6
    )


def test_nothing_gives_no_rows():
    encoder = load("hash:8")
    assert encoder.encode_texts([]).shape == (0, 8)
    assert encoder.encode_images([]).shape == (0, 8)


def test_another_width_is_another_identity():
    assert load("hash:8").info.digest != load("hash:9").info.digest
    assert load("hash:8").info == HashEncoder(8).info


def test_a_space_of_another_width_is_refused():
    require_dimension(load("hash:8").info, 8, where="space 1")
    with pytest.raises(WrongDimension, match=r"hash:8 gives vectors of 8 .* space 1 holds vectors of 512"):
        require_dimension(load("hash:8").info, 512, where="space 1")
