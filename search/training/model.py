"""The model that is trained: random weights of a configuration or a trained model of open_clip's, and what is written
of it: a folder that open_clip loads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import encoders
from ..errors import ProductSearchError

if TYPE_CHECKING:
    import torch

CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"

#: Measured on two cores: the smallest tower of timm that open_clip takes whole, and a text tower whose vocabulary is
#: nearly all of its weight.
TINY: dict[str, Any] = {
    "embed_dim": 192,
    "vision_cfg": {
        "timm_model_name": "regnetx_002",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
        "timm_drop": 0.1,
        "image_size": 64,
    },
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 3},
}
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
#: How pictures are prepared for a model that is trained from random weights.
PREPROCESSING: dict[str, Any] = {
    "mean": list(MEAN),
    "std": list(STD),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}
#: SigLIP's first temperature and bias (Zhai et al., 2023): at first nearly every pair is taken as no match.
SIGLIP: dict[str, float] = {"init_logit_scale": math.log(10), "init_logit_bias": -10.0}


class UnusableConfig(ProductSearchError):
    """A model configuration that can't be trained; the message says what is missing."""


@dataclass(frozen=True)
class Start:
    """What a training begins with: a model with its weights, and all that its folder says of it."""

    model: Any
    config: dict[str, Any]
    preprocessing: Mapping[str, Any]
    tokenize: Callable[[list[str]], torch.Tensor]

    @property
    def side(self) -> int:
        """Side of the model's pictures in pixels."""
        return int(self.config["vision_cfg"]["image_size"])


