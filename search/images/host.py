"""What the host lets a picture cost: the one place where decoding meets the settings."""

from __future__ import annotations

from ..conf import settings
from .decoding import Limits

#: Shorter side in pixels that a picture to search with keeps at least: twice what most models see.
SEARCH_SIDE = 768
#: How long unpacking a video may take.
VIDEO_SECONDS = 60.0


def host_limits(*, reduce_to: int | None = None) -> Limits:
    """The limits of MAX_UPLOAD_BYTES and MAX_PICTURE_PIXELS, as they are now."""
    conf = settings()
    return Limits(max_bytes=conf.max_upload_bytes, max_pixels=conf.max_picture_pixels, reduce_to=reduce_to)


def video_limits(*, reduce_to: int | None = None) -> Limits:
    """The limits of MAX_VIDEO_BYTES, MAX_VIDEO_SECONDS and MAX_PICTURE_PIXELS, as they are now."""
    conf = settings()
    return Limits(
        max_bytes=conf.max_video_bytes,
        max_pixels=conf.max_picture_pixels,
        reduce_to=reduce_to,
        seconds=VIDEO_SECONDS,
        moving=conf.max_video_seconds,
    )
