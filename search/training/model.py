"""The model that is trained: made by open_clip from a configuration, saved as a folder that open_clip loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


class UnusableConfig(ProductSearchError):
    """A model configuration that can't be trained; the message says what is missing."""


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
    text = config["text_cfg"]
    if "hf_model_name" in text or "hf_tokenizer_name" in text:
        raise UnusableConfig(
            f"{path} asks for a text tower of Hugging Face; train_clip trains open_clip's own: "
            'give text_cfg "context_length", "vocab_size": 49408, "width", "heads" and "layers".'
        )
    return {name: config[name] for name in config if name != "custom_text"}


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
    return open_clip.CLIP(**config)


def load_weights(model: Any, folder: Path) -> None:
    """Give `model` the weights of an exported folder; raises `UnusableConfig` where their shapes differ."""
    from safetensors.torch import load_file

    try:
        model.load_state_dict(load_file(str(folder / WEIGHTS_FILE)))
    except (OSError, RuntimeError) as error:
        raise UnusableConfig(
            f"The weights in {folder} are not of this model's shape or can't be read; give --model-config "
            f"{folder / CONFIG_FILE} with --start-from. {error}"
        ) from error


def tokenizer(config: dict[str, Any]) -> Any:
    """open_clip's own tokenizer, cut to the model's context: texts to `(n, context_length)` int64."""
    import open_clip

    return open_clip.SimpleTokenizer(context_length=config["text_cfg"]["context_length"])


def text_features(model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """`encode_text` `(n, dim)` of tokens `(n, context)`, computed only as far as the longest text.

    Exact in a causal tower, which pools at the end token: what comes after it is never looked at.
    """
    length = max(int((tokens != 0).sum(dim=1).max()), 2)
    tokens = tokens[:, :length]
    hidden = model.token_embedding(tokens) + model.positional_embedding[:length]
    hidden = model.ln_final(model.transformer(hidden, attn_mask=model.attn_mask[:length, :length]))
    ends = tokens.argmax(dim=1)
    features: torch.Tensor = hidden[range(len(tokens)), ends] @ model.text_projection
    return features


def export(model: Any, config: dict[str, Any], folder: Path) -> None:
    """Write the folder that `local-dir:` loads: configuration, and weights as fp16 safetensors."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    described = {
        "model_cfg": config,
        "preprocess_cfg": {
            "mean": list(MEAN),
            "std": list(STD),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
    }
    (folder / CONFIG_FILE).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    weights = {
        name: (value.detach().half() if value.is_floating_point() else value.detach()).contiguous()
        for name, value in model.state_dict().items()
    }
    partial = folder / f"{WEIGHTS_FILE}.partial"
    save_file(weights, str(partial))
    partial.chmod(0o644)  # safetensors leaves it to its owner alone, and a web server is often another user
    partial.replace(folder / WEIGHTS_FILE)
