from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from product_search import encoders
from product_search.encoders import BadVectors, WrongDimension, clip, picture_tower

from .folders import DIM, TEXT, TOWERS, change_weights, read_config, write_config, write_model

TEXTS = [
    "red striped mug",
    "rot gestreifter Becher",
    "",
    "word " * 200,
    "XJ-900",
    "\ud800 half a letter",
    "傘",
]


@pytest.fixture(scope="module", params=sorted(TOWERS))
def tower(request):
    return request.param


@pytest.fixture(scope="module")
def encoder(model_folders, tower):
    return encoders.load(f"local-dir:{model_folders[tower]}")


def bare(folder):
    """What a person gets who follows open_clip's README."""
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    return model.eval(), preprocess, open_clip.get_tokenizer(f"local-dir:{folder}")


def test_rows_have_length_one(encoder, pictures):
    for vectors, count in (
        (encoder.encode_texts(TEXTS), len(TEXTS)),
        (encoder.encode_images(pictures), len(pictures)),
    ):
        assert (vectors.shape, vectors.dtype) == ((count, DIM), np.float32)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_vectors_are_those_of_bare_open_clip(encoder, model_folders, tower, pictures):
    model, preprocess, tokenizer = bare(model_folders[tower])
    texts = [text for text in TEXTS if text.isprintable()]
    with torch.no_grad():
        expected_texts = model.encode_text(tokenizer(texts), normalize=True).numpy()
        expected = model.encode_image(
            torch.stack([preprocess(picture) for picture in pictures[:6]]), normalize=True
        )
    np.testing.assert_allclose(encoder.encode_texts(texts), expected_texts, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_images(pictures[:6]), expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("otherwise", "decides"),
    [
        ({}, True),
        ({"ls_init_value": 0.1, "final_ln_after_pool": True}, True),
        ({"pool_type": "avg"}, False),
        ({"attentional_pool": True}, False),
        ({"qk_norm": True}, False),
    ],
)
@torch.inference_mode()
def test_a_picture_is_computed_to_its_end_only_where_it_is_read(otherwise, decides):
    torch.manual_seed(0)
    model = open_clip.CLIP(DIM, {**TOWERS["vit"], **otherwise}, TEXT).eval()
    assert picture_tower.class_token_decides(model) == decides
    if decides:
        pixels = torch.randn(3, 3, 32, 32)
        torch.testing.assert_close(
            picture_tower.PictureTower(model).encode(pixels), model.encode_image(pixels)
        )


def test_a_text_is_computed_no_further_than_it_reaches_and_what_texts_begin_with_once(encoder):
    computed = []
    handle = encoder.model.token_embedding.register_forward_pre_hook(
        lambda module, given: computed.append(given[0].numel())
    )
    texts = ["red mug with a spoon", "mug", "red mug", ""]
    vectors = encoder.encode_texts(texts)
    handle.remove()
    words = sum(len(text.split()) for text in texts)
    shared = ["red", "mug"]
    # One mark of the beginning, and one of the end for each.
    assert computed == [1 + words - len(shared) + len(texts)]
    np.testing.assert_allclose(
        vectors, np.concatenate([encoder.encode_texts([text]) for text in texts]), atol=1e-5
    )


@pytest.mark.parametrize("batch_size", [1, 3])
def test_batching_changes_nothing(encoder, pictures, batch_size):
    np.testing.assert_allclose(
        encoder.encode_texts(TEXTS, batch_size=batch_size), encoder.encode_texts(TEXTS), atol=1e-5
    )
    np.testing.assert_allclose(
        encoder.encode_images(pictures, batch_size=batch_size), encoder.encode_images(pictures), atol=1e-5
    )


def test_each_input_has_its_own_row(encoder, pictures):
    for vectors in (encoder.encode_texts(TEXTS), encoder.encode_images(pictures)):
        apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + np.eye(len(vectors))
        assert apart.min() > 1e-3


def test_nothing_gives_no_rows(encoder):
    assert encoder.encode_texts([]).shape == (0, DIM)
    assert encoder.encode_images([]).shape == (0, DIM)


def test_a_batch_needs_room_for_one(encoder):
    with pytest.raises(ValueError, match="batch_size is 0"):
        encoder.encode_texts(["mug"], batch_size=0)


def test_threads_that_share_a_model_agree_with_one_alone(encoder, pictures):
    expected_texts, expected = encoder.encode_texts(TEXTS), encoder.encode_images(pictures)

    def work(number):
        if number % 2:
            return np.abs(encoder.encode_texts(TEXTS) - expected_texts).max()
        return np.abs(encoder.encode_images(pictures) - expected).max()

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(work, range(40))) < 1e-5


def test_a_strip_costs_no_more_than_a_square(model_folders):
    encoder = encoders.load(f"local-dir:{model_folders['vit']}")
    seen: list[tuple[int, int]] = []
    preprocess = encoder._preprocess
    encoder._preprocess = lambda image: (seen.append(image.size), preprocess(image))[1]
    strip = Image.new("RGB", (3, 30_000), "red")
    strip.paste("blue", (0, 14_900, 3, 15_100))
    vectors = encoder.encode_images([strip, Image.new("RGB", (3, 3), "blue")])
    assert seen == [(3, 24), (3, 3)]
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)  # the middle is what the model sees


def test_a_strip_is_left_whole_where_the_model_sees_its_ends(tmp_path, model_folders):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "squash")
    write_config(folder, {**read_config(folder), "preprocess_cfg": {"size": 32, "resize_mode": "squash"}})
    strip = Image.new("RGB", (300, 3), "red")
    strip.paste("blue", (0, 0, 100, 3))
    first, second = encoders.load(f"local-dir:{folder}").encode_images([strip, strip.crop((138, 0, 162, 3))])
    assert np.linalg.norm(first - second) > 1e-3


