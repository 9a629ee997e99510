from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from product_search import encoders
from product_search.encoders import (
    EncoderError,
    ExtraMissing,
    UnknownEncoder,
    UntrainedRefused,
    UnusableModel,
    WeightsMissing,
    loading,
)

from .folders import read_config, write_config


@pytest.fixture(autouse=True)
def _no_encoder_is_kept():
    encoders.forget()
    yield
    encoders.forget()


@pytest.fixture
def empty_caches(tmp_path, monkeypatch):
    """No model has ever been downloaded, and whoever reaches for the network fails the test."""
    import socket

    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HOME", str(tmp_path))
    asked: list[object] = []

    def refuse(self, address):
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: refuse(None, args))
    return asked


def failure(name, **more) -> EncoderError:
    with pytest.raises(EncoderError) as caught:
        encoders.load(name, **more)
    return caught.value


# The process's own encoder


def test_the_setting_is_loaded_once(encoder_setting):
    encoder_setting("hash:16")
    assert not encoders.is_loaded()
    first = encoders.get_encoder()
    assert first.info.name == "hash:16"
    assert encoders.is_loaded()
    assert encoders.get_encoder() is first


def test_another_setting_is_another_encoder_beside_the_first(encoder_setting):
    encoder_setting("hash:16")
    first = encoders.get_encoder()
    encoder_setting("hash:17")
    assert not encoders.is_loaded()
    assert encoders.get_encoder().info.dim == 17
    encoder_setting("hash:16")
    assert encoders.get_encoder() is first
    for dim in (18, 19):
        encoder_setting(f"hash:{dim}")
        encoders.get_encoder()
    encoder_setting("hash:16")
    assert not encoders.is_loaded()  # two at most stay in memory


def test_threads_that_ask_at_once_load_once(encoder_setting, monkeypatch):
    encoder_setting("hash:16")
    loads = []
    load = loading.load

    def slow(name, **more):
        loads.append(name)
        time.sleep(0.05)
        return load(name, **more)

    monkeypatch.setattr(loading, "load", slow)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: encoders.get_encoder(), range(8)))
    assert loads == ["hash:16"]
    assert len({id(encoder) for encoder in found}) == 1


def test_a_failed_load_is_tried_again(encoder_setting, tmp_path, model_folders):
    encoder_setting(f"local-dir:{tmp_path / 'model'}")
    with pytest.raises(WeightsMissing):
        encoders.get_encoder()
    assert not encoders.is_loaded()
    shutil.copytree(model_folders["vit"], tmp_path / "model")
    assert encoders.get_encoder().info.dim == 24


def test_a_child_forked_in_the_middle_of_a_load_can_load(encoder_setting):
    encoder_setting("hash:16")
    with loading._lock:  # another thread is loading
        child = os.fork()
        if child == 0:
            timer = threading.Timer(5, os._exit, [1])
            timer.start()
            encoders.get_encoder()
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# What stays out of a web process


@pytest.mark.parametrize(
    "code",
    [
        "import product_search.encoders, product_search.images, product_search.text",
        "from product_search.encoders import load; load('hash:64').encode_texts(['mug'])",
        "from product_search.encoders import parse; parse('ViT-B-32:laion2b_s34b_b79k')",
    ],
)
def test_torch_is_not_imported_before_a_model_needs_it(code):
    check = "import sys; assert not {'torch', 'open_clip', 'huggingface_hub'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"{code}\n{check}"], check=True)


# Names without a model


def test_untrained_weights_need_leave(encoder_setting):
    encoder_setting("hash:16")
    assert isinstance(failure("ViT-S-32-alt:untrained"), UntrainedRefused)
    encoder_setting("ViT-S-32-alt:untrained")
    with pytest.raises(UntrainedRefused, match="ALLOW_UNTRAINED"):
        encoders.get_encoder()
    encoder_setting("ViT-S-32-alt:untrained", ALLOW_UNTRAINED=True)
    assert encoders.get_encoder().info.dim == 256


def test_an_unknown_architecture_lists_its_neighbours():
    error = failure("ViT-B32:openai")
    assert isinstance(error, UnknownEncoder)
    assert "ViT-B-32" in str(error)


def test_an_unknown_tag_lists_its_neighbours():
    error = failure("ViT-B-32:laion2b_s34b")
    assert isinstance(error, UnknownEncoder)
    assert "laion2b_s34b_b79k" in str(error)


@pytest.mark.parametrize("module", ["torch", "open_clip"])
def test_a_missing_extra_is_named(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    error = failure("ViT-B-32:laion2b_s34b_b79k")
    assert isinstance(error, ExtraMissing)
    assert "pip install django-product-search[clip]" in str(error)


# Files that are not there, or not right


@pytest.mark.parametrize(
    "name",
    [
        "ViT-B-32:laion2b_s34b_b79k",  # the hub
        "RN50:yfcc15m",  # a plain address
        "hf-hub:timm/ViT-B-16-SigLIP2",
    ],
)
def test_missing_weights_name_the_command_and_nobody_asks_the_network(empty_caches, name):
    error = failure(name)
    assert isinstance(error, WeightsMissing)
    assert f"manage.py encoder fetch {name}" in str(error)
    assert empty_caches == []


def test_the_hub_is_as_before_after_a_load(empty_caches):
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    failure("hf-hub:timm/ViT-B-16-SigLIP2")
    assert before == constants.HF_HUB_OFFLINE


def test_fetching_asks_the_network_and_says_what_came_of_it(monkeypatch):
    from huggingface_hub import constants
    from open_clip import pretrained

    offline = []

    def unreachable(**asked):
        offline.append(constants.HF_HUB_OFFLINE)
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pretrained, "hf_hub_download", unreachable)
    for name in ("RN50:cc12m", "hf-hub:timm/ViT-B-16-SigLIP2"):
        with pytest.raises(WeightsMissing, match=r"could not be downloaded: .*no route to host.*local-dir"):
            encoders.fetch(name)
    assert offline
    assert not any(offline)


def test_a_folder_that_is_not_there(tmp_path):
    error = failure(f"local-dir:{tmp_path}/none")
    assert isinstance(error, WeightsMissing)
    assert "there is no folder" in str(error)


@pytest.mark.parametrize("missing", ["open_clip_config.json", "open_clip_model.safetensors"])
def test_a_folder_without_one_of_its_files(model_folders, tmp_path, missing):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "model")
    (folder / missing).unlink()
    error = failure(f"local-dir:{folder}")
    assert isinstance(error, WeightsMissing)
    assert missing in str(error)


def test_weights_that_were_cut_off(model_folders, tmp_path):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "model")
    weights = folder / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert isinstance(failure(f"local-dir:{folder}"), UnusableModel)


def test_weights_of_another_shape(model_folders, tmp_path):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "model")
    config = read_config(folder)
    config["model_cfg"]["embed_dim"] = 32
    write_config(folder, config)
    assert isinstance(failure(f"local-dir:{folder}"), UnusableModel)


@pytest.mark.parametrize("config", [{}, {"model_cfg": {}}, {"model_cfg": {"embed_dim": 24}}, []])
def test_a_configuration_that_says_too_little(model_folders, tmp_path, config):
    folder = shutil.copytree(model_folders["vit"], tmp_path / "model")
    write_config(folder, config)
    assert isinstance(failure(f"local-dir:{folder}"), UnusableModel)
