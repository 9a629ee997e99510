"""The shop's pictures for a text: for an article or a campaign, for one product's cover, or of those that are given.

A long text is compared passage by passage, and of each only the words that some visible product says, in the language
of the document in which most of them do: what else an article tells is of nothing that is sold, and a small model puts
it anywhere. A picture is worth what the passage says that fits it best.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.utils import translation
from numpy.typing import NDArray
from PIL import Image

from ..conf import settings
from ..documents import ProductDocument, SearchScope, document
from ..documents.reading import PictureContent, read_pictures
from ..errors import InvalidRequest, SpaceMissing
from ..models import PictureVector, Space
from ..replicas.reading import from_replica
from .answer import Relation
from .candidates import Candidates
from .composition import NOT_INDEXED as PRODUCT_NOT_INDEXED
from .composition import found
from .curves import calibration
from .encoding import encode_examples
from .engine import DISABLED
from .filters import Choices
from .matches import NO_MATCHES, KeywordMatches, VectorMatches
from .page import counted, hits, rank
from .passages import LONGEST_QUERY, clean, narrowed, passages, words_of
from .request import SearchRequest, check_whole
from .serving import Serving
from .snapshot import transaction_of_a_search
from .sold import Sold
from .vectors import picture_leg

Vectors = NDArray[np.float32]

MAX_LIMIT = 100
#: Pictures that somebody may have ranked at once.
MOST_PICTURES = 20
#: Different terms of a text that are asked for, and how many of them by one statement.
MOST_TERMS, ASKED_AT_ONCE = 300, 50
NOT_INDEXED = "not-indexed: no picture is indexed yet"


@dataclass(frozen=True)
class MediaPicture:
    """A picture of the shop's: its id, its place among its product's from 0 on, its address, the shop's words for it.

    `value` in 0..1 is how well it fits, by the `passage` that fits it best.
    """

    id: str
    position: int
    url: str
    alt: str
    value: float
    passage: str


@dataclass(frozen=True)
class MediaHit:
    """A product with the picture of it that fits a text best."""

    key: Any
    card: Mapping[str, Any]
    picture: MediaPicture


@dataclass(frozen=True)
class MediaAnswer:
    """Products' pictures for a text, the best first; `total` is how many fit, at least."""

    hits: tuple[MediaHit, ...] = ()
    total: int = 0
    relation: Relation = "gte"
    notices: tuple[str, ...] = ()
    took_ms: float = 0.0


@dataclass(frozen=True)
class Cover:
    """All pictures of a product, the one that fits the text best first; none where none is indexed."""

    pictures: tuple[MediaPicture, ...] = ()
    notices: tuple[str, ...] = ()
    took_ms: float = 0.0


@dataclass(frozen=True)
class RankedPicture:
    """One of the pictures that were given, by its place among them from 0 on."""

    index: int
    value: float
    passage: str


@dataclass(frozen=True)
class _Text:
    """A text's passages with their unit vectors `(n, dim)`."""

    space: Space
    passages: Sequence[str]
    vectors: Vectors = field(repr=False)

    @classmethod
    def read(cls, text: str, serving: Serving, choices: Choices) -> _Text:
        """What the passages of `text` say of what is sold; all that they say where that is nothing.

        Raises `EncoderUnavailable`.
        """
        space = _space(serving)
        said = passages(text)
        kept = _words_sold(text, serving, choices)
        narrow = {passage: narrowed(passage, kept) for passage in said}
        if any(narrow.values()):
            said = tuple({words: passage for passage, words in reversed(narrow.items()) if words}.values())[
                ::-1
            ]
        else:
            narrow = dict(zip(said, said, strict=True))
        return cls(space, said, encode_examples([narrow[passage] for passage in said], (), space)[0])

    def values(self, pictures: Vectors) -> NDArray[np.float64]:
        """How well each passage fits each of `pictures` `(m, dim)`, calibrated: `(n, m)`."""
        curves = [calibration(self.space, "text-picture", vector[np.newaxis]) for vector in self.vectors]
        scores = self.vectors.astype(np.float64) @ pictures.T.astype(np.float64)
        return np.stack([curve.values(row) for curve, row in zip(curves, scores, strict=True)])


