"""Model folders with random weights, a Vision Transformer and a ResNet, small enough to load in no time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TEXT = {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
TOWERS: dict[str, dict[str, Any]] = {
    "vit": {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8},
    "resnet": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 16, "head_width": 64},
}
DIM = 24


def write_model(folder: Path, tower: str, *, seed: int = 1, dtype: str = "float32") -> Path:
    """A folder as `manage.py train_clip` writes it."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    config = {"embed_dim": DIM, "vision_cfg": TOWERS[tower], "text_cfg": TEXT}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = open_clip.CLIP(**config)
    state = {name: value.contiguous().to(getattr(torch, dtype)) for name, value in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    write_config(folder, {"model_cfg": config, "preprocess_cfg": {"size": 32, "interpolation": "bicubic"}})
    return folder


def write_config(folder: Path, config: dict[str, Any]) -> None:
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")


def read_config(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "open_clip_config.json").read_text(encoding="utf-8"))
    return found


def change_weights(folder: Path, change: Any) -> None:
    """Rewrite the weights after `change(state)`, which alters the dict in place."""
    from safetensors.torch import load_file, save_file

    path = folder / "open_clip_model.safetensors"
    state = load_file(path)
    change(state)
    save_file(state, path)
