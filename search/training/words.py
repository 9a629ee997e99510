"""What is said of pictures, as bags of words: which caption is true of which picture, and what two pictures share.

Nothing here is of the size pictures times texts: asked for a block of rows, it answers that block.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal, get_args

from .examples import Example

if TYPE_CHECKING:
    import torch

#: Which captions are taken as true of a picture beside its own: those of which all words are said of it, those equal
#: to one of its own, or none.
Positives = Literal["words", "equal", "own"]
POSITIVES: tuple[Positives, ...] = get_args(Positives)
#: A word said of more than this share of all pictures ("a", "photo") tells nothing about one.
COMMON = 0.3
#: A word said of fewer groups was hardly taught.
FEWEST_GROUPS = 10


def words(text: str) -> frozenset[str]:
    """The words of a caption, without case."""
    return frozenset(re.findall(r"[\w-]+", text.lower()))


def well_known(examples: Iterable[Example]) -> frozenset[str]:
    """Words that the captions of at least `FEWEST_GROUPS` groups say: a model trained on them met them often enough."""
    groups: dict[str, set[str]] = {}
    for example in examples:
        for word in frozenset().union(*(words(caption) for caption in example.captions)):
            groups.setdefault(word, set()).add(example.group)
    return frozenset(word for word, said in groups.items() if len(said) >= FEWEST_GROUPS)


def common_words(captions: Sequence[Sequence[str]]) -> frozenset[str]:
    """Words that stand in the captions of more than `COMMON` of all pictures."""
    seen: Counter[str] = Counter()
    for alternatives in captions:
        seen.update(frozenset().union(*(words(caption) for caption in alternatives)))
    return frozenset(word for word, count in seen.items() if count > COMMON * len(captions))


def near_misses(captions: Iterable[str]) -> dict[str, list[list[str]]]:
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


class Bags:
    """Rows of a table `(n, vocabulary)` of which only the words that are there are held; others are left out.

    `weights`, one for each word of the vocabulary, is 1 for all where it is not given.
    """

    def __init__(
        self,
        said: Sequence[Iterable[str]],
        vocabulary: Mapping[str, int],
        weights: torch.Tensor | None = None,
    ) -> None:
        import torch

        known = [[vocabulary[word] for word in row if word in vocabulary] for row in said]
        self.width = max(len(vocabulary), 1)
        self.weights = torch.ones(self.width) if weights is None else weights
        self.sizes = torch.tensor([len(row) for row in known])
        self._offsets = torch.tensor([0, *accumulate(len(row) for row in known)])
        self._columns = torch.tensor(list(chain.from_iterable(known)), dtype=torch.long)

    def __len__(self) -> int:
        return len(self.sizes)

    def dense(self, start: int, stop: int) -> torch.Tensor:
        """Rows `start` to `stop` as `(stop - start, vocabulary)` float32: the weight of each word that is there."""
        import torch

        columns = self._columns[self._offsets[start] : self._offsets[stop]]
        rows = torch.arange(stop - start).repeat_interleave(self.sizes[start:stop])
        table = torch.zeros(stop - start, self.width)
        table[rows, columns] = self.weights[columns]
        return table

    def squares(self) -> torch.Tensor:
        """`(n,)`: what each bag shares with itself."""
        import torch

        rows = torch.arange(len(self)).repeat_interleave(self.sizes)
        return torch.zeros(len(self)).index_add_(0, rows, self.weights[self._columns] ** 2)

    def shared(self, table: torch.Tensor) -> torch.Tensor:
        """`(b, n)`: for rows `(b, vocabulary)` of a table, the weighted sum over the words of each bag."""
        import torch.nn.functional as functional

        if not len(self._columns):
            return table.new_zeros(len(table), len(self))
        sums: torch.Tensor = functional.embedding_bag(
            self._columns,
            table.T.contiguous(),
            self._offsets,
            mode="sum",
            per_sample_weights=self.weights[self._columns],
            include_last_offset=True,
        )
        return sums.T


def vocabulary(said: Iterable[Iterable[str]]) -> dict[str, int]:
    """All words in order of the alphabet, each with its column."""
    return {word: column for column, word in enumerate(sorted(frozenset(chain.from_iterable(said))))}


class Rarity:
    """What pictures' words share, weighted by how rare they are: of every picture of a training set.

    A word's weight is the logarithm of how many times rarer it is than always, so that a type counts for more than a
    colour, and a colour for more than a pattern.
    """

    def __init__(self, said: Sequence[frozenset[str]]) -> None:
        import torch

        self._said = said
        self.columns = vocabulary(said)
        counts = Counter(chain.from_iterable(said))
        self._roots = torch.tensor([math.log(len(said) / counts[word]) ** 0.5 for word in self.columns])

    def bags(self, rows: Sequence[int]) -> Bags:
        """Bags of some pictures: the inner product of two rows is what the two share."""
        return Bags([self._said[row] for row in rows], self.columns, self._roots)


class Truth:
    """Which of a batch's texts are true of which of its pictures: those of which every word is said of the picture.

    The first texts are the pictures' own, in order, and always true. A text without words is true of nothing else.
    """

    def __init__(self, said: Sequence[frozenset[str]], texts: Sequence[frozenset[str]]) -> None:
        columns = vocabulary(texts)
        self.pictures, self.texts = Bags(said, columns), Bags(texts, columns)
        self.width = len(columns)

    def of_pictures(self, start: int, stop: int) -> torch.Tensor:
        """`(stop - start, texts)` bool for pictures `start` to `stop`."""
        shared = self.texts.shared(self.pictures.dense(start, stop))
        return self._with_own((shared == self.texts.sizes) & (self.texts.sizes > 0), start)

    def of_texts(self, start: int, stop: int) -> torch.Tensor:
        """`(stop - start, pictures)` bool for texts `start` to `stop`."""
        shared = self.pictures.shared(self.texts.dense(start, stop))
        sizes = self.texts.sizes[start:stop, None]
        return self._with_own((shared == sizes) & (sizes > 0), start)

    def _with_own(self, true: torch.Tensor, start: int) -> torch.Tensor:
        true.diagonal(offset=start).fill_(True)
        return true


class Sayings:
    """What is said of every picture of a training set, and so which texts are true of it."""

    def __init__(self, examples: Sequence[Example], positives: Positives) -> None:
        self.positives = positives
        self.common = common_words([example.captions for example in examples])
        self._said = self._of_all(examples)

    def truth(self, rows: Sequence[int], texts: Sequence[str]) -> Truth:
        """Of a batch: the pictures' row numbers, and texts of which the first are the pictures' own, in order."""
        return Truth([self._said[row] for row in rows], [self._bag(text) for text in texts])

    def _bag(self, text: str) -> frozenset[str]:
        if self.positives == "own":
            return frozenset()
        return frozenset([text.lower()]) if self.positives == "equal" else words(text) - self.common

    def _of_all(self, examples: Sequence[Example]) -> list[frozenset[str]]:
        """What is said of one picture of a product is true of its others; a labelled one's group is no product."""
        own: list[frozenset[str]] = [
            frozenset().union(*map(self._bag, example.captions)) for example in examples
        ]
        of_group: dict[str, set[str]] = {}
        for example, said in zip(examples, own, strict=True):
            if not example.label:
                of_group.setdefault(example.group, set()).update(said)
        shared = {group: frozenset(said) for group, said in of_group.items()}
        return [
            said if example.label else shared[example.group]
            for example, said in zip(examples, own, strict=True)
        ]
