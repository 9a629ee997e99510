"""From the query to its vectors, in the space that serves; words seen before are not encoded again.

An encoder that is missing or late costs its legs, never the answer: words still match words.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from django.db import DatabaseError, connections
from numpy.typing import NDArray
from PIL import Image

from .. import encoders
from ..conf import settings
from ..encoders import EncoderUnavailable
from ..errors import ProductSearchError
from ..indexing import spaces
from ..indexing.work import database
from ..models import Space, State
from ..recent import Recent
from . import familiar, query_cache
from .one_thread import OneThread
from .understanding import Query

logger = logging.getLogger(__name__)

CACHED_QUERIES = 2048
#: Words of one query that are encoded by themselves, at most; further ones are taken for not shown.
MOST_ALONE = 4
#: How often a process looks for models that it will need soon.
LOOK_AHEAD_SECONDS = 5.0
#: An encoder that could not be loaded is not tried again at every search.
RETRY_SECONDS = 30.0

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Encoded:
    """The query's vectors, `(1, dim)` each; None for what was not asked, or not possible, as `notice` then says.

    `foreign` are those of words that no visible product says, each by itself.
    """

    words: Vectors | None = None
    picture: Vectors | None = None
    notice: str = ""
    foreign: Mapping[str, Vectors] = field(default_factory=dict)
    #: What the answer should not be near to: "text" or "picture", its vector and how much it counts in 0..1.
    unlike: tuple[tuple[str, Vectors, float], ...] = ()
    #: Where else scans of an index look for texts and pictures that are unlike it.
    words_aside: Vectors | None = None
    picture_aside: Vectors | None = None
    #: Whether the picture looks like nothing that is sold.
    unfamiliar: bool = False


#: The latest vectors by space and text.
_recent: Recent[tuple[str, str], Vectors] = Recent(CACHED_QUERIES)
#: Encoder setting to the moment (monotonic seconds) before which it is not tried again, and why.
_failed: dict[str, tuple[float, str]] = {}
#: Loads models of other spaces.
_loads = OneThread("product_search.encoder")
#: When this process last looked ahead, by time.monotonic().
_looked_at = -LOOK_AHEAD_SECONDS


def encode(query: Query, space: Space | None) -> Encoded:
    """The query in the serving `space`. Raises `EncoderUnavailable` where a picture was all there was to search by."""
    if space is None:
        return _without(query, "no embedding space serves yet")
    known, unknown = _recently([query.sentence, *query.alone[:MOST_ALONE]] if query.text else [], space)
    if query.picture is None and not unknown:
        return _encoded(query, known)
    try:
        encoder = _encoder(space)
    except _Unavailable as reason:
        return _without(query, str(reason))
    # Beside words or other examples a picture need not be what is looked for: "the colour of this forest".
    alone = query.picture is not None and not query.text and not query.examples
    own = familiar.span(space) if alone else None
    try:
        known |= _newly(unknown, encoder, space)
        if query.picture is None:
            return _encoded(query, known)
        closer = () if own is None else familiar.closer_looks(query.picture)
        seen = encoder.encode_images([query.picture, *closer])
    except EncoderUnavailable as reason:  # of the encoder process, which may be back for the next query
        logger.warning("No vector for a query: %s", reason)
        return _without(query, "the encoder does not answer")
    except Exception as error:
        # Whatever a model's runtime throws: the shopper still gets the keyword leg, and the log the whole story.
        logger.exception("The encoder %s failed on a query.", space.name)
        return _without(query, f"the encoder failed ({type(error).__name__})")
    encoded = _encoded(query, known, seen[:1])
    if own is not None and familiar.unfamiliar(seen[1:], own):
        return replace(encoded, unfamiliar=True, notice=familiar.NOTICE)
    return encoded


def _recently(texts: Sequence[str], space: Space) -> tuple[dict[str, Vectors], list[str]]:
    """The vectors `(1, dim)` of those texts that were encoded before, here or elsewhere, and the others, each once."""
    known = {text: found for text in texts if (found := _recent.get((space.digest, text))) is not None}
    unknown = [text for text in dict.fromkeys(texts) if text not in known]
    for text, vector in query_cache.read(unknown, space).items():
        _recent.put((space.digest, text), vector)
        known[text] = vector
    return known, [text for text in unknown if text not in known]


def _newly(texts: Sequence[str], encoder: encoders.Encoder, space: Space) -> dict[str, Vectors]:
    """The vectors `(1, dim)` of `texts`, encoded in one batch and kept."""
    if not texts:
        return {}
    found = {
        text: vector[np.newaxis] for text, vector in zip(texts, encoder.encode_texts(texts), strict=True)
    }
    for text, vector in found.items():
        _recent.put((space.digest, text), vector)
    query_cache.keep(found, space)
    return found


def _encoded(query: Query, vectors: Mapping[str, Vectors], picture: Vectors | None = None) -> Encoded:
    alone = {text: vectors[text] for text in query.alone if text in vectors}
    return Encoded(vectors[query.sentence] if query.text else None, picture, foreign=alone)


def encode_examples(
    words: Sequence[str], pictures: Sequence[Image.Image | None], space: Space | None
) -> tuple[Vectors, Vectors]:
    """Further words `(n, dim)` and pictures `(m, dim)` of a query, in the serving `space`.

    Raises `EncoderUnavailable`.
    """
    if space is None:
        raise EncoderUnavailable("no embedding space serves yet")
    known, unknown = _recently(words, space)
    nothing = np.empty((0, space.dim), dtype=np.float32)
    shown = nothing
    if unknown or pictures:
        try:
            encoder = _encoder(space)
        except _Unavailable as reason:
            raise EncoderUnavailable(str(reason)) from None
        try:
            known |= _newly(unknown, encoder, space)
            if pictures:
                shown = encoder.encode_images([picture for picture in pictures if picture is not None])
        except EncoderUnavailable as error:
            logger.warning("No vector for a query: %s", error)
            raise
        except Exception as error:
            # As in `encode`: whatever a model's runtime throws.
            logger.exception("The encoder %s failed on a query's examples.", space.name)
            raise EncoderUnavailable(f"the encoder failed ({type(error).__name__})") from error
    return np.concatenate([known[text] for text in words]) if words else nothing, shown


class _Unavailable(Exception):
    """Why the serving space's encoder can't be used in this process."""


def _encoder(space: Space) -> encoders.Encoder:
    """This process's encoder of the serving `space`: ENCODER, or the space's own while the two differ.

    Around a switch of models some processes have the old ENCODER and some the new. Whichever it is, the other is loaded
    beside it by a thread, and until it is there a search is answered by words.
    """
    _look_ahead(space)
    name = settings().encoder
    until, reason = _failed.get(name, (0.0, ""))
    if time.monotonic() >= until:
        try:
            encoder = encoders.get_encoder()
        except EncoderUnavailable as error:
            logger.warning("No vector for a query: %s", error)
            raise _Unavailable("the encoder does not answer") from error
        except (ProductSearchError, ImportError, OSError, RuntimeError) as error:
            logger.exception("The encoder %s can't be loaded; searches go on by keywords alone.", name)
            reason = "the encoder is not ready"
            _failed[name] = (time.monotonic() + RETRY_SECONDS, reason)
            if space.name == name:
                raise _Unavailable(reason) from error
        else:
            if encoder.info.digest == space.digest:
                return encoder
            reason = "the model loaded here is not the one that made the serving vectors"
    if space.name == name:
        raise _Unavailable(reason)
    if not encoders.is_loaded(space.name):
        _load(space)
        raise _Unavailable(reason)
    encoder = encoders.get_encoder(space.name)
    if encoder.info.digest != space.digest:
        raise _Unavailable(reason)
    return encoder


def _look_ahead(serving: Space) -> None:
    """Now and then, have the models of all live spaces loaded: those that are filled serve soon."""
    global _looked_at
    if time.monotonic() - _looked_at < LOOK_AHEAD_SECONDS:
        return
    _looked_at = time.monotonic()
    using = serving._state.db
    for space in Space.objects.using(using).exclude(pk=serving.pk).exclude(state=State.RETIRED):
        if not encoders.is_loaded(space.name):
            _load(space)


def _load(space: Space) -> None:
    """Begin to load the model of `space`, unless another is being loaded or this one failed just now."""
    if time.monotonic() >= _failed.get(space.name, (0.0, ""))[0]:
        _loads.begin(_loaded, space)


def _loaded(space: Space) -> None:
    using = database()  # the space may have been read from a replica
    try:
        encoders.get_encoder(space.name).encode_texts(["warm up"])
    except Exception as error:
        # Whatever loading throws: searches go on, and it is tried again.
        logger.warning("The model %s of space %s can't be loaded here: %s", space.name, space.pk, error)
        _failed[space.name] = (time.monotonic() + RETRY_SECONDS, "the encoder is not ready")
        return
    try:
        spaces.note_ready(space, using=using)
    except DatabaseError as error:  # a web role that may only read
        logger.info("That the model of space %s is loaded could not be noted: %s", space.pk, error)
    finally:
        connections[using].close()


def _without(query: Query, reason: str) -> Encoded:
    if not query.text:
        raise EncoderUnavailable(
            f"A search by picture needs the encoder: {reason}. `manage.py encoder info` shows what is wrong with it,"
            " `manage.py index` fills the first space."
        )
    return Encoded(notice=f"keywords-only: {reason}")
