"""A contrastive loss in which a caption that is also true of another picture does not push the two apart.

CLIP's loss (Radford et al., 2021) takes the diagonal alone as matching. In a shop many pictures share a caption, so
every true pair counts, each with an equal share (supervised contrastive learning: Khosla et al., 2020).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

#: A word said of more than this share of all pictures ("a", "photo") tells nothing about one.
COMMON = 0.3


def words(text: str) -> frozenset[str]:
    """The words of a caption, without case."""
    return frozenset(re.findall(r"[\w-]+", text.lower()))


def common_words(captions: Sequence[Sequence[str]]) -> frozenset[str]:
    """Words that stand in the captions of more than `COMMON` of all pictures."""
    seen: Counter[str] = Counter()
    for alternatives in captions:
        seen.update(frozenset().union(*(words(caption) for caption in alternatives)))
    return frozenset(word for word, count in seen.items() if count > COMMON * len(captions))


def true_pairs(said: Sequence[frozenset[str]], captions: Sequence[frozenset[str]]) -> torch.Tensor:
    """`(n, n)` bool: whether caption `j` uses only words that picture `i`'s own captions use; True on the diagonal."""
    import torch

    rows = [
        [i == j or (bool(text) and text <= own) for j, text in enumerate(captions)]
        for i, own in enumerate(said)
    ]
    return torch.tensor(rows)


def contrastive_loss(
    images: torch.Tensor, texts: torch.Tensor, scale: torch.Tensor, pairs: torch.Tensor
) -> torch.Tensor:
    """Mean of both directions' cross-entropies against the true pairs.

    `images` and `texts` are `(n, dim)` unit rows, `pairs` `(n, n)` bool with at least one True in every row and column.
    With the identity as `pairs` it is open_clip's `ClipLoss`.
    """
    logits = scale * images @ texts.T
    weights = pairs.to(logits.dtype)
    by_picture = weights / weights.sum(dim=1, keepdim=True)
    by_text = weights.T / weights.T.sum(dim=1, keepdim=True)
    picture_loss = -(by_picture * logits.log_softmax(dim=1)).sum(dim=1).mean()
    text_loss = -(by_text * logits.T.log_softmax(dim=1)).sum(dim=1).mean()
    return (picture_loss + text_loss) / 2
