from __future__ import annotations

import json

import pytest
import torch
from PIL import Image

from product_search.encoders import WeightsMissing
from product_search.training.model import (
    WEIGHTS_FILE,
    UnusableConfig,
    build,
    export,
    from_encoder,
    from_scratch,
    read_config,
    text_features,
    tokenizer,
    with_bias,
    with_size,
)

from .conftest import SMALL, TRANSFORMER

TEXTS = [
    "red striped mug",
    "schwarze Stiefel",
    "a",
    "blaue Turnschuhe mit weißer Sohle aus der neuen Kollektion kaufen",
]


def test_texts_computed_to_the_longest_alone_are_the_same_as_in_full():
    model = build(SMALL, seed=3).eval()
    tokens = tokenizer(SMALL)(TEXTS)
    assert tokens.shape == (4, 12)
    with torch.no_grad():
        for rows in (tokens, tokens[:3], tokens[2:3]):
            assert torch.allclose(text_features(model, rows), model.encode_text(rows), atol=1e-5)


def test_open_clip_loads_the_folder_and_gives_the_same_vectors(tmp_path):
    import open_clip

    model = build(SMALL, seed=3).eval()
    export(model, SMALL, tmp_path)
    loaded, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path}")
    tokenize = open_clip.get_tokenizer(f"local-dir:{tmp_path}")
    loaded.eval()
    assert tokenize(TEXTS).tolist() == tokenizer(SMALL)(TEXTS).tolist()
    assert {value.dtype for value in loaded.parameters()} == {torch.float32}
    picture = preprocess(Image.new("RGB", (50, 40), (200, 30, 30)))[None]
    assert picture.shape == (1, 3, 32, 32)
    cosine = torch.nn.functional.cosine_similarity
    with torch.no_grad():
        texts = cosine(loaded.encode_text(tokenize(TEXTS)), model.encode_text(tokenize(TEXTS)))
        pictures = cosine(loaded.encode_image(picture), model.encode_image(picture))
    assert float(texts.min()) > 0.9999
    assert float(pictures.min()) > 0.9999
    assert (tmp_path / WEIGHTS_FILE).stat().st_mode & 0o044 == 0o044


def test_one_seed_makes_one_model():
    first, again, other = (build(SMALL, seed=seed).text_projection for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_size_of_pictures_is_the_configurations_unless_given():
    assert with_size(SMALL, None) == SMALL
    assert with_size(SMALL, 48)["vision_cfg"] == {**SMALL["vision_cfg"], "image_size": 48}
    assert SMALL["vision_cfg"]["image_size"] == 32


def test_a_configuration_may_stand_alone_or_in_a_models_folder(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(SMALL))
    assert read_config(path) == SMALL
    path.write_text(json.dumps({"model_cfg": SMALL, "preprocess_cfg": {}}))
    assert read_config(path) == SMALL


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "can't be read as JSON"),
        ("[]", "lacks embed_dim, text_cfg, vision_cfg"),
        (json.dumps({**SMALL, "text_cfg": {"hf_model_name": "x"}}), "text tower of Hugging Face"),
    ],
)
def test_a_configuration_that_cannot_be_trained_says_why(tmp_path, content, message):
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(UnusableConfig, match=message):
        read_config(path)


def test_training_may_begin_from_any_model_by_its_name_at_its_size_or_another(tmp_path):
    before = build(TRANSFORMER, seed=9)
    export(
        before,
        TRANSFORMER,
        tmp_path,
        {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"},
    )
    start = from_encoder(f"local-dir:{tmp_path}")
    assert start.side == 32
    assert start.preprocessing["mean"] == [0.5, 0.5, 0.5]
    assert start.preprocessing["resize_mode"] == "squash"
    for mine, given in zip(start.model.parameters(), before.parameters(), strict=True):
        assert torch.equal(mine, given.half().float())
        assert mine.dtype == torch.float32
        assert mine.requires_grad

    larger = from_encoder(f"local-dir:{tmp_path}", size=48)
    assert larger.side == 48
    assert larger.model.encode_image(torch.zeros(1, 3, 48, 48)).shape == (1, 16)
    export(larger.model, larger.config, tmp_path / "larger", larger.preprocessing)
    assert from_encoder(f"local-dir:{tmp_path / 'larger'}").side == 48


def test_a_published_model_that_is_not_here_says_how_to_fetch_it():
    with pytest.raises(WeightsMissing, match="encoder fetch ViT-B-32:laion400m_e31"):
        from_encoder("ViT-B-32:laion400m_e31")


def test_a_start_without_a_bias_gets_one_and_its_folder_has_it(tmp_path):
    start = with_bias(from_scratch(SMALL, seed=1))
    assert with_bias(start) is start
    export(start.model, start.config, tmp_path)
    assert float(from_encoder(f"local-dir:{tmp_path}").model.logit_bias.detach()) == -10
