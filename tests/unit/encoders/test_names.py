from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_search.encoders import EncoderName, UnknownEncoder, parse
from product_search.encoders.names import nearest


@pytest.mark.parametrize(
    ("text", "source", "model", "weights"),
    [
        ("ViT-B-32:laion2b_s34b_b79k", "tag", "ViT-B-32", "laion2b_s34b_b79k"),
        ("ViT-B/32:openai", "tag", "ViT-B-32", "openai"),
        ("ViT-B-32:untrained", "untrained", "ViT-B-32", ""),
        ("hf-hub:timm/ViT-B-16-SigLIP2", "hub", "timm/ViT-B-16-SigLIP2", ""),
        ("local-dir:/srv/models/my model", "folder", "/srv/models/my model", ""),
        ("local-dir:C:/models", "folder", "C:/models", ""),
        ("hash:64", "hash", "64", ""),
        (" hash:64\n", "hash", "64", ""),
    ],
)
def test_every_form(text, source, model, weights):
    assert parse(text) == EncoderName(text.strip(), source, model, weights)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ViT-B-32", "no weights"),
        ("", "empty"),
        (":openai", "empty"),
        ("ViT-B-32:", "empty"),
        ("hf-hub:name-alone", "org/name"),
        ("hf-hub:../../etc", "org/name"),
        ("hash:0", "dimensions"),
        ("hash:many", "dimensions"),
        ("hash:²", "dimensions"),
        ("ViT B 32:openai", "characters"),
        ("ViT-B-32:/etc/passwd", "characters"),
    ],
)
def test_a_slip_is_explained_with_the_forms(text, why):
    with pytest.raises(UnknownEncoder) as caught:
        parse(text)
    assert why in str(caught.value)
    assert "hf-hub:org/name" in str(caught.value)


@given(st.text())
def test_any_text_is_a_name_or_the_error(text):
    try:
        name = parse(text)
    except UnknownEncoder:
        return
    assert name.model


def test_near_names_come_first():
    assert nearest("vitb32", ["RN50", "ViT-B-32", "ViT-L-14"]).startswith("Did you mean ViT-B-32")
    assert nearest("qqqq", ["b", "a"]) == "Known: a, b ..."
