"""What training lowers: losses over a batch's vectors, by blocks of rows, so that no table of all pairs is ever whole.

CLIP's loss (Radford et al., 2021) and SigLIP's (Zhai et al., 2023) take the diagonal alone as matching. In a shop many
pictures share a caption, so every true pair counts (supervised contrastive learning: Khosla et al., 2020); with the
diagonal alone they are open_clip's `ClipLoss` and `SigLipLoss`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, get_args

from .words import Bags, Truth

if TYPE_CHECKING:
    import torch

Contrast = Literal["clip", "siglip"]
CONTRASTS: tuple[Contrast, ...] = get_args(Contrast)
#: Numbers in one block of a table: 16 MB as float32, of which a few are held at once.
BLOCK = 2**22


def clip_loss(
    images: torch.Tensor, texts: torch.Tensor, scale: torch.Tensor, truth: Truth, *, block: int = BLOCK
) -> torch.Tensor:
    """Mean of both directions' cross-entropies against the true pairs, each with an equal share.

    `images` `(n, dim)` and `texts` `(m, dim)` are unit rows. A text that is true of no picture is there to be told
    from the others, and asks for none itself.
    """

    def direction(
        queries: torch.Tensor, items: torch.Tensor, pairs: Callable[[int, int], torch.Tensor]
    ) -> torch.Tensor:
        def of_rows(start: int, stop: int) -> torch.Tensor:
            wanted = pairs(start, stop).to(queries)
            total = wanted.sum(dim=1)
            logs = (scale * queries[start:stop] @ items.T).log_softmax(dim=1)
            losses = -(wanted * logs).sum(dim=1) / total.clamp(min=1)
            return _sum_and_count(losses, total > 0)

        return _mean(of_rows, len(queries), max(len(items), truth.width), block)

    return (direction(images, texts, truth.of_pictures) + direction(texts, images, truth.of_texts)) / 2


def siglip_loss(
    images: torch.Tensor,
    texts: torch.Tensor,
    scale: torch.Tensor,
    bias: torch.Tensor,
    truth: Truth,
    *,
    block: int = BLOCK,
) -> torch.Tensor:
    """Each pair of a picture and a text judged alone, true or not; the sum for a picture, its mean over pictures."""
    import torch
    import torch.nn.functional as functional

    def of_rows(start: int, stop: int) -> torch.Tensor:
        signs = truth.of_pictures(start, stop).to(images) * 2 - 1
        losses = -functional.logsigmoid(signs * (scale * images[start:stop] @ texts.T + bias)).sum(dim=1)
        return _sum_and_count(losses, torch.ones_like(losses, dtype=torch.bool))

    return _mean(of_rows, len(images), max(len(texts), truth.width), block)


def look_alike_loss(
    images: torch.Tensor, scale: torch.Tensor, said: Bags, *, block: int = BLOCK
) -> torch.Tensor:
    """Cross-entropy between pictures: each draws those of the same kind near, in the measure of what they share.

    `images` is `(n, dim)` unit rows and `said` their bags by `Rarity`. The target is the squared weighted Jaccard
    index of two pictures' words; a picture that shares nothing with any other is left out. CLIP's own loss compares
    pictures with texts alone, and leaves backdrops in the vectors of pictures.
    """
    import torch

    sizes = said.squares().to(images)

    def of_rows(start: int, stop: int) -> torch.Tensor:
        shared = said.shared(said.dense(start, stop)).to(images)
        either = (sizes[start:stop, None] + sizes[None, :] - shared).clamp(min=1e-6)
        targets = (shared / either) ** 2
        targets.diagonal(offset=start).zero_()
        total = targets.sum(dim=1)
        logits = scale * images[start:stop] @ images.T
        itself = torch.zeros_like(logits, dtype=torch.bool)
        itself.diagonal(offset=start).fill_(True)
        logs = logits.masked_fill(itself, -1e4).log_softmax(dim=1)
        losses = -(targets * logs).sum(dim=1) / total.clamp(min=1e-6)
        return _sum_and_count(losses, total > 1e-6)

    return _mean(of_rows, len(images), max(len(images), said.width), block)


def word_loss(
    features: torch.Tensor,
    teller: Callable[[torch.Tensor], torch.Tensor],
    said: Bags,
    *,
    block: int = BLOCK,
) -> torch.Tensor:
    """Cross-entropy of telling a picture's own words among all words, each of them alike.

    `teller` makes `(n, words)` of features `(n, dim)`; a picture without a word is left out. A batch has few contrasts,
    the vocabulary has all of them: this teaches a tower what to look for long before its texts do.
    """

    def of_rows(start: int, stop: int) -> torch.Tensor:
        told = (said.dense(start, stop) > 0).to(features)
        total = told.sum(dim=1)
        logs = teller(features[start:stop]).log_softmax(dim=1)
        return _sum_and_count(-(told * logs).sum(dim=1) / total.clamp(min=1), total > 0)

    return _mean(of_rows, len(features), said.width, block)


def _sum_and_count(losses: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """`(2,)`: the sum of the rows that count, and how many they are."""
    import torch

    return torch.stack([(losses * counted).sum(), counted.sum().to(losses)])


def _mean(rows: Callable[[int, int], torch.Tensor], count: int, width: int, block: int) -> torch.Tensor:
    """Mean over all rows of sums and counts by blocks; what a block computed is computed again for its gradient.

    So no more than one block `(rows, width)` is held at once. One block alone is computed once.
    """
    from torch.utils.checkpoint import checkpoint

    size = max(1, block // width)
    if count <= size:
        total = rows(0, count)
    else:
        parts = (
            checkpoint(rows, start, min(start + size, count), use_reentrant=False, preserve_rng_state=False)
            for start in range(0, count, size)
        )
        total = functools.reduce(operator.add, parts)
    mean: torch.Tensor = total[0] / total[1].detach().clamp(min=1)
    return mean
