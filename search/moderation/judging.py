"""A page of products under every policy: what is stored of them is read once, and each side is judged by itself.

Either side is enough: a candle is a candle whatever its title says. Where both point to it they add up.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..calibration import Span
from ..documents import document
from ..indexing.claim import from_db, key_type
from ..models import Because, Generation, JudgedBy, Picture, PictureVector, Policy, Space, Text, TextVector
from .gauges import Gauge
from .texts import contact_in, sought, word_in

Vectors = NDArray[np.float32]
#: Share of the span's level that is one logit of how unlike anything sold a picture is.
UNLIKE = 0.2


@dataclass(frozen=True)
class Finding:
    """How likely a product falls under a policy, and by what; no `probability` where it can't be judged."""

    product: Any
    policy: str
    probability: float | None
    because: Because
    detail: str = ""
    picture: str = ""


@dataclass(frozen=True)
class SeenPicture:
    """One picture as it is known: its vector `(dim,)` and how likely it is written upon, None where unknown."""

    picture: str
    digest: str
    vector: Vectors | None
    lettering: float | None
    broken: bool = False


@dataclass(frozen=True)
class ReadText:
    """One language's texts and their vector `(dim,)`."""

    language: str
    fields: Mapping[str, str]
    vector: Vectors | None


@dataclass(frozen=True)
class Product:
    """All that one product is judged by."""

    key: Any
    pictures: tuple[SeenPicture, ...] = ()
    texts: tuple[ReadText, ...] = ()

    @property
    def content(self) -> str:
        """Hex SHA-256 of its texts and pictures: with another one what was decided stands no more."""
        said = hashlib.sha256()
        for text in sorted(self.texts, key=lambda text: text.language):
            said.update(repr((text.language, sorted(text.fields.items()))).encode())
        for digest in sorted({picture.digest for picture in self.pictures}):
            said.update(digest.encode())
        return said.hexdigest()


def read_products(
    keys: Sequence[Any], space: Space | None, generation: Generation, *, using: str
) -> list[Product]:
    """What is stored of `keys`, in four statements."""
    texts: defaultdict[Any, list[ReadText]] = defaultdict(list)
    pictures: defaultdict[Any, list[SeenPicture]] = defaultdict(list)
    where, scope = "generation_id = %s", [generation.pk]
    of_texts = _vectors(TextVector._meta.db_table, "language", keys, space, where, scope, using=using)
    of_pictures = _vectors(PictureVector._meta.db_table, "picture", keys, space, "true", [], using=using)
    rows = Text.objects.using(using).filter(generation=generation, product__in=list(keys))
    for key, language, fields in rows.values_list("product", "language", "fields"):
        texts[key].append(ReadText(language, fields, of_texts.get((key, language))))
    known = Picture.objects.using(using).filter(product__in=list(keys)).order_by("position", "id")
    for key, picture, digest, reason, lettering in known.values_list(
        "product", "picture", "digest", "reason", "lettering"
    ):
        vector = of_pictures.get((key, picture))
        pictures[key].append(SeenPicture(picture, digest or reason, vector, lettering, broken=bool(reason)))
    return [Product(key, tuple(pictures[key]), tuple(texts[key])) for key in keys]


def _vectors(
    table: str,
    place: str,
    keys: Sequence[Any],
    space: Space | None,
    where: str,
    scope: list[Any],
    *,
    using: str,
) -> dict[tuple[Any, str], Vectors]:
    if space is None:
        return {}
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product, {place}, halfvec_send(vector) FROM {table}"  # noqa: S608 - names of ours
            f" WHERE space_id = %s AND {where} AND product = ANY(%s::{key_type(using)}[])",
            [space.pk, *scope, list(keys)],
        )
        return {
            # Two numbers of two bytes come before the vector's own.
            (from_db(key), each): np.frombuffer(packed, dtype=">f2", offset=4).astype(np.float32)
            for key, each, packed in cursor.fetchall()
        }


def judge(products: Sequence[Product], gauges: Sequence[Gauge], own: Span | None) -> list[Finding]:
    """What is likeliest of each product under each policy; a finding for every one of both."""
    return [finding for gauge in gauges for finding in _judge(products, gauge, own)]


def unjudged(products: Sequence[Product], policies: Sequence[Policy]) -> list[Finding]:
    """That none of `products` can be judged."""
    return [
        Finding(each.key, policy.name, None, Because.UNJUDGED) for policy in policies for each in products
    ]


