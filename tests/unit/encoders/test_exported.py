"""Models exported from torch give its vectors by either runtime, and need no torch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import open_clip
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from product_search import encoders
from product_search.encoders import (
    ExportMissing,
    UnusableModel,
    exported,
    exporting,
    parse,
    placing,
    tokens,
)
from product_search.encoders.compiled import CompiledEncoder
from product_search.encoders.pixels import Preprocessing

from .folders import DIM, change_weights

TEXTS = ["red striped mug", "", "word " * 200, "XJ-900", "\ud800 half a letter", "傘", "mug"]


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("exported")


@pytest.fixture(autouse=True)
def _encoders_of_its_own():
    encoders.forget()
    yield
    encoders.forget()


@pytest.fixture
def runs_by(encoder_setting, models_dir):
    """Sets ENCODER to a folder, and RUNTIME."""

    def use(folder, runtime, **more):
        encoder_setting(f"local-dir:{folder}", RUNTIME=runtime, MODELS_DIR=str(models_dir), **more)
        return f"local-dir:{folder}"

    return use


@pytest.fixture(scope="module")
def by_torch(model_folders):
    return encoders.load(f"local-dir:{model_folders['vit']}")


@pytest.fixture
def exported_once(runs_by, model_folders):
    """The name of the model, and its export: writing one takes ten seconds."""
    name = parse(runs_by(model_folders["vit"], "openvino"))
    if not exported.folder_of(name, int8=False).exists():
        encoders.export(name.text)
    return name, exported.find(name, int8=False)


@pytest.fixture
def by(exported_once, runs_by):
    """The model as a runtime runs it."""
    return lambda runtime: encoders.load(runs_by(exported_once[0].model, runtime))


@pytest.fixture
def towers_are_at_hand(exported_once, monkeypatch):
    """Exporting the same model again copies its towers instead of tracing them anew."""
    kept = exported_once[1].folder
    monkeypatch.setattr(
        exporting, "_write_tower", lambda *given: shutil.copy(kept / given[-1].name, given[-1])
    )


@pytest.mark.parametrize("runtime", ["openvino", "onnx"])
def test_the_vectors_are_those_of_torch(by, by_torch, pictures, runtime):
    encoder = by(runtime)
    assert isinstance(encoder, CompiledEncoder)
    assert encoder.info == by_torch.info, "so they search the same space"
    for batch_size in (1, 3, 32):
        texts = encoder.encode_texts(TEXTS, batch_size=batch_size)
        np.testing.assert_allclose(texts, by_torch.encode_texts(TEXTS), atol=1e-5)
        seen = encoder.encode_images(pictures, batch_size=batch_size)
        np.testing.assert_allclose(seen, by_torch.encode_images(pictures), atol=1e-5)
    assert encoder.encode_texts([]).shape == encoder.encode_images([]).shape == (0, DIM)
    assert encoder.encode_texts(["x"]).dtype == np.float32
    with pytest.raises(ValueError, match="batch_size is 0"):
        encoder.encode_texts(["x"], batch_size=0)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_fewer_bits_are_near_and_the_same_space(exported_once, runs_by, by_torch, pictures, precision):
    encoder = encoders.load(runs_by(exported_once[0].model, "openvino", PRECISION=precision))
    assert encoder.info == by_torch.info
    for ours, theirs in (
        (encoder.encode_texts(TEXTS), by_torch.encode_texts(TEXTS)),
        (encoder.encode_images(pictures), by_torch.encode_images(pictures)),
    ):
        assert (ours * theirs).sum(axis=1).min() >= placing.LEAST_COSINE


@pytest.mark.parametrize("runtime", ["openvino", "onnx"])
def test_threads_share_it(by, by_torch, runtime):
    encoder = by(runtime)
    texts = [f"mug number {number} of {number * 7}" for number in range(24)]
    with ThreadPoolExecutor(6) as pool:
        rows = list(pool.map(lambda text: encoder.encode_texts([text])[0], texts))
    np.testing.assert_allclose(rows, by_torch.encode_texts(texts), atol=1e-5)


@pytest.mark.parametrize("runtime", ["openvino", "onnx"])
def test_a_query_loads_no_torch_and_one_tower(exported_once, models_dir, runtime):
    code = f"""
import sys
from django.conf import settings
settings.configure(PRODUCT_SEARCH={{"PRODUCT_MODEL": "a.B", "DOCUMENT": "a.b", "ENCODER": "hash:8",
    "RUNTIME": {runtime!r}, "MODELS_DIR": {str(models_dir)!r}}})
