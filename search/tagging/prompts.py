"""From a value's words to sentences, and from their vectors to the one that stands for the value.

Several sentences for one value are averaged as unit vectors, and the mean is made one (prompt ensembling: Radford et
al., Learning Transferable Visual Models From Natural Language Supervision, 2021, section 3.1.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..models import Attribute, AttributeValue
from ..models.attribute import SLOT

#: For an attribute without templates of its own.
TEMPLATES = ("{}", "a photo of a {}", "a picture of a {}", "product photo of a {}")
#: Pictures of something that has none of the values, and pictures of nothing that is sold anywhere.
NONE = ("a photo of something else", "some other thing", "none of these")
BACKGROUND = (
    "a page of text",
    "a screenshot of a website",
    "a logo",
    "a drawing of a chart",
    "a landscape",
    "a photo of a face",
    "random noise",
    "an empty background",
)


def value_prompts(attribute: Attribute, value: AttributeValue) -> tuple[str, ...]:
    """The sentences that say `value`: its own, else its words and synonyms in each of the attribute's templates."""
    if value.prompts:
        return tuple(dict.fromkeys(value.prompts))
    words = (value.said, *value.synonyms)
    templates = attribute.templates or TEMPLATES
    return tuple(dict.fromkeys(template.replace(SLOT, word) for word in words for template in templates))


def none_prompts(attribute: Attribute) -> tuple[str, ...]:
    """The sentences of pictures that show none of the values."""
    return tuple(dict.fromkeys(attribute.none_prompts)) or NONE


def background_prompts(attribute: Attribute) -> tuple[str, ...]:
    """The sentences of pictures that show no product; each is an option of its own, as they have nothing in common."""
    return tuple(dict.fromkeys(attribute.background_prompts)) or BACKGROUND


def ensemble(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The unit vector `(dim,)` in the middle of unit vectors `(n, dim)`, n >= 1."""
    middle: NDArray[np.float32] = mean_direction(vectors.mean(axis=0, keepdims=True))[0]
    return middle


def mean_direction(means: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Means `(n, dim)` of unit vectors, made unit vectors again; a mean of nothing, or of opposites, is NaN."""
    lengths = np.linalg.norm(means.astype(np.float64), axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit: NDArray[np.float32] = np.where(lengths > 1e-6, means / lengths, np.nan).astype(np.float32)
    return unit


def distinct(sentences: Sequence[Sequence[str]]) -> list[str]:
    """Every sentence once, in order."""
    return list(dict.fromkeys(sentence for each in sentences for sentence in each))
