"""open_clip's vision transformer without what nobody reads, with the vectors of the whole.

Its vector is read at the class token alone. In the last block the other tokens are looked at, but what becomes of them
there is thrown away: of ViT-B-32's work that is a fifteenth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def class_token_decides(model: Any) -> bool:
    """Whether `encode` may stand in for `model.encode_image`: not for towers that pool or have other blocks."""
    from open_clip.model import CLIP
    from open_clip.transformer import ResidualAttentionBlock, VisionTransformer

    tower: Any = getattr(model, "visual", None)
    return bool(
        type(model) is CLIP
        and type(tower) is VisionTransformer
        and tower.pool_type == "tok"
        and tower.attn_pool is None
        and not tower.output_tokens
        and tower.transformer.batch_first
        and type(tower.transformer.resblocks[-1]) is ResidualAttentionBlock
    )


def encode(model: Any, pixels: torch.Tensor) -> torch.Tensor:
    """What `model.encode_image` gives for `(n, 3, side, side)` pixels."""
    tower = model.visual
    *blocks, last = tower.transformer.resblocks
    states = tower._embeds(pixels)
    for block in blocks:
        states = block(states)
    seen = last.ln_1(states)
    attended, _ = last.attn(seen[:, :1], seen, seen, need_weights=False)
    first = states[:, :1] + last.ls_1(attended)
    first = first + last.ls_2(last.mlp(last.ln_2(first)))
    pooled: torch.Tensor = tower.ln_post(first[:, 0])
    return pooled if tower.proj is None else pooled @ tower.proj
