"""A policy's sentences as vectors, and how much nearer something lies to what is meant than to anything else.

What else there is says the shop itself: the names of its categories, beside the policy's counter-examples. So a
sentence is enough to begin with, and a shop of lamps is told "candle" from "lamp" without an example of either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..documents import document
from ..encoders import EncoderUnavailable
from ..indexing.content import text_digest
from ..indexing.embedding import known_vectors, vectors_of
from ..models import FacetName, Generation, Policy, Space, TextVector
from ..retrieval.curves import UNFITTED
from ..tagging.prompts import BACKGROUND, NONE, TEMPLATES, distinct, ensemble
from ..tagging.reading import category_facet
from ..text import terms

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
#: Names of categories that a policy is held against; the most that a vocabulary of departments has.
MOST_NAMES = 400


@dataclass(frozen=True, eq=False)
class Gauge:
    """One policy in one space: unit vectors of what is meant `(c, dim)` and of all else `(o, dim)`; no `meant` where it
    has no sentences. A difference of cosines is one logit at `picture`, and between texts at `text`.
    """

    policy: Policy
    sentences: tuple[str, ...]
    meant: Vectors
    others: Vectors
    picture: float
    text: float

    def of_pictures(self, vectors: Vectors) -> tuple[Floats, NDArray[np.int64]]:
        """Logits `(n,)` of pictures' unit vectors `(n, dim)`, and the sentence that each lies nearest to."""
        return self._logits(vectors, self.picture)

    def of_texts(self, vectors: Vectors) -> tuple[Floats, NDArray[np.int64]]:
        """The same of texts' vectors."""
        return self._logits(vectors, self.text)

    def _logits(self, vectors: Vectors, scale: float) -> tuple[Floats, NDArray[np.int64]]:
        meant = vectors.astype(np.float64) @ self.meant.T.astype(np.float64)
        others = vectors.astype(np.float64) @ self.others.T.astype(np.float64)
        nearest = meant.argmax(axis=1)
        away = others.max(axis=1, initial=-1.0)
        return (meant.max(axis=1) - away) / scale, nearest


def policies_in_use(using: str) -> list[Policy]:
    """The policies that products are judged by, in order."""
    return list(Policy.objects.using(using).filter(enabled=True))


def policies_digest(policies: Iterable[Policy], space: Space | None, names: Sequence[str]) -> str:
    """Hex SHA-256 of all that decides rulings but the products: with another one all are judged anew."""
    said = [
        [
            (field.name, getattr(policy, field.name))
            for field in Policy._meta.fields
            if field.name not in ("id", "label", "position", "block_uploads")
        ]
        for policy in sorted(policies, key=lambda policy: policy.name)
    ]
    return hashlib.sha256(
        json.dumps([None if space is None else space.digest, list(names), said]).encode()
    ).hexdigest()


def category_names(generation: Generation, *, using: str) -> list[str]:
    """What the shop's categories are called, the lowest of each branch, in the document's first language."""
    found = category_facet()
    if found is None:
        return []
    rows = FacetName.objects.using(using).filter(
        generation=generation, facet=found[0], language=document().languages[0]
    )
    labels: dict[str, str] = dict(rows.order_by("value").values_list("value", "label"))
    branches = {value.rpartition("/")[0] for value in labels}
    lowest = [label for value, label in labels.items() if value not in branches]
    return list(dict.fromkeys(lowest))[:MOST_NAMES]


def gauges_of(
    policies: Sequence[Policy], names: Sequence[str], space: Space, generation: Generation, *, using: str
) -> list[Gauge]:
    """The gauges of `policies` in `space`, held against the categories `names`, from stored vectors of sentences: no
    model is asked. A category whose sentences are not stored yet is left out.

    Raises `EncoderUnavailable` where what a policy means is not stored: `store_sentences` is for that.
    """
    language = document().languages[0]
    wanted = {policy.name: _sentences(policy, names, language) for policy in policies if policy.concepts}
    every = distinct([said for meant, others in wanted.values() for said in ([*meant], *others)])
    rows = stored_vectors(every, space, using=using)
    nothing = np.zeros((0, space.dim), dtype=np.float32)
    gauges = []
    for policy in policies:
        meant, others = wanted.get(policy.name, ((), ()))
        if lacking := [said for said in (*meant, *policy.counter_examples) if meant and said not in rows]:
            raise EncoderUnavailable(
                f'Policy "{policy.name}" says "{lacking[0]}", which no model here has embedded yet.'
            )
        known = [[rows[said] for said in each if said in rows] for each in others]
        against = [ensemble(np.stack(each)) for each in known if each]
        gauges.append(
            Gauge(
                policy,
                meant,
                np.stack([rows[said] for said in meant]) if meant else nothing,
                np.stack(against) if against else nothing,
                _scale(space, "text-picture"),
                _scale(space, "text-text"),
            )
        )
    return gauges


def store_sentences(
    policies: Sequence[Policy], names: Sequence[str], space: Space, generation: Generation, *, using: str
) -> None:
    """Embed what `gauges_of` will ask for and is not stored, and keep it. Raises `EncoderUnavailable`."""
    language = document().languages[0]
    each = [_sentences(policy, names, language) for policy in policies if policy.concepts]
    if every := distinct([said for meant, others in each for said in ([*meant], *others)]):
        vectors_of(every, space, generation, using=using)


def stored_vectors(sentences: Sequence[str], space: Space, *, using: str) -> dict[str, Vectors]:
    """The unit vectors `(dim,)` of those sentences that are stored."""
    digests = {text_digest(sentence): sentence for sentence in sentences}
    known = known_vectors(TextVector._meta.db_table, space, list(digests), using=using)
    return {
        # Two numbers of two bytes come before the vector's own.
        digests[digest]: np.frombuffer(packed, dtype=">f2", offset=4).astype(np.float32)
        for digest, packed in known.items()
    }


def _sentences(
    policy: Policy, names: Sequence[str], language: str
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """What is meant, and what else: each counter-example by itself, each category in several sentences.

    A category that says no other words than what is meant is the very same thing, and no alternative to it.
    """
    meant = tuple(dict.fromkeys(policy.concepts))
    said = [set(terms(sentence, language)) for sentence in meant]
    others: list[tuple[str, ...]] = [(sentence,) for sentence in dict.fromkeys(policy.counter_examples)]
    for name in names:
        own = set(terms(name, language))
        if own and not any(own <= each for each in said):
            others.append(tuple(template.replace("{}", name) for template in TEMPLATES))
    if len(others) < 2:
        others += [(sentence,) for sentence in (*NONE, *BACKGROUND) if sentence not in meant]
    return meant, tuple(others)


def _scale(space: Space, pair: str) -> float:
    fitted = space.calibration.get(pair)
    return float(fitted["scale"]) if fitted else UNFITTED[pair].scale  # type: ignore[index]