def read_config(path: Path) -> dict[str, Any]:
    """A model's configuration from a JSON file, as open_clip has them; raises `UnusableConfig`.

    Takes the bare configuration or a folder's open_clip_config.json, which has it under "model_cfg".
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableConfig(f"{path} can't be read as JSON: {error}") from error
    config = found.get("model_cfg", found) if isinstance(found, dict) else {}
    missing = sorted({"embed_dim", "vision_cfg", "text_cfg"} - config.keys())
    if missing:
        raise UnusableConfig(
            f"{path} lacks {', '.join(missing)}; see open_clip's model_configs for examples."
        )
    _require_own_text_tower(str(path), config)
    return {name: config[name] for name in config if name != "custom_text"}


def _require_own_text_tower(name: str, config: dict[str, Any]) -> None:
    text = config["text_cfg"]
    if "hf_model_name" in text or "hf_tokenizer_name" in text:
        raise UnusableConfig(
            f"{name} asks for a text tower of Hugging Face; train_clip trains open_clip's own: "
            'give text_cfg "context_length", "vocab_size": 49408, "width", "heads" and "layers".'
        )


def with_size(config: dict[str, Any], size: int | None) -> dict[str, Any]:
    """The configuration for pictures of `size` pixels; as it is for None."""
    if size is None:
        return config
    return {**config, "vision_cfg": {**config["vision_cfg"], "image_size": size}}


def build(config: dict[str, Any], *, seed: int) -> Any:
    """A CLIP of open_clip with random weights."""
    import open_clip
    import torch

    torch.manual_seed(seed)
    custom = config.get("custom_text", False)
    shape = {name: value for name, value in config.items() if name != "custom_text"}
    return (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**shape)


def from_scratch(config: dict[str, Any], *, seed: int) -> Start:
    """Random weights, and open_clip's own tokenizer cut to the model's context."""
    return Start(build(config, seed=seed), config, PREPROCESSING, tokenizer(config))


def from_encoder(name: str, *, size: int | None = None) -> Start:
    """A trained model by its ENCODER name, which has to be on this machine, for pictures of `size` pixels.

    Raises `UnusableConfig`, and what `encoders.load` raises.
    """
    import open_clip

    from ..encoders.clip import load_model

    model, config, tokenize = load_model(encoders.parse(name))
    _require_own_text_tower(name, config)
    preprocessing = open_clip.get_model_preprocess_cfg(model)
    if preprocessing["resize_mode"] == "longest":
        raise UnusableConfig(f"{name} pads its pictures to a square (resize_mode longest): not trained here.")
    side = preprocessing["size"]
    sides = {side} if isinstance(side, int) else set(side)
    if size is None and len(sides) > 1:
        raise UnusableConfig(
            f"{name} takes pictures of {side} pixels; train_clip trains on squares: give --size."
        )
    config = with_size(config, size or sides.pop())
    if size is not None and sides != {size}:
        model = _resized(model.float(), name, config)
    kept = {key: preprocessing[key] for key in PREPROCESSING}
    return Start(model.float().requires_grad_(True), config, kept, tokenize)


def _resized(model: Any, name: str, config: dict[str, Any]) -> Any:
    """The model for pictures of another size: what it knows of places is interpolated."""
    from open_clip.model import resize_pos_embed

    size = config["vision_cfg"]["image_size"]
    if hasattr(model.visual, "set_input_size"):
        model.visual.set_input_size(size)
        return model
    resized, state = build(config, seed=0), dict(model.state_dict())
    try:
        resize_pos_embed(state, resized)
        resized.load_state_dict(state)
    except RuntimeError as error:
        raise UnusableConfig(
            f"{name} does not take pictures of {size} pixels: leave --size away. {error}"
        ) from error
    return resized


def require_size(start: Start, side: int | None) -> None:
    """Raise `UnusableConfig` unless the model takes pictures of `side` pixels beside its own."""
    import torch

    if side is None:
        return
    start.model.eval()
    try:
        with torch.no_grad():
            start.model.encode_image(torch.zeros(1, 3, side, side))
    except (RuntimeError, AssertionError) as error:
        raise UnusableConfig(
            f"This model takes pictures of {start.side} pixels alone, not of {side}: leave --first-size away."
        ) from error


def with_bias(start: Start) -> Start:
    """The start with SigLIP's bias and temperature, if it has no bias yet."""
    import torch

    if start.model.logit_bias is not None:
        return start
    with torch.no_grad():
        start.model.logit_scale.fill_(SIGLIP["init_logit_scale"])
    start.model.logit_bias = torch.nn.Parameter(
        torch.full_like(start.model.logit_scale, SIGLIP["init_logit_bias"])
    )
    return Start(start.model, {**start.config, **SIGLIP}, start.preprocessing, start.tokenize)


def tokenizer(config: dict[str, Any]) -> Any:
    """open_clip's own tokenizer, cut to the model's context: texts to `(n, context_length)` int64."""
    import open_clip

    return open_clip.SimpleTokenizer(context_length=config["text_cfg"]["context_length"])


def text_features(model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """`encode_text` `(n, dim)` of tokens `(n, context)`, computed only as far as the longest where that is the same."""
    from ..encoders import text_tower

    if text_tower.ends_decide(model):
        longest = int(text_tower.ends(model, tokens).max()) + 1
        return text_tower.encode(model, tokens[:, :longest])
    features: torch.Tensor = model.encode_text(tokens)
    return features


def export(
    model: Any, config: dict[str, Any], folder: Path, preprocessing: Mapping[str, Any] = PREPROCESSING
) -> None:
    """Write the folder that `local-dir:` loads: configuration, and weights as fp16 safetensors."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    described = {"model_cfg": config, "preprocess_cfg": dict(preprocessing)}
    (folder / CONFIG_FILE).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    weights = {
        name: (value.detach().half() if value.is_floating_point() else value.detach()).cpu().contiguous()
        for name, value in model.state_dict().items()
    }
    partial = folder / f"{WEIGHTS_FILE}.partial"
    save_file(weights, str(partial))
    partial.chmod(0o644)  # safetensors leaves it to its owner alone, and a web server is often another user
    partial.replace(folder / WEIGHTS_FILE)
