"""What a model makes of pictures that it was never trained on: the figures of a model card.

They are taken from the exported folder through the encoder that serves searches, so they hold for what ships: weights
in fp16, and open_clip's own preprocessing and tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..encoders import Encoder
from .chunks import chunks
from .examples import Example, label_captions
from .figures import Vectors, ensemble, recall_at, zero_shot_accuracy
from .titles import Found, questions, titles_found
from .words import words

#: Pictures opened at a time: a held-out part of any size is measured in the same memory.
CHUNK = 256


@dataclass(frozen=True)
class Figure:
    """One figure, what it counts, and over how much: `count` questions put to `choices` possible answers."""

    name: str
    value: float
    count: int
    choices: int


def measure(encoder: Encoder, examples: Sequence[Example], *, progress: bool = True) -> list[Figure]:
    """Every figure that `examples`, none of them trained on, can answer; an empty list for no examples."""
    vectors = encode(encoder, examples, progress=progress)
    labelled = [row for row, example in enumerate(examples) if example.label]
    captioned = [row for row, example in enumerate(examples) if not example.label]
    figures: list[Figure] = []
    if labelled:
        figures += zero_shot(encoder, vectors[labelled], [examples[row] for row in labelled])
    if captioned:
        shown = [examples[row] for row in captioned]
        figures += text_to_picture(encoder, vectors[captioned], shown)
        figures += title_to_picture(encoder, vectors[captioned], shown)
        figures += picture_to_picture(vectors[captioned], shown)
    return figures


def encode(encoder: Encoder, examples: Sequence[Example], *, progress: bool = True) -> Vectors:
    """Unit vectors `(n, dim)` of the examples' pictures, opened a chunk at a time."""
    bar = tqdm(total=len(examples), unit="picture", desc="measuring", disable=not progress)
    parts = [np.empty((0, encoder.info.dim), np.float32)]
    for rows in chunks(len(examples), CHUNK):
        parts.append(encoder.encode_images([examples[row].open() for row in rows]))
        bar.update(len(rows))
    bar.close()
    return np.concatenate(parts)


def zero_shot(encoder: Encoder, vectors: Vectors, examples: Sequence[Example]) -> list[Figure]:
    """How often a photograph's nearest label, each the mean of its prompts in all languages, is its own."""
    labels = sorted({example.label for example in examples})
    prompts = [label_captions(label) for label in labels]
    told = encoder.encode_texts([prompt for of_one in prompts for prompt in of_one])
    label_vectors = ensemble(told, [len(of_one) for of_one in prompts])
    right = [labels.index(example.label) for example in examples]
    most_frequent = max(right.count(label) for label in set(right)) / len(right)
    choices = len(labels)
    return [
        Figure("zero-shot accuracy", zero_shot_accuracy(vectors, right, label_vectors), len(right), choices),
        Figure("(always the most frequent label)", most_frequent, len(right), choices),
    ]


def text_to_picture(encoder: Encoder, vectors: Vectors, examples: Sequence[Example]) -> list[Figure]:
    """How often a plain caption (each picture's first) finds a picture of which all its words are said."""
    asked = sorted({example.captions[0] for example in examples})
    said = [frozenset[str]().union(*map(words, example.captions)) for example in examples]
    answers = [[row for row, known in enumerate(said) if words(caption) <= known] for caption in asked]
    queries = encoder.encode_texts(asked)
    return [
        Figure(f"text to picture, recall@{k}", recall_at(k, queries, vectors, answers), len(asked), len(examples))
        for k in (1, 10)
    ]  # fmt: skip


def title_to_picture(encoder: Encoder, vectors: Vectors, examples: Sequence[Example]) -> list[Figure]:
    """How often a product's title finds its own picture, and a picture of any product of that title."""
    found = titles(encoder, examples, vectors)
    return [
        Figure(f"title to {whose}, {name}", getattr(kind, field), found.asked, found.pictures)
        for whose, kind in (("its own picture", found.by_id), ("a picture of that title", found.by_title))
        for name, field in (("recall@1", "recall_1"), ("recall@10", "recall_10"), ("MRR", "mrr"))
    ]


def titles(encoder: Encoder, examples: Sequence[Example], vectors: Vectors | None = None) -> Found:
    """What a model finds as it serves; `vectors` are those of the examples' pictures, if they are known."""
    if vectors is None:
        vectors = encode(encoder, examples)
    return titles_found(encoder.encode_texts([title for title, _ in questions(examples)]), vectors, examples)


def picture_to_picture(vectors: Vectors, examples: Sequence[Example]) -> list[Figure]:
    """How often a picture finds another picture of its own group among all the others."""
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault(example.group, []).append(row)
    asking = [row for row, example in enumerate(examples) if len(rows[example.group]) > 1]
    if not asking:
        return []
    scores = vectors[asking] @ vectors.T
    scores[np.arange(len(asking)), asking] = -np.inf
    nearest = np.argsort(-scores, axis=1, kind="stable")
    figures = []
    for k in (1, 5):
        found = [
            any(examples[other].group == examples[row].group for other in near[:k])
            for row, near in zip(asking, nearest, strict=True)
        ]
        name = f"picture to another picture of the same product, recall@{k}"
        figures.append(Figure(name, float(np.mean(found)), len(asking), len(examples)))
    return figures
