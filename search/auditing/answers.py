"""What the machine answers of products whose value is known, each judged by a fit that never met it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..models import Attribute, FittedBy, Generation
from ..tagging import labels, reading
from ..tagging.fitting import FEWEST_KNOWN, fit
from ..tagging.heads import Head
from ..tagging.page import judged, threshold
from ..tagging.scoring import chosen, scores

#: Parts of the known products; each is judged by what was fitted to the others.
PARTS = 4


@dataclass(frozen=True, eq=False)
class Answers:
    """Of the `n` products `keys` whose value of an attribute is known by `source`: the probability of each of `v`
    values `(n, v)`, and what is sure enough to be `said` `(n, v)`. `truth` and `right` `(n, v)`: the values that a
    product has, and those with all that stands above them in a hierarchy. `pictures` `(n, dim)`, NaN where it has none.

    `shown_alone`: answers are from pictures alone, as titles say what is right and can't be asked.
    """

    head: Head
    source: FittedBy
    keys: tuple[Any, ...]
    truth: NDArray[np.bool_]
    own: NDArray[np.float64]
    said: NDArray[np.bool_]
    pictures: NDArray[np.float32]
    shown_alone: bool

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers `(n, v)` would be right."""
        found: NDArray[np.bool_] = (self.truth.astype(np.float64) @ self.head.below.T) > 0
        return found

    @property
    def likeliest(self) -> NDArray[np.int64]:
        """The likeliest value `(n,)` of each product, said or not."""
        places: NDArray[np.int64] = self.own.argmax(axis=1)
        return places

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether each product `(n,)` is seen for what it is, said or not: its value is the likeliest; of an attribute
        with several values, all that it has are likelier than not.
        """
        if self.head.single:
            return self.right[np.arange(len(self.keys)), self.likeliest]
        return np.asarray((~self.truth | (self.own > 0.5)).all(axis=1))


def answers(
    head: Head, keys: Sequence[Any], page: reading.Page, generation: Generation, *, using: str
) -> Answers | None:
    """Those of `head` to the products of `page`; None where fewer than FEWEST_KNOWN are known."""
    concerned = reading.concerned([head.attribute], keys, using=using)
    truth, source = labels.known_values(head, keys, generation, using=using)
    truth &= head.guessed
    alone = source == FittedBy.WORDS
    texts = np.full_like(page.texts, np.nan) if alone else page.texts
    blind = np.isnan(page.pictures).any(axis=1) & np.isnan(texts).any(axis=1)
    known = truth.any(axis=1) & concerned.get(head.attribute.name, np.ones(len(keys), dtype=bool)) & ~blind
    (rows,) = np.nonzero(known)
    if len(rows) < FEWEST_KNOWN:
        return None
    digests = np.array([crc32(str(keys[row]).encode()) for row in rows.tolist()])
    parts, folds = digests % PARTS, digests // PARTS % 2
    own = np.zeros((len(rows), len(head.values)))
    said = np.zeros_like(own, dtype=bool)
    for part in range(PARTS):
        mine, others = parts == part, parts != part
        fitted = _fitted(head, page.pictures, texts, rows[others], truth[rows[others]], folds[others])
        judging = reading.Page(
            tuple(keys[row] for row in rows[mine].tolist()), page.pictures[rows[mine]], texts[rows[mine]]
        )
        found = judged(fitted, judging)
        own[mine] = found.own
        said[mine] = chosen(fitted, found, threshold(fitted)) & head.guessed
    return Answers(
        head,
        source,
        tuple(keys[row] for row in rows.tolist()),
        truth[rows],
        own,
        said,
        page.pictures[rows],
        alone,
    )


def _fitted(
    head: Head,
    pictures: NDArray[np.float32],
    texts: NDArray[np.float32],
    rows: NDArray[np.int64],
    truth: NDArray[np.bool_],
    folds: NDArray[Any],
) -> Head:
    """`head` with the temperatures and the threshold of these rows, and nothing of it written."""
    promised = head.attribute.promised
    found = fit(head, scores(head, pictures[rows]), scores(head, texts[rows]), truth, folds, promised)
    return replace(
        head,
        attribute=Attribute(
            name=head.attribute.name,
            choice=head.attribute.choice,
            promised=promised,
            temperature=found.temperatures.picture,
            text_temperature=found.temperatures.text,
            bias=found.temperatures.bias,
            threshold=found.threshold,
        ),
    )
