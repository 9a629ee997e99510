"""One page of products: words for each of their pictures in each language, the best of what may be said by a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..documents import document
from ..documents.reading import is_of_video
from ..indexing.claim import from_db, key_type
from ..indexing.embedding import vectors_of
from ..models import DECIDED, LONGEST, AltText, AltTextState, Attribute, Generation, PictureVector, Space
from .captions import captions_of
from .known import known_of
from .wording import Candidate, candidates, numbered, told_apart
from .writing import Offer, write_offers


@dataclass(frozen=True)
class Shown:
    """A picture of a product as it is stored: its id, its place from 0 on, its file's digest and its vector."""

    picture: str
    position: int
    digest: str
    vector: NDArray[np.float32]


def describe_page(
    keys: Sequence[Any],
    attributes: Sequence[Attribute],
    space: Space,
    generation: Generation,
    *,
    using: str,
) -> int:
    """Offer words for the pictures of `keys`, within the caller's transaction; returns for how many pictures.

    A picture that the shop has words for, or somebody decided of, is left as it is. Raises `EncoderUnavailable` where
    a new phrase can't be embedded.
    """
    pictures = pictures_of(keys, space, using=using)
    known = known_of(keys, attributes, generation, using=using)
    settled = _settled(keys, using=using)
    found: list[Offer] = []
    for language in document().languages:
        own = own_words(keys, language)
        choices = {
            key: _candidates(
                known.titles.get((key, language), ""), known.facts(key, language), language, those
            )
            for key, those in pictures.items()
        }
        nearness = _Nearness.of(choices.values(), space, generation, using=using)
        for key, those in pictures.items():
            left = [
                each
                for each in those
                if not own.get(each.picture) and (key, each.picture, language) not in settled
            ]
            taken = [
                words
                for each in those
                if (words := own.get(each.picture) or settled.get((key, each.picture, language)))
            ]
            texts = told_apart(
                [nearness.best(choices[key], each) for each in left],
                [each.position for each in left],
                len(those),
                language,
                taken,
            )
            found += [
                Offer(key, each.picture, language, each.position, text, each.digest)
                for each, text in zip(left, texts, strict=True)
            ]
    offers = captions_of(found, using=using)
    write_offers(keys, offers, using=using)
    return len({(offer.product, offer.picture) for offer in offers})


def own_words(keys: Sequence[Any], language: str) -> dict[str, str]:
    """What the shop itself says of pictures, by their ids; what is empty is not said."""
    said = document().alt_texts(keys, language)
    return {str(picture): words for picture, words in said.items() if words.strip()}


def pictures_of(keys: Sequence[Any], space: Space, *, using: str) -> dict[Any, list[Shown]]:
    """The readable pictures of each product that has any, in the shop's order."""
    found: dict[Any, list[Shown]] = defaultdict(list)
    shop = document()
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product, picture, digest, halfvec_send(vector) FROM {PictureVector._meta.db_table}"  # noqa: S608
            f" WHERE space_id = %s AND product = ANY(%s::{key_type(using)}[]) ORDER BY product, position, picture",
            [space.pk, list(keys)],
        )
        for key, picture, digest, packed in cursor.fetchall():
            if is_of_video(shop, picture):
                continue  # the shop shows no picture that could have a text
            # Two numbers of two bytes come before the vector's own.
            vector = np.frombuffer(packed, dtype=">f2", offset=4).astype(np.float32)
            shown = found[from_db(key)]
            shown.append(Shown(picture, len(shown), digest, vector))
    return dict(found)


def _candidates(title: str, facts: Any, language: str, pictures: Sequence[Shown]) -> list[Candidate]:
    several = len(pictures) > 1
    room = LONGEST - len(numbered(len(pictures), len(pictures), language)) * several
    return candidates(title, facts, language, room=room)


def _settled(keys: Sequence[Any], *, using: str) -> dict[tuple[Any, str, str], str]:
    """What somebody decided, by product, picture and language: the words, or none where they were rejected."""
    rows = AltText.objects.using(using).filter(product__in=list(keys)).exclude(state=AltTextState.SUGGESTED)
    columns = rows.values_list("product", "picture", "language", "text", "state")
    return {
        (product, picture, language): text if state in DECIDED else ""
        for product, picture, language, text, state in columns
    }


@dataclass(frozen=True)
class _Nearness:
    """Vectors of phrases, where there is something to choose between."""

    vectors: Mapping[str, NDArray[np.float32]]

    @classmethod
    def of(
        cls, choices: Iterable[Sequence[Candidate]], space: Space, generation: Generation, *, using: str
    ) -> _Nearness:
        phrases = dict.fromkeys(
            each.phrase for several in choices if len(several) > 1 for each in several if each.phrase
        )
        if not phrases:
            return cls({})
        rows = vectors_of(list(phrases), space, generation, using=using)
        return cls(dict(zip(phrases, rows, strict=True)))

    def best(self, choices: Sequence[Candidate], shown: Shown) -> str:
        """The words whose phrase is nearest to the picture, of equals those that say most."""
        if len(choices) == 1:
            return choices[0].text
        near = [
            float(self.vectors[each.phrase] @ shown.vector) if each.phrase else -np.inf for each in choices
        ]
        return choices[int(np.argmax(near))].text