from product_search import encoders
encoder = encoders.load({exported_once[0].text!r})
encoder.encode_texts(["red mug"])
assert "torch" not in sys.modules, "torch"
assert list(encoder._towers) == ["text.onnx"], encoder._towers
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_without_an_export_it_says_what_to_run(runs_by, model_folders, tmp_path):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "model")
    name = runs_by(folder, "openvino")
    with pytest.raises(ExportMissing, match=f"manage.py encoder export {name}"):
        encoders.load(name)
    runs_by(folder, "torch")
    with pytest.raises(ExportMissing, match="needs no export"):
        encoders.export(name)
    assert encoders.load(name).info.dim == DIM


def test_an_export_of_other_weights_or_another_version_is_noticed(exported_once, runs_by, tmp_path):
    name, kept = exported_once
    folder = shutil.copytree(name.model, tmp_path / "model")
    moved = parse(runs_by(folder, "onnx"))
    here = shutil.copytree(kept.folder, exported.folder_of(moved, int8=False))
    assert encoders.load(moved.text).info == kept.info, "the files are the same ones"
    encoders.forget()
    change_weights(folder, lambda state: state["visual.proj"].add_(1))
    with pytest.raises(ExportMissing, match="others than those that were exported"):
        encoders.load(moved.text)
    shutil.rmtree(folder)
    assert encoders.load(moved.text).info == kept.info, "a machine that has the export alone"
    read = json.loads((here / exported.MODEL).read_text())
    (here / exported.MODEL).write_text(json.dumps({**read, "version": 0}))
    with pytest.raises(ExportMissing, match="another version"):
        encoders.load(moved.text)


def test_an_export_that_gives_other_vectors_is_not_kept(
    exported_once, towers_are_at_hand, runs_by, tmp_path, monkeypatch
):
    name = runs_by(shutil.copytree(exported_once[0].model, tmp_path / "model"), "onnx")
    prepared = Preprocessing.__call__
    monkeypatch.setattr(Preprocessing, "__call__", lambda self, image: -prepared(self, image))
    with pytest.raises(UnusableModel, match="not the same model"):
        encoders.export(name)
    with pytest.raises(ExportMissing):
        encoders.load(name)


def test_eight_bits_are_near_and_another_space(exported_once, towers_are_at_hand, runs_by, by_torch):
    name = runs_by(exported_once[0].model, "onnx", INT8=True)
    folder, proof = encoders.export(name)
    assert folder.name.endswith("-int8")
    assert min(proof.texts, proof.pictures) >= exporting.LEAST_COSINE_INT8
    rounded = encoders.load(name)
    assert rounded.info.digest != by_torch.info.digest
    assert not np.allclose(rounded.encode_texts(TEXTS), by_torch.encode_texts(TEXTS), atol=1e-6)


@pytest.fixture(scope="module")
def both_tokenizers():
    theirs = open_clip.get_tokenizer("ViT-B-32")
    return theirs, tokens.of_open_clip(theirs)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cn", "Co", "Cs")), max_size=60), max_size=5
    )
)
def test_any_words_have_the_ids_that_open_clip_gives_them(both_tokenizers, texts):
    theirs, ours = both_tokenizers
    for text, ids in zip(texts, ours(texts), strict=True):
        want = theirs([text])[0].tolist()
        assert ids + [0] * (len(want) - len(ids)) == want


@pytest.mark.parametrize("size", [(40, 40), (64, 32), (33, 97), (500, 201), (7, 9), (1, 300), (32, 32)])
@pytest.mark.parametrize("mode", ["shortest", "squash"])
def test_pictures_are_prepared_as_torchvision_does(size, mode):
    settings_ = {**vars(open_clip.transform.PreprocessCfg(size=32)), "resize_mode": mode}
    theirs = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(**settings_), is_train=False
    )
    random = np.random.default_rng(3)
    image = Image.fromarray(random.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
    ours = Preprocessing.of_open_clip(settings_)
    if max(size) <= 8 * min(size):  # of longer ones the ends are cut off before
        np.testing.assert_allclose(ours(image), theirs(image).numpy(), atol=1e-6)
    assert ours(image).shape == (3, 32, 32)
    assert Preprocessing.of_json(json.loads(json.dumps(ours.to_json()))) == ours


def test_what_can_not_be_exported_is_named():
    cut = open_clip.tokenizer.SimpleTokenizer(context_length=16, reduction_mask="random")
    with pytest.raises(UnusableModel, match="SimpleTokenizer"):
        tokens.of_open_clip(cut)
    with pytest.raises(UnusableModel, match="longest"):
        Preprocessing.of_open_clip({**vars(open_clip.transform.PreprocessCfg()), "resize_mode": "longest"})
