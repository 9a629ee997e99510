"""open_clip's text tower computed no further than a text reaches, with the vectors of the whole.

Its attention is causal and its vector is read at the end token, so nothing behind that can change it; a title has eight
tokens or so, and open_clip computes all 77.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def ends_decide(model: Any) -> bool:
    """Whether `encode` may stand in for `model.encode_text`: not for towers that look ahead or read elsewhere."""
    import torch
    from open_clip.model import CLIP

    if type(model) is not CLIP or model.text_pool_type not in ("argmax", "eos") or model.attn_mask is None:
        return False
    length = model.attn_mask.shape[0]
    causal = torch.full((length, length), float("-inf")).triu_(1)
    return bool(torch.equal(model.attn_mask.float().cpu(), causal))


def ends(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """`(n,)`: where in each row of `(n, context)` token ids the vector is read."""
    at: torch.Tensor = ids if model.text_pool_type == "argmax" else (ids == model.text_eos_id).int()
    return at.argmax(dim=-1)


def encode(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """What `model.encode_text` gives for token ids that are cut off anywhere behind their ends."""
    from open_clip.transformer import text_global_pool

    length = ids.shape[1]
    dtype = model.transformer.get_cast_dtype()
    states = model.token_embedding(ids).to(dtype) + model.positional_embedding[:length].to(dtype)
    states = model.ln_final(model.transformer(states, attn_mask=model.attn_mask[:length, :length]))
    pooled: torch.Tensor = text_global_pool(
        states, ids, model.text_pool_type, eos_token_id=getattr(model, "text_eos_id", None)
    )
    return projected(model, pooled)


def projected(model: Any, states: torch.Tensor) -> torch.Tensor:
    """The vectors `(n, dim)` that the tower makes of the states `(n, width)` at the ends of texts."""
    projection = model.text_projection
    if projection is None:
        return states
    vectors: torch.Tensor = projection(states) if callable(projection) else states @ projection
    return vectors
