"""A contrastive loss in which a caption that is also true of another picture does not push the two apart.

CLIP's loss (Radford et al., 2021) takes the diagonal alone as matching. In a shop many pictures share a caption, so
every true pair counts, each with an equal share (supervised contrastive learning: Khosla et al., 2020).
"""

from __future__ import annotations

import math
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


def near_misses(captions: Sequence[str]) -> dict[str, list[list[str]]]:
    """By caption, for each of its words that could be another: the captions that differ from it in that word alone.

    "red dotted mug" and "red striped cup" stand beside "red striped mug": a batch drawn at random hardly ever holds
    the texts that a tower must learn to tell apart (hard negatives: Yuksekgonul et al., 2023). They are parted by
    word because a shop has a hundred things for each pattern, and would ask about things alone.
    """
    beside: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    different = sorted({caption.lower(): caption for caption in captions}.values())
    for caption in different:
        for key in _with_a_gap(caption):
            beside.setdefault(key, []).append(caption)
    found = {
        caption: [
            [other for other in beside[key] if other != caption]
            for key in _with_a_gap(caption)
            if len(beside[key]) > 1
        ]
        for caption in different
    }
    return {caption: by_word for caption, by_word in found.items() if by_word}


def _with_a_gap(caption: str) -> list[tuple[int, tuple[str, ...]]]:
    said = caption.lower().split()
    return [(place, (*said[:place], *said[place + 1 :])) for place in range(len(said))]


def true_pairs(said: Sequence[frozenset[str]], captions: Sequence[frozenset[str]]) -> torch.Tensor:
    """`(n, m)` bool: whether caption `j` uses only words that picture `i`'s own captions use.

    The first `n` captions are the pictures' own, in order: True on the diagonal.
    """
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

    `images` `(n, dim)` and `texts` `(m, dim)` are unit rows, `pairs` `(n, m)` bool with at least one True in every
    row. A text that is true of no picture is there to be told from the others, and asks for none itself. With the
    identity as `pairs` it is open_clip's `ClipLoss`.
    """
    logits = scale * images @ texts.T
    weights = pairs.to(logits.dtype)
    by_picture = weights / weights.sum(dim=1, keepdim=True)
    picture_loss = -(by_picture * logits.log_softmax(dim=1)).sum(dim=1).mean()
    asking = pairs.any(dim=0)
    wanted = weights.T[asking]
    by_text = wanted / wanted.sum(dim=1, keepdim=True)
    text_loss = -(by_text * logits.T[asking].log_softmax(dim=1)).sum(dim=1).mean()
    return (picture_loss + text_loss) / 2


def likeness(said: Sequence[frozenset[str]]) -> torch.Tensor:
    """`(n, words)` float32: rows whose inner products are what two pictures' words share, weighted by rarity.

    A word's weight is the logarithm of how many times rarer it is than always, so that a type counts for more than a
    colour, and a colour for more than a pattern.
    """
    import torch

    counts = Counter(word for words_said in said for word in words_said)
    column = {word: place for place, word in enumerate(sorted(counts))}
    rows = torch.zeros(len(said), len(column))
    for row, words_said in enumerate(said):
        for word in words_said:
            rows[row, column[word]] = math.log(len(said) / counts[word]) ** 0.5
    return rows


def look_alike_loss(images: torch.Tensor, scale: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Cross-entropy between pictures: each draws those of the same kind near, in the measure of what they share.

    `images` is `(n, dim)` unit rows and `rows` their lines of `likeness`. The target is the squared weighted Jaccard
    index of two pictures' words; a picture that shares nothing with any other is left out. CLIP's own loss compares
    pictures with texts alone, and leaves backdrops in the vectors of pictures.
    """
    import torch

    shared = rows @ rows.T
    sizes = shared.diagonal()
    targets = (shared / (sizes[:, None] + sizes[None, :] - shared).clamp(min=1e-6)) ** 2
    itself = torch.eye(len(images), dtype=torch.bool)
    targets = targets.masked_fill(itself, 0.0)
    total = targets.sum(dim=1)
    known = total > 1e-6
    if not known.any():
        return images.sum() * 0.0
    logs = (scale * images @ images.T).masked_fill(itself, -1e4).log_softmax(dim=1)
    return -((targets[known] / total[known, None]) * logs[known]).sum(dim=1).mean()


def word_loss(logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of telling a picture's own words among all words, each of them alike.

    `logits` is `(n, words)` and `rows` the pictures' lines of `likeness`; a picture without a word is left out. A batch
    has few contrasts, the vocabulary has all of them: this teaches a tower what to look for long before its texts do.
    """
    targets = (rows > 0).to(logits.dtype)
    total = targets.sum(dim=1)
    known = total > 0
    if not known.any():
        return logits.sum() * 0.0
    return -((targets[known] / total[known, None]) * logits[known].log_softmax(dim=1)).sum(dim=1).mean()
