"""What makes two models the same one: digests that agree between processes and machines and move with any change.

Versions of torch and torchvision are left out on purpose: they move vectors by rounding, and a digest that moved with
them would make every shop embed its whole catalogue anew at each upgrade.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

PREPROCESSING_VERSION = 1  # raise it when clip.py changes what a model sees

# Cut, case, accents, emoji, another script, an empty text and one that is too long: they tell tokenizers apart.
PROBES: Sequence[str] = (
    "",
    "Red striped Mug, 1.5 l (XJ-900)!",
    "Größe ñ œuvre &amp; <b>",
    "  two   spaces\n",
    "赤い傘 ☂️",
    "Красная кружка",
    "word " * 600,
)


def weights_digest(state: Mapping[str, torch.Tensor]) -> str:
    """Hex SHA-256 over names, types, shapes and bytes of all tensors, whatever file and order they came in."""
    import torch

    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def preprocessing_digest(pictures: Mapping[str, Any], tokenizer: Any) -> str:
    """Hex SHA-256 over the picture settings and over what the tokenizer makes of fixed texts at its length."""
    ids = [[int(number) for number in row] for row in tokenizer(list(PROBES))]
    return json_digest(
        {
            "version": PREPROCESSING_VERSION,
            "pictures": dict(pictures),
            "tokenizer": type(tokenizer).__name__,
            "probes": ids,
        }
    )


def json_digest(value: Any) -> str:
    """Hex SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
