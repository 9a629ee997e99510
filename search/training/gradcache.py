"""Gradients of batches that do not fit in memory (GradCache: Gao et al., 2021).

A contrastive loss needs all vectors of a batch at once, but not all that was computed on the way to them. So chunks are
first encoded without a graph; the loss's gradient by the vectors is kept; then each chunk is encoded again, with a
graph, and handed its part of that gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import torch

#: Encodes one chunk, `(n, dim)`; called twice it must do the same, to the last random number.
Encode: TypeAlias = "Callable[[], torch.Tensor]"
#: The loss of all pictures' and all texts' vectors.
Objective: TypeAlias = "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]"


def backward(pictures: Sequence[Encode], texts: Sequence[Encode], objective: Objective) -> float:
    """The loss, with its gradient added to all weights; holds the graphs of all chunks at once."""
    import torch

    loss = objective(torch.cat([encode() for encode in pictures]), torch.cat([encode() for encode in texts]))
    loss.backward()
    return float(loss.detach())


def cached_backward(
    model: torch.nn.Module, pictures: Sequence[Encode], texts: Sequence[Encode], objective: Objective
) -> float:
    """`backward` in the memory of one chunk, for one more pass without a graph.

    Batch normalisation sees a chunk at a time in both passes, as it does where a batch is computed in parts (ghost
    batches: Hoffer et al., 2017), so the gradient is that of `backward` over the same chunks; where nothing is
    normalised over a batch, it is that of one chunk. Its running statistics are counted in the second pass alone.
    """
    import torch

    with torch.no_grad(), statistics_kept(model):
        vectors = [torch.cat([encode() for encode in chunks]) for chunks in (pictures, texts)]
    for each in vectors:
        each.requires_grad_()
    loss = objective(vectors[0], vectors[1])
    loss.backward()
    for chunks, whole in zip((pictures, texts), vectors, strict=True):
        start = 0
        gradient = whole.grad
        if gradient is None:
            continue
        for encode in chunks:
            part = encode()
            if part.requires_grad:
                part.backward(gradient[start : start + len(part)])
            start += len(part)
    return float(loss.detach())


@contextmanager
def statistics_kept(model: torch.nn.Module) -> Iterator[None]:
    """Put back what batch normalisation counted inside."""
    from torch.nn.modules.batchnorm import _BatchNorm

    counted: list[Any] = [
        buffer
        for module in model.modules()
        if isinstance(module, _BatchNorm)
        for buffer in module.buffers(recurse=False)
    ]
    before = [buffer.clone() for buffer in counted]
    try:
        yield
    finally:
        for buffer, value in zip(counted, before, strict=True):
            buffer.copy_(value)
