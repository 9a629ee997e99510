"""What makes a batch: pictures of every training set alike, views of one product together, some of one category, and
the texts beside them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .examples import Example, label_captions
from .words import near_misses

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Batch:
    """One batch: row numbers of its pictures, a caption of each, further texts, and the labelled among them.

    `texts` are the plain captions of the captioned pictures and near misses of them, all short; `labelled` are places
    in `rows`, `labels` the number of the label of each, and `prompts` one text for every label, in order.
    """

    rows: list[int]
    captions: list[str]
    texts: list[str]
    labelled: list[int]
    labels: list[int]
    prompts: list[str]


class Batches:
    """Draws batches of `size` from `examples`; `same_category` is the share of each that is of one category."""

    def __init__(self, examples: Sequence[Example], size: int, *, same_category: float = 0.0) -> None:
        self.examples, self.size, self.same_category = examples, size, same_category
        self.labels = sorted({example.label for example in examples if example.label})
        self._sets = _by_set(examples)
        self._views = _views(examples)
        self._near_misses = near_misses(example.captions[0] for example in examples if not example.label)
        self._categories = [_by_category(examples, rows) for rows in self._sets]

    def draw(self, generator: torch.Generator) -> Batch:
        """The next batch; equal states of the generator draw equal batches."""
        rows = self.rows(generator)
        labelled = [place for place, row in enumerate(rows) if self.examples[row].label]
        return Batch(
            rows,
            [_one_of(self.examples[row].captions, generator) for row in rows],
            self._plain_and_near(rows, generator),
            labelled,
            [self.labels.index(self.examples[rows[place]].label) for place in labelled],
            [_one_of(label_captions(label), generator) for label in self.labels] if labelled else [],
        )

    def rows(self, generator: torch.Generator, *, views: bool = True) -> list[int]:
        """From each training set by the square root of its size: a small one must not drown in a large one, nor be
        learned by heart.

        With `views` other pictures of the same product come along: what they share is the product, not its backdrop.
        """
        chosen: list[int] = []
        shares = _shares([len(rows) for rows in self._sets], self.size)
        for rows, categories, share in zip(self._sets, self._categories, shares, strict=True):
            picked: dict[int, None] = {}
            alike = self._alike(categories, round(share * self.same_category), generator)
            for row in (*alike, *_shuffled(rows, generator)):
                picked[row] = None
                if views:
                    picked.update(dict.fromkeys(self._views.get(row, ())))
                if len(picked) >= share:
                    break
            chosen += list(picked)[:share]
        return chosen

    def _alike(self, categories: list[list[int]], count: int, generator: torch.Generator) -> list[int]:
        """`count` rows of one category, drawn by its size; of the next, too, where it has not so many."""
        import torch

        found: list[int] = []
        if count and categories:
            sizes = torch.tensor([float(len(rows)) for rows in categories])
            for place in torch.multinomial(sizes, len(categories), generator=generator).tolist():
                found += _shuffled(categories[place], generator)[: count - len(found)]
                if len(found) >= count:
                    break
        return found

    def _plain_and_near(self, rows: Sequence[int], generator: torch.Generator) -> list[str]:
        """The plain captions of the batch's captioned pictures, and a near miss of each of their words."""
        found: dict[str, None] = {}
        for row in rows:
            plain = self.examples[row].captions[0]
            if self.examples[row].label or plain in found:
                continue
            found[plain] = None
            for others in self._near_misses.get(plain, ()):
                found[_one_of(others, generator)] = None
        return list(found)


def _one_of(texts: Sequence[str], generator: torch.Generator) -> str:
    import torch

    return texts[int(torch.randint(len(texts), (1,), generator=generator))]


def _shuffled(rows: Sequence[int], generator: torch.Generator) -> list[int]:
    import torch

    return [rows[place] for place in torch.randperm(len(rows), generator=generator).tolist()]


def _by_set(examples: Sequence[Example]) -> list[list[int]]:
    """Row numbers by training set."""
    rows: dict[Path, list[int]] = {}
    for index, example in enumerate(examples):
        rows.setdefault(example.source, []).append(index)
    return list(rows.values())


def _by_category(examples: Sequence[Example], rows: Sequence[int]) -> list[list[int]]:
    """Some row numbers by category; those without one stand in none."""
    found: dict[str, list[int]] = {}
    for row in rows:
        if examples[row].category:
            found.setdefault(examples[row].category, []).append(row)
    return list(found.values())


def _shares(sizes: Sequence[int], batch: int) -> list[int]:
    """How many of a batch come from each set, by the square root of its size; at least one each, `batch` together."""
    roots = [math.sqrt(size) for size in sizes]
    shares = [max(1, math.floor(batch * root / sum(roots))) for root in roots]
    shares[shares.index(max(shares))] += batch - sum(shares)
    return shares


def _views(examples: Sequence[Example]) -> dict[int, list[int]]:
    """By row number, the rows of other pictures of the same product; a labelled photograph's group is no product."""
    groups: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        if not example.label:
            groups.setdefault(example.group, []).append(index)
    return {
        index: [other for other in rows if other != index]
        for rows in groups.values()
        if len(rows) > 1
        for index in rows
    }
