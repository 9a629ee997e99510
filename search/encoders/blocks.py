"""open_clip's residual attention blocks, for as few states as are read, with weights as the processor wants them.

torch lays a layer's weights out anew each time it computes, which in bfloat16 takes a third of the time of a dozen
tokens. Once packed, they lie in oneDNN's own layout, as torch's compiler leaves them when it freezes a model.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

#: Blocks of narrower states gain nothing: oneDNN takes longer to be called than to compute.
LEAST_WIDTH = 512


def computable(block: Any) -> bool:
    """Whether `Block` gives what the block itself gives."""
    import torch
    from open_clip.transformer import ResidualAttentionBlock

    return (
        type(block) is ResidualAttentionBlock
        and not hasattr(block, "ln_1_kv")
        and type(block.attn) is torch.nn.MultiheadAttention
        and block.attn.in_proj_weight is not None
        and block.attn.in_proj_bias is not None
        and block.attn.bias_k is None
        and not block.attn.add_zero_attn
        and [name for name, _ in block.mlp.named_children()] == ["c_fc", "gelu", "c_proj"]
    )


class Linear:
    """A linear layer, or some of its rows: `(..., in)` to `(..., rows)`."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, rows: slice | None = None) -> None:
        self._weight, self._bias, self._rows = weight, bias, rows
        self._packed: torch.Tensor | None = None

    def _own(self, whole: torch.Tensor) -> torch.Tensor:
        # Not `[:]` for all: in an export weights that are cut are no constants, and stay as they are under INT8.
        return whole if self._rows is None else whole[self._rows]

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        import torch

        if self._packed is None:
            return torch.nn.functional.linear(states, self._own(self._weight), self._own(self._bias))
        linear: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            states, self._packed, self._own(self._bias), "none", [], ""
        )
        return linear

    def pack(self) -> None:
        """Keep the weights in the processor's layout."""
        import torch

        rows = self._own(self._weight).detach().contiguous()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(rows, None)

    def give_up(self) -> None:
        """Free the layer's own weights, which nobody reads any more."""
        self._weight.data = self._weight.new_empty(0)


class Block:
    """One of a model's blocks, for which `computable` holds. It reads the model's weights until it is packed.

    `looks_back`: the last one, in which states look at others than themselves.
    """

    def __init__(self, block: Any, *, looks_back: bool = False) -> None:
        attention = block.attn
        width = self._width = attention.embed_dim
        self._block = block
        self._heads = attention.num_heads
        parts = (slice(None, width), slice(width, None)) if looks_back else (None,)
        self._in = [Linear(attention.in_proj_weight, attention.in_proj_bias, rows) for rows in parts]
        self._out = Linear(attention.out_proj.weight, attention.out_proj.bias)
        self._up = Linear(block.mlp.c_fc.weight, block.mlp.c_fc.bias)
        self._down = Linear(block.mlp.c_proj.weight, block.mlp.c_proj.bias)

    def __call__(
        self, states: torch.Tensor, others: torch.Tensor | None = None, seen: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What becomes of `(b, n, width)` states that look at `(b, m, width)` others, or at one another.

        `seen` `(n, m)` is added to how much each looks at each.
        """
        from torch.nn import functional

        block = self._block
        given = [states] if others is None else [states, others]
        query, key, value = (
            part.unflatten(-1, (self._heads, -1)).transpose(1, 2)
            for layer, each in zip(self._in, given, strict=True)
            for part in layer(block.ln_1(each)).split(self._width, dim=-1)
        )
        looked = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        states = states + block.ls_1(self._out(looked.transpose(1, 2).flatten(-2)))
        mended: torch.Tensor = states + block.ls_2(self._down(block.mlp.gelu(self._up(block.ln_2(states)))))
        return mended

    def pack(self) -> None:
        """Lay the weights out for the processor, where that is worth while.

        The model itself, which has none of them any more, can't compute.
        """
        if self._width < LEAST_WIDTH:
            return
        layers = *self._in, self._out, self._up, self._down
        for layer in layers:
            layer.pack()
        for layer in layers:
            layer.give_up()


class Blocks:
    """All blocks of a tower, each `computable`. Of the last one only what is read is computed."""

    def __init__(self, blocks: Sequence[Any]) -> None:
        *before, last = blocks
        self._before = [Block(each) for each in before]
        self._last = Block(last, looks_back=True)

    def __call__(
        self, states: torch.Tensor, read: slice | torch.Tensor, seen: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What becomes of those of `(b, n, width)` states that are read; `seen` `(n, n)` says what each sees."""
        for block in self._before:
            states = block(states, seen=seen)
        return self._last(states[:, read], states, None if seen is None else seen[read])

    def pack(self) -> None:
        """Lay the weights of all blocks out for the processor."""
        for block in (*self._before, self._last):
            block.pack()


def packable(weight: torch.Tensor) -> bool:
    """Whether packing pays for weights like this one.

    In float32 one query gains a tenth with all cores, and an encoder process, whose batches have a part of them each,
    loses as much and takes a third more memory.
    """
    import torch

    return (
        weight.device.type == "cpu"
        and weight.dtype == torch.bfloat16
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def return_memory() -> None:
    """Give back to the system what was freed; the C library would keep it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)
