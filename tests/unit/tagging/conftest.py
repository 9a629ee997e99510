from __future__ import annotations

from typing import Any

import numpy as np

from product_search.models import Attribute, AttributeValue
from product_search.tagging.heads import Head, _below

DIM = 8


def head(*values: str, choice: str = "single", guessed: list[bool] | None = None) -> Head:
    """Each value lies along an axis of its own; the last two axes are of none of them and of no product."""
    axes = np.eye(DIM, dtype=np.float32)
    return Head(
        Attribute(name="colour", choice=choice),
        tuple(AttributeValue(value=value) for value in values),
        axes[: len(values)],
        axes[DIM - 2],
        axes[DIM - 1 :],
        _below(values),
        np.array(guessed or [True] * len(values)),
    )


def rows(*logits: list[float]) -> Any:
    """Logits of products: of the values, of none of them, of no product."""
    return np.array(logits, dtype=np.float64)