def _words_sold(text: str, serving: Serving, choices: Choices) -> set[str]:
    """The words of `text` that a visible product says, in the language of the document that knows most of them."""
    best: set[str] = set()
    if serving.generation is None:
        return best
    for language in choices.document.languages:
        written = words_of(text, language)
        asked = list(dict.fromkeys(term for said in written.values() for term in said))[:MOST_TERMS]
        sold = Sold(choices, serving.generation, language)
        known = {
            term
            for start in range(0, len(asked), ASKED_AT_ONCE)
            for term, held in zip(
                asked[start : start + ASKED_AT_ONCE],
                sold.hold([sold.saying([term]) for term in asked[start : start + ASKED_AT_ONCE]]),
                strict=True,
            )
            if held
        }
        found = {word for word, said in written.items() if known.issuperset(said)}
        best = max(best, found, key=len)
    return best


def _space(serving: Serving) -> Space:
    if serving.space is None:
        raise SpaceMissing("No embedding space serves yet: `manage.py index` fills the first one.")
    return serving.space


@from_replica
def find_media(
    text: str, scope: SearchScope, *, limit: int = 12, filters: Mapping[str, tuple[str, ...]] | None = None
) -> MediaAnswer:
    """Up to `limit` (1 to 100) visible products whose pictures fit `text`, one of each group, the best first.

    Those below RELEVANCE_FLOOR fit nothing, and are left out. Raises `InvalidRequest` for what can't be answered, and
    `EncoderUnavailable`.
    """
    started = time.perf_counter()
    conf, shop = settings(), document()
    text = clean(text, "text")
    check_whole("limit", limit, 1, MAX_LIMIT)
    choices = Choices.of(shop, scope, SearchRequest(filters=filters or {}).filters)
    if not conf.enabled:
        return MediaAnswer(notices=(DISABLED,))
    using, language = choices.visible.db, scope.search_language(shop.languages)
    serving = Serving.now(language, using=using)
    if serving.space is None:
        return MediaAnswer(notices=(NOT_INDEXED,))
    read = _Text.read(text, serving, choices)
    choices = replace(choices, visible=choices.products(), filters={})
    with transaction_of_a_search(using):
        best = NO_MATCHES
        said: dict[Any, tuple[float, str]] = {}
        for passage, vector in zip(read.passages, read.vectors, strict=True):
            leg = picture_leg(
                serving,
                "text-picture",
                vector[np.newaxis],
                size=conf.leg_size,
                ef_search=conf.ef_search,
                using=using,
            )
            near = NO_MATCHES if leg is None else leg.nearest(choices.visible).reaching(conf.relevance_floor)
            for key, match in near.items():
                if match.value > said.get(key, (0.0, ""))[0]:
                    said[key] = match.value, passage
            best = _better(best, near)
        candidates = Candidates(tuple(best), best.value, KeywordMatches.of({}), {"text-picture": best}, "gte")
        left = counted(choices, candidates)
        candidates, ranked = left.candidates, rank(left.candidates, left.rows, 1, limit)
        shown = hits(ranked.keys, choices, scope, candidates)
    contents = _contents(shop, [hit.key for hit in shown])
    words = _words(shop, [hit.key for hit in shown], language)
    answered = tuple(
        MediaHit(
            hit.key,
            hit.card,
            _media_picture(
                contents.get((hit.key, hit.picture or "")), hit.picture or "", words, *said[hit.key]
            ),
        )
        for hit in shown
    )
    return MediaAnswer(answered, ranked.total, "gte", (), (time.perf_counter() - started) * 1000)


