"""Where a model's files are, and the promise that looking for them downloads nothing.

open_clip itself answers a missing file with a download or, worse, with random weights and a warning.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import UnknownEncoder, UnusableModel, WeightsMissing
from .names import EncoderName, nearest

CONFIG = "open_clip_config.json"
_WEIGHTS = ("*.safetensors", "*.bin", "*.pth")

_switch = threading.Lock()


@contextmanager
def hub(*, offline: bool) -> Iterator[None]:
    """Hugging Face's client with or without the network, for all it does inside: models, configurations, tokenizers.

    The client's switch is one per process: another thread that downloads through it at that moment is refused too.
    """
    from huggingface_hub import constants

    if not offline:
        yield
        return
    with _switch:
        before = constants.HF_HUB_OFFLINE
        constants.HF_HUB_OFFLINE = True
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = before


def require(name: EncoderName, *, offline: bool) -> None:
    """Find all files of a model, downloading them only where `offline` is False.

    Raises `UnknownEncoder` for an architecture or tag that open_clip doesn't list, `WeightsMissing` for absent files.
    """
    if name.source == "folder":
        _require_folder(name)
        return
    if name.source == "hub":
        _require_hub(name, offline=offline)
        return
    import open_clip

    if name.model not in open_clip.list_models():
        raise UnknownEncoder(
            f'ENCODER is "{name.text}": open_clip knows no model "{name.model}". '
            f"{nearest(name.model, open_clip.list_models())}"
        )
    if name.source == "tag":
        _require_tag(name, offline=offline)


def tag_config(name: EncoderName) -> dict[str, Any]:
    """What open_clip knows of a tag: where its weights are, and how they were trained."""
    from open_clip.pretrained import get_pretrained_cfg

    return dict(get_pretrained_cfg(name.model, name.weights) or {})


def _require_folder(name: EncoderName) -> None:
    folder = Path(name.model)
    if not folder.is_dir():
        raise WeightsMissing(
            f'ENCODER is "{name.text}": there is no folder {folder.absolute()}. Correct it or copy the model there.'
        )
    if not (folder / CONFIG).is_file():
        raise WeightsMissing(
            f"{folder} holds no {CONFIG}. Copy the model's configuration there; "
            "`manage.py train_clip` writes such a folder."
        )
    if not any(path for pattern in _WEIGHTS for path in folder.glob(pattern)):
        raise WeightsMissing(
            f"{folder} holds a configuration but no weights ({', '.join(_WEIGHTS)}). "
            "Copy open_clip_model.safetensors there."
        )


def _require_hub(name: EncoderName, *, offline: bool) -> None:
    from open_clip.pretrained import download_pretrained_from_hf

    try:
        download_pretrained_from_hf(name.model, filename=CONFIG)
        download_pretrained_from_hf(name.model)
    except Exception as error:  # the client has many, and its versions disagree about them
        raise _missing(name, error, offline=offline) from error


def _require_tag(name: EncoderName, *, offline: bool) -> None:
    import open_clip
    from open_clip.pretrained import download_pretrained, has_hf_hub

    config = tag_config(name)
    if not config:
        tags = open_clip.pretrained.list_pretrained_tags_by_model(name.model)
        has = f"{nearest(name.weights, tags)}" if tags else "open_clip lists no weights for it."
        raise UnknownEncoder(f'ENCODER is "{name.text}": {name.model} has no weights "{name.weights}". {has}')
    if offline and not (has_hf_hub() and config.get("hf_hub")):
        # A plain address: open_clip would download it without asking anybody.
        cached = Path("~/.cache/clip").expanduser() / Path(str(config["url"])).name
        if not cached.is_file():
            raise _missing(name, FileNotFoundError(f"no file {cached}"), offline=True)
    try:
        download_pretrained(config)
    except Exception as error:  # the client has many, and its versions disagree about them
        raise _missing(name, error, offline=offline) from error


def _missing(name: EncoderName, error: Exception, *, offline: bool) -> WeightsMissing:
    if offline:
        return WeightsMissing(
            f'The files of "{name.text}" are not on this machine, and web and worker never download. '
            f"Run `manage.py encoder fetch {name.text}` here. ({_first_line(error)})"
        )
    return WeightsMissing(
        f'"{name.text}" could not be downloaded: {_first_line(error)} Check the name, the network and, for a private '
        "repository, HF_TOKEN; or copy the model into a folder and name it as local-dir:/path."
    )


def broken(name: EncoderName, error: Exception) -> UnusableModel:
    """The error for files that are there but don't load."""
    return UnusableModel(
        f'"{name.text}" does not load: {_first_line(error)} The files are damaged, belong to another model, or need a '
        f"package that is missing here. Fetch them again (`manage.py encoder fetch {name.text}`) or copy them anew."
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines[:2])[:300] or type(error).__name__
    return text if text.endswith(".") else f"{text}."