def _judge(products: Sequence[Product], gauge: Gauge, own: Span | None) -> list[Finding]:
    policy = gauge.policy
    seen = _of_pictures(products, gauge, own) if policy.looks_at_pictures else {}
    read = _of_texts(products, gauge) if policy.judged_by != JudgedBy.PICTURES else {}
    found = []
    for product in products:
        sides = [side for side in (seen.get(product.key), read.get(product.key)) if side is not None]
        best = max(sides, key=lambda side: side.logit, default=None)
        if best is not None and len(sides) == 2 and sides[0].adds and sides[1].adds:
            together = sides[0].logit + sides[1].logit
            if min(sides[0].logit, sides[1].logit) > 0:
                best = _Side(together, Because.TOGETHER, best.detail, sides[0].picture)
        if best is None or (best.logit < logit(policy.threshold) and _unknown(product, policy)):
            # What is known of it is clean, and not everything is known.
            because, probability = (
                (Because.UNJUDGED, None) if _unknown(product, policy) else (Because.TEXT, 0.0)
            )
            found.append(Finding(product.key, policy.name, probability, because))
            continue
        found.append(
            Finding(
                product.key,
                policy.name,
                probability_of(best.logit),
                best.because,
                best.detail[:300],
                best.picture,
            )
        )
    return found


@dataclass(frozen=True)
class _Side:
    """What one side of a product says: it `adds` to what the other one says where both are likenesses to sentences."""

    logit: float
    because: Because
    detail: str = ""
    picture: str = ""
    adds: bool = False


def _of_pictures(products: Sequence[Product], gauge: Gauge, own: Span | None) -> dict[Any, _Side]:
    """The worst of each product's pictures."""
    policy = gauge.policy
    rows = [(product.key, picture) for product in products for picture in product.pictures]
    found: list[tuple[Any, _Side]] = []
    vectors = [(key, picture) for key, picture in rows if picture.vector is not None]
    if vectors:
        stacked = np.stack([picture.vector for _, picture in vectors if picture.vector is not None])
        if policy.concepts:
            logits, nearest = gauge.of_pictures(stacked)
            for (key, picture), value, at in zip(vectors, logits.tolist(), nearest.tolist(), strict=True):
                sentence = gauge.sentences[at]
                found.append((key, _Side(value, Because.PICTURE, sentence, picture.picture, adds=True)))
        if policy.unfamiliar and own is not None:
            unlike = (own.outside(stacked) / own.level - 1) / UNLIKE
            for (key, picture), value in zip(vectors, unlike.tolist(), strict=True):
                found.append((key, _Side(value, Because.UNFAMILIAR, "", picture.picture)))
    if policy.lettering:
        for key, picture in rows:
            if picture.lettering is not None:
                side = _Side(logit(picture.lettering), Because.LETTERING, "", picture.picture)
                found.append((key, side))
    return _worst(found)


def _of_texts(products: Sequence[Product], gauge: Gauge) -> dict[Any, _Side]:
    """The worst of what each product's texts mean and say."""
    policy = gauge.policy
    found: list[tuple[Any, _Side]] = []
    rows = [(product.key, text) for product in products for text in product.texts]
    if policy.concepts:
        vectors = [(key, text) for key, text in rows if text.vector is not None]
        if vectors:
            logits, nearest = gauge.of_texts(
                np.stack([text.vector for _, text in vectors if text.vector is not None])
            )
            for (key, _), value, at in zip(vectors, logits.tolist(), nearest.tolist(), strict=True):
                found.append((key, _Side(value, Because.TEXT, gauge.sentences[at], adds=True)))
    words = {
        language: sought(tuple(policy.words), language) for language in {text.language for _, text in rows}
    }
    naming = document().naming() if policy.words_in_names else None
    for key, text in rows:
        read = text.fields if naming is None else {name: text.fields.get(name, "") for name in naming}
        if policy.words and (word := word_in(read, words[text.language])):
            found.append((key, _Side(CERTAIN, Because.WORDS, word)))
        if policy.contacts:
            for written in text.fields.values():
                if contact := contact_in(written):
                    found.append((key, _Side(CERTAIN, Because.CONTACTS, contact)))
    return _worst(found)


#: Logit of what was read and not guessed.
CERTAIN = 12.0


def _worst(found: Sequence[tuple[Any, _Side]]) -> dict[Any, _Side]:
    worst: dict[Any, _Side] = {}
    for key, side in found:
        if key not in worst or side.logit > worst[key].logit:
            worst[key] = side
    return worst


def _unknown(product: Product, policy: Policy) -> bool:
    """Whether something that the policy looks at is not known of the product."""
    vectors = bool(policy.concepts or policy.unfamiliar)
    if policy.looks_at_pictures and any(
        picture.broken
        or (vectors and picture.vector is None)
        or (policy.lettering and picture.lettering is None)
        for picture in product.pictures
    ):
        return True
    reads = policy.judged_by != JudgedBy.PICTURES and bool(policy.concepts)
    return reads and any(text.vector is None and any(text.fields.values()) for text in product.texts)


def logit(probability: float) -> float:
    """The log-odds of a probability, finite also at 0 and 1."""
    held = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(held / (1 - held)))


def probability_of(value: float) -> float:
    """The probability of log-odds."""
    return float(1.0 / (1.0 + np.exp(-min(max(value, -60.0), 60.0))))