@from_replica
def cover(product_key: Any, text: str, scope: SearchScope) -> Cover:
    """The pictures of a product in the order in which they show what `text` says: the first is its cover for it.

    Raises `UnknownProduct` where `scope` can't see it, `InvalidRequest` and `EncoderUnavailable`.
    """
    started = time.perf_counter()
    shop = document()
    text = " ".join(clean(text, "q", LONGEST_QUERY).split())
    choices = Choices.of(shop, scope, {})
    product = found(choices, product_key)
    if not settings().enabled:
        return Cover(notices=(DISABLED,))
    using, language = choices.visible.db, scope.search_language(shop.languages)
    serving = Serving.now(language, using=using)
    rows = [] if serving.space is None else _rows(product.key, serving.space, using=using)
    if serving.space is None or not rows:
        return Cover(notices=(PRODUCT_NOT_INDEXED,))
    vectors, _ = encode_examples([text], (), serving.space)
    read = _Text(serving.space, [text], vectors)
    values = read.values(np.array([vector for _, vector in rows], dtype=np.float32))
    contents, words = _contents(shop, [product.key]), _words(shop, [product.key], language)
    order = np.argsort(-values.max(axis=0), kind="stable").tolist()
    pictures = tuple(
        _media_picture(
            contents.get((product.key, rows[at][0])),
            rows[at][0],
            words,
            float(values[:, at].max()),
            read.passages[int(values[:, at].argmax())],
        )
        for at in order
    )
    return Cover(pictures, (), (time.perf_counter() - started) * 1000)


@from_replica
def rank_pictures(
    pictures: Sequence[Image.Image], text: str, scope: SearchScope
) -> tuple[RankedPicture, ...]:
    """The given pictures, MOST_PICTURES at most, the one that fits `text` best first.

    Raises `InvalidRequest`, `EncoderUnavailable`, and `SpaceMissing` before anything is indexed.
    """
    text = clean(text, "text")
    if not 0 < len(pictures) <= MOST_PICTURES:
        detail = f"{len(pictures)} pictures; expected 1 to {MOST_PICTURES}."
        raise InvalidRequest("too_many_pictures" if pictures else "missing_parameter", "picture", detail)
    shop = document()
    choices = Choices.of(shop, scope, {})
    serving = Serving.now(scope.search_language(shop.languages), using=choices.visible.db)
    _, seen = encode_examples((), list(pictures), _space(serving))
    read = _Text.read(text, serving, choices)
    values = read.values(seen)
    order = np.argsort(-values.max(axis=0), kind="stable").tolist()
    return tuple(
        RankedPicture(at, float(values[:, at].max()), read.passages[int(values[:, at].argmax())])
        for at in order
    )


def _better(best: VectorMatches, near: VectorMatches) -> VectorMatches:
    return near if not len(best) else best | near


def _rows(key: Any, space: Space, *, using: str) -> list[tuple[str, Any]]:
    rows = PictureVector.objects.using(using).filter(space_id=space.pk, product=key)
    return list(rows.order_by("position", "picture").values_list("picture", "vector"))


def _contents(shop: ProductDocument, keys: Iterable[Any]) -> dict[tuple[Any, str], PictureContent]:
    """The pictures as the shop has them now."""
    return {
        (key, each.picture): each for key, those in read_pictures(shop, list(keys)).items() for each in those
    }


def _words(shop: ProductDocument, keys: Sequence[Any], language: str) -> Mapping[str, str]:
    with translation.override(language):
        return shop.alt_texts(keys, language)


def _media_picture(
    content: PictureContent | None, picture: str, words: Mapping[str, str], value: float, passage: str
) -> MediaPicture:
    try:
        url = "" if content is None else content.storage.url(content.name)
    except (ValueError, NotImplementedError):  # a storage without addresses
        url = ""
    position = 0 if content is None else content.position
    return MediaPicture(picture, position, url, words.get(picture, ""), value, passage)
