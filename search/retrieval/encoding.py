"""From the query to its vectors, in the space that serves; a word seen before is not encoded again.

An encoder that is missing or late costs its legs, never the answer: words still match words.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import encoders
from ..conf import settings
from ..errors import ProductSearchError
from ..models import Space
from .understanding import Query

logger = logging.getLogger(__name__)

CACHED_QUERIES = 2048
#: An encoder that could not be loaded is not tried again at every search.
RETRY_SECONDS = 30.0

Vectors = NDArray[np.float32]


class EncoderUnavailable(ProductSearchError):
    """A search by picture can't be answered without the encoder that made the serving space."""


@dataclass(frozen=True)
class Encoded:
    """The query's vectors, `(1, dim)` each; None for what was not asked, or not possible, as `notice` then says."""

    words: Vectors | None = None
    picture: Vectors | None = None
    notice: str = ""


class _Recent:
    """The latest vectors by space and text, for all threads of this process."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.kept: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> Vectors | None:
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def put(self, key: tuple[str, str], vectors: Vectors) -> None:
        with self.lock:
            self.kept[key] = vectors
            while len(self.kept) > self.size:
                self.kept.popitem(last=False)


_recent = _Recent(CACHED_QUERIES)
#: Encoder setting to the moment (monotonic seconds) before which it is not tried again, and why.
_failed: dict[str, tuple[float, str]] = {}


def encode(query: Query, space: Space | None) -> Encoded:
    """The query in the serving `space`. Raises `EncoderUnavailable` where a picture was all there was to search by."""
    if space is None:
        return _without(query, "no embedding space serves yet")
    words = _recent.get((space.digest, query.text)) if query.text else None
    if query.picture is None and (words is not None or not query.text):
        return Encoded(words)
    try:
        encoder = _encoder(space)
    except _Unavailable as reason:
        return _without(query, str(reason))
    try:
        if words is None and query.text:
            words = encoder.encode_texts([query.text])
            _recent.put((space.digest, query.text), words)
        picture = encoder.encode_images([query.picture]) if query.picture is not None else None
    except Exception as error:
        # Whatever a model's runtime throws: the shopper still gets the keyword leg, and the log the whole story.
        logger.exception("The encoder %s failed on a query.", space.name)
        return _without(query, f"the encoder failed ({type(error).__name__})")
    return Encoded(words, picture)


def warm_up() -> None:
    """Load the encoder and run it once, so that the first shopper does not wait for it. Raises what loading raises."""
    encoders.get_encoder().encode_texts(["warm up"])


class _Unavailable(Exception):
    """Why the serving space's encoder can't be used in this process."""


def _encoder(space: Space) -> encoders.Encoder:
    name = settings().encoder
    until, reason = _failed.get(name, (0.0, ""))
    if time.monotonic() < until:
        raise _Unavailable(reason)
    try:
        encoder = encoders.get_encoder()
    except (ProductSearchError, ImportError, OSError, RuntimeError) as error:
        logger.exception("The encoder %s can't be loaded; searches go on by keywords alone.", name)
        reason = "the encoder is not ready"
        _failed[name] = (time.monotonic() + RETRY_SECONDS, reason)
        raise _Unavailable(reason) from error
    if encoder.info.digest != space.digest:
        raise _Unavailable("the model loaded here is not the one that made the serving vectors")
    return encoder


def _without(query: Query, reason: str) -> Encoded:
    if not query.text:
        raise EncoderUnavailable(
            f"A search by picture needs the encoder: {reason}. `manage.py encoder info` shows what is wrong with it,"
            " `manage.py index` fills the first space."
        )
    return Encoded(notice=f"keywords-only: {reason}")
