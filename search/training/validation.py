"""How well a model in training finds pictures by their titles, on products that it does not learn from.

The same figures choose among weights here and are reported of an exported folder, but never of the same products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .chunks import chunks
from .examples import Example
from .figures import Vectors
from .model import Start, text_features
from .pixels import Pixels, decoded
from .titles import Found, questions, titles_found

if TYPE_CHECKING:
    import torch

#: Pictures or texts encoded at a time.
CHUNK = 256


class Validation:
    """The part of the training groups that chooses among weights; its pictures are cut as a served model sees them."""

    def __init__(
        self, start: Start, examples: Sequence[Example], folder: Path, *, progress: bool = True
    ) -> None:
        self.examples = list(examples)
        self._mean, self._std = start.preprocessing["mean"], start.preprocessing["std"]
        self._pixels: Pixels = decoded(
            folder, examples, start.side, resize=start.preprocessing["resize_mode"], progress=progress
        )
        self._tokens: torch.Tensor = start.tokenize([title for title, _ in questions(examples)])

    def measure(self, model: Any) -> Found:
        """The figures of `model` as it stands; leaves it in evaluation mode."""
        import torch

        model.eval()
        device = next(model.parameters()).device
        with torch.inference_mode():
            pictures = [
                model.encode_image(
                    normalised(self._pixels.read(rows).to(device).float() / 255, self._mean, self._std)
                )
                for rows in chunks(len(self.examples), CHUNK)
            ]
            texts = [
                text_features(model, self._tokens[rows.start : rows.stop].to(device))
                for rows in chunks(len(self._tokens), CHUNK)
            ]
        return titles_found(_unit(texts), _unit(pictures), self.examples)

    def close(self, *, keep: bool) -> None:
        """Let go of the decoded pictures."""
        self._pixels.close(keep=keep)


def normalised(pictures: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """`(n, 3, side, side)` in 0..1 as the model wants them."""
    import torch

    means, deviations = (torch.tensor(each, device=pictures.device).view(1, 3, 1, 1) for each in (mean, std))
    # channels_last: the convolutions of a step take 0.7 of the time, measured on two AVX-512 cores.
    return ((pictures - means) / deviations).contiguous(memory_format=torch.channels_last)


def interpolated(
    start: Mapping[str, torch.Tensor], trained: Mapping[str, torch.Tensor], alpha: float
) -> dict[str, torch.Tensor]:
    """Weights `alpha` of the way from those that training began with (WiSE-FT: Wortsman et al., 2022)."""
    return {
        name: start[name].lerp(value, alpha) if value.is_floating_point() else value
        for name, value in trained.items()
    }


def _unit(parts: Sequence[torch.Tensor]) -> Vectors:
    vectors = np.concatenate([part.float().cpu().numpy() for part in parts])
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
