"""What the host lets a picture cost: the one place where decoding meets the settings."""

from __future__ import annotations

from ..conf import settings
from .decoding import Limits


def host_limits() -> Limits:
    """The limits of MAX_UPLOAD_BYTES and MAX_PICTURE_PIXELS, as they are now."""
    conf = settings()
    return Limits(max_bytes=conf.max_upload_bytes, max_pixels=conf.max_picture_pixels)
