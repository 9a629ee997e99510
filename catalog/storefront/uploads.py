"""Pictures that shoppers search with, kept for an hour under a name nobody can guess.

So every page of the results, every filter and the way back are plain links, without JavaScript and without a session.
"""

from __future__ import annotations

import io
import re
import secrets

from django.core.cache import caches
from PIL import Image

from product_search import images

KEPT_S = 3600
#: Longer side in pixels of what is kept: more than any model looks at, little enough for a cache.
KEPT_SIDE = 512
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def keep(data: bytes) -> str:
    """Keep a picture, scaled down, for `KEPT_S` seconds; returns its token.

    Raises `images.UnreadableImage` and `images.DecoderUnavailable`.
    """
    picture = images.decode_apart(data, limits=images.host_limits(reduce_to=KEPT_SIDE)).image
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE))
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=92)
    token = secrets.token_urlsafe(16)
    caches["uploads"].set(token, file.getvalue(), KEPT_S)
    return token


def kept_bytes(token: str) -> bytes | None:
    """The kept picture as WebP; None when it has expired or never was."""
    data = caches["uploads"].get(token) if _TOKEN.fullmatch(token) else None
    return data if isinstance(data, bytes) else None


def kept_picture(token: str) -> Image.Image | None:
    """The kept picture as RGB pixels; None when it has expired or never was."""
    data = kept_bytes(token)
    return None if data is None else images.decode(data)
