"""open_clip's vision transformer without what nobody reads, with the vectors of the whole.

Its vector is read at the class token alone. In the last block the other tokens are looked at, but what becomes of them
there is thrown away: of ViT-B-32's work that is a fifteenth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .blocks import Blocks, computable

if TYPE_CHECKING:
    import torch


def class_token_decides(model: Any) -> bool:
    """Whether `PictureTower` may stand in for `model.encode_image`: not for towers that pool or have other blocks."""
    from open_clip.model import CLIP
    from open_clip.transformer import VisionTransformer

    tower: Any = getattr(model, "visual", None)
    return bool(
        type(model) is CLIP
        and type(tower) is VisionTransformer
        and tower.pool_type == "tok"
        and tower.attn_pool is None
        and not tower.output_tokens
        and tower.transformer.batch_first
        and all(map(computable, tower.transformer.resblocks))
    )


class PictureTower:
    """The vision transformer of a model of which `class_token_decides`."""

    def __init__(self, model: Any) -> None:
        self._tower = model.visual
        self.blocks = Blocks(model.visual.transformer.resblocks)

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """What `model.encode_image` gives for `(n, 3, side, side)` pixels."""
        tower = self._tower
        first = self.blocks(tower._embeds(pixels), slice(1))
        pooled: torch.Tensor = tower.ln_post(first[:, 0])
        return pooled if tower.proj is None else pooled @ tower.proj