def test_the_facts(encoder, tower):
    assert (encoder.info.dim, encoder.info.image_size) == (DIM, 32)
    facts = encoder.facts
    assert facts.context_length == 16
    assert facts.parameters > 1_500_000  # the vocabulary alone
    assert facts.memory_bytes == 4 * facts.parameters


# Identity


def digests(folder):
    info = encoders.load(f"local-dir:{folder}").info
    return info.digest, info.weights_digest, info.preprocessing_digest


def test_the_digest_is_the_same_in_another_process_and_place(model_folders, tmp_path):
    moved = {tower: shutil.copytree(folder, tmp_path / tower) for tower, folder in model_folders.items()}
    code = (
        "import sys, dataclasses, json\nfrom product_search.encoders import load\n"
        "print(json.dumps([dataclasses.asdict(load(name).info) for name in sys.argv[1:]]))"
    )
    names = [f"local-dir:{folder}" for folder in moved.values()]
    found = subprocess.run([sys.executable, "-c", code, *names], check=True, capture_output=True, text=True)
    for there, name, folder in zip(json.loads(found.stdout), names, model_folders.values(), strict=True):
        here = dataclasses.asdict(encoders.load(f"local-dir:{folder}").info)
        assert there == {**here, "name": name}


def test_one_weight_makes_another_model(model_folders, tower, tmp_path):
    folder = shutil.copytree(model_folders[tower], tmp_path / "changed")

    def nudge(state):
        state["text_projection"][0, 0] += 1e-3

    change_weights(folder, nudge)
    before, after = digests(model_folders[tower]), digests(folder)
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert before[2] == after[2]


@pytest.mark.parametrize(
    "preprocessing", [{"size": 32, "interpolation": "bilinear"}, {"size": 32, "mean": [0.5, 0.5, 0.5]}]
)
def test_other_preprocessing_makes_another_model(model_folders, tmp_path, preprocessing):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "changed")
    write_config(folder, {**read_config(folder), "preprocess_cfg": preprocessing})
    before, after = digests(model_folders["vit"]), digests(folder)
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert before[2] != after[2]


def test_another_tokenizer_makes_another_model(model_folders, tmp_path):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "changed")
    config = read_config(folder)
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"clean": "canonicalize"}
    write_config(folder, config)
    before, after = digests(model_folders["vit"]), digests(folder)
    assert before[1] == after[1]
    assert before[2] != after[2]


def test_a_model_setting_outside_the_weights_makes_another_model(model_folders, tmp_path):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "changed")
    config = read_config(folder)
    config["model_cfg"]["quick_gelu"] = True
    write_config(folder, config)
    before, after = digests(model_folders["vit"]), digests(folder)
    assert before[0] != after[0]
    assert before[1:] == after[1:]


def test_half_precision_files_serve_in_full(tmp_path):
    encoder = encoders.load(f"local-dir:{write_model(tmp_path / 'half', 'vit', dtype='float16')}")
    whole = encoders.load(f"local-dir:{write_model(tmp_path / 'whole', 'vit')}")
    cosines = (encoder.encode_texts(TEXTS) * whole.encode_texts(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.999
    assert encoder.facts.memory_bytes == 4 * encoder.facts.parameters


# What must not pass unseen


def test_weights_with_nan_are_noticed(model_folders, tower, tmp_path):
    folder = shutil.copytree(model_folders[tower], tmp_path / "broken")

    def poison(state):
        state["token_embedding.weight"][:] = float("nan")

    change_weights(folder, poison)
    encoder = encoders.load(f"local-dir:{folder}")
    with pytest.raises(BadVectors, match="2 of 2 inputs"):
        encoder.encode_texts(["mug", "cup"])


def test_a_dimension_that_is_not_the_configured_one_is_noticed(model_folders):
    encoder = encoders.load(f"local-dir:{model_folders['vit']}")
    width = encoder.model.text_projection.shape[0]
    encoder.model.text_projection = torch.nn.Parameter(torch.ones(width, DIM + 1))
    with pytest.raises(WrongDimension, match=rf"\(1, {DIM + 1}\).*\(n, {DIM}\)"):
        encoder.encode_texts(["mug"])


@pytest.mark.parametrize("name", ["ViT-S-32-alt:untrained", "RN50:untrained"])
def test_named_architectures_of_both_kinds(name):
    encoder = encoders.load(name, allow_untrained=True)
    vectors = np.concatenate(
        [encoder.encode_texts(["mug"]), encoder.encode_images([Image.new("RGB", (50, 70), "red")])]
    )
    assert vectors.shape == (2, encoder.info.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_untrained_weights_are_the_same_every_time():
    first = encoders.load("ViT-S-32-alt:untrained", allow_untrained=True)
    state = torch.random.get_rng_state()
    assert encoders.load("ViT-S-32-alt:untrained", allow_untrained=True).info == first.info
    assert (torch.random.get_rng_state() == state).all()  # and the host's own numbers stay its own


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ViT-B-32:openai", True),  # the tag needs it, the model of that name has it not
        ("ViT-B-32:laion2b_s34b_b79k", False),
        ("ViT-B-32-quickgelu:openai", True),
        ("roberta-ViT-B-32:laion2b_s12b_b32k", True),  # the model has it, the tag does not mention it
    ],
)
def test_weights_get_the_activation_they_were_trained_with(name, expected):
    parsed = encoders.parse(name)
    assert clip._quick_gelu(parsed, open_clip.get_model_config(parsed.model)) is expected
