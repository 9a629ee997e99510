"""Key frames of a video: where its scenes change, and in each scene the sharpest frame; needs the extra `video`.

Whatever the bytes turn out to be, they are opened without a name or an address, so that no container of theirs can lead
to another file. Runs in a process that can be killed (`child`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .decoding import Limits, UnreadableImage, check_bytes
from .shrinking import shrink

#: Frames of one video that are kept, at most.
MOST_FRAMES = 8
#: Frames that are looked at, spread evenly; where that is less than one in KEY_SECONDS, only those that stand by
#: themselves in the file, which needs no unpacking of all others.
LOOKED_AT = 240
LEAST_STEP, KEY_SECONDS = 0.1, 1.0
#: A scene ends where colours of blurred cells differ more than this from the last frame's, on average, in 0..1.
CHANGE = 0.06
#: Within a scene another frame is taken where it differs more than this from all that were taken.
ANOTHER = 0.1
#: Frames so near to a change may show both scenes, in seconds.
MARGIN = 0.25
#: Sides of what is compared: cells of colour, and pixels of brightness for sharpness.
CELLS, SHARP_SIDE = 12, 96
#: Containers that are read, by libav's names, and nothing that could lead to another file or address.
_CONTAINERS = (
    "mov",
    "mp4",
    "m4a",
    "3gp",
    "3g2",
    "mj2",
    "matroska",
    "webm",
    "avi",
    "mpegts",
    "mpeg",
    "ogg",
    "flv",
)
_OPTIONS = {"format_whitelist": ",".join(_CONTAINERS), "protocol_whitelist": "none"}


@dataclass(frozen=True)
class Frame:
    """A picture out of a video: its `second` from the beginning, and its `size` in pixels as stored, upright."""

    image: Image.Image
    size: tuple[int, int]
    second: float


@dataclass(frozen=True, eq=False)
class _Look:
    """What is remembered of a frame that was looked at."""

    number: int
    second: float
    cells: NDArray[np.float32]
    sharpness: float


def can_read_videos() -> bool:
    """Whether the extra `video` is installed."""
    return find_spec("av") is not None


def key_frames(data: bytes, *, limits: Limits) -> list[Frame]:
    """At most MOST_FRAMES frames of the video in `data`, in the order of time, as upright RGB pictures.

    Raises `UnreadableImage`, and MemoryError where memory is limited.
    """
    check_bytes(data, limits)
    if not can_read_videos():
        raise UnreadableImage(
            "unsupported_type",
            "Videos are read with the extra `video`: pip install django-product-search[video].",
        )
    import av

    try:
        with av.open(io.BytesIO(data), mode="r", options=_OPTIONS) as container:
            looks = [_look(*each) for each in _looked_at(container, limits)]
        seconds = {look.number: look.second for look in _chosen(_scenes(looks))}
        # Unpacked again: to hold every frame that is looked at would take gigabytes.
        with av.open(io.BytesIO(data), mode="r", options=_OPTIONS) as container:
            return [
                Frame(*_picture(frame, limits), round(seconds[number], 3))
                for number, _, frame in _looked_at(container, limits)
                if number in seconds
            ]
    except av.error.MemoryError as error:
        raise MemoryError from error
    except av.error.FFmpegError as error:
        raise UnreadableImage(
            "truncated",
            f"The video can't be unpacked ({error.strerror or type(error).__name__}). Save it again as MP4 (H.264) or "
            "WebM and send the whole file.",
        ) from error


def _looked_at(container: Any, limits: Limits) -> Iterator[tuple[int, float, Any]]:
    """Frames spread evenly, each with its number among them and its second."""
    if not container.streams.video:
        raise UnreadableImage("not_an_image", "The file has no video. Send an MP4 (H.264) or WebM file.")
    stream = container.streams.video[0]
    pixels = stream.codec_context.width * stream.codec_context.height
    if pixels > limits.max_pixels:
        raise UnreadableImage(
            "too_many_pixels",
            f"The video has {pixels / 1e6:.1f} megapixels; at most {limits.max_pixels / 1e6:.1f} are read. Send a "
            "smaller copy of it.",
        )
    seconds = _length(container, stream)
    if seconds > limits.moving:
        raise _too_long(seconds, limits)
    step = max(LEAST_STEP, seconds / LOOKED_AT)
    stream.thread_type = "NONE"
    if step >= KEY_SECONDS:
        stream.codec_context.skip_frame = "NONKEY"
    begun, due, seen = None, 0.0, 0
    for frame in container.decode(stream):
        if frame.width * frame.height > limits.max_pixels:
            raise UnreadableImage("too_many_pixels", "The video's frames grow larger than are read.")
        begun = (frame.time or 0.0) if begun is None else begun
        second = max((frame.time or 0.0) - begun, 0.0)
        if second > limits.moving:
            raise _too_long(second, limits)
        if second >= due and seen < 2 * LOOKED_AT:
            due = second + step
            yield seen, second, frame
            seen += 1
    if not seen:
        raise UnreadableImage(
            "truncated", "The video has no frame that can be read. Save it again and send that."
        )


def _length(container: Any, stream: Any) -> float:
    """Seconds, as the file says; 0 where it does not."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6


def _too_long(seconds: float, limits: Limits) -> UnreadableImage:
    return UnreadableImage(
        "too_long",
        f"The video takes {seconds:.0f} s; at most {limits.moving:.0f} s are read. Send a shorter one.",
    )


def _look(number: int, second: float, frame: Any) -> _Look:
    small = frame.reformat(width=SHARP_SIDE, height=SHARP_SIDE, format="rgb24")
    pixels = np.asarray(small.to_ndarray(), dtype=np.float32) / 255
    bright = pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    # The variance of the Laplacian, a usual measure of focus (Pech-Pacheco et al., 2000).
    edges = (
        4 * bright[1:-1, 1:-1] - bright[:-2, 1:-1] - bright[2:, 1:-1] - bright[1:-1, :-2] - bright[1:-1, 2:]
    )
    side = SHARP_SIDE // CELLS
    cells = pixels.reshape(CELLS, side, CELLS, side, 3).mean(axis=(1, 3))
    return _Look(number, second, np.asarray(cells, dtype=np.float32), float(edges.var()))


def _scenes(looks: list[_Look]) -> list[list[_Look]]:
    """Runs of frames between changes."""
    scenes = [[looks[0]]]
    for before, look in pairwise(looks):
        if _apart(before, look) > CHANGE:
            scenes.append([])
        scenes[-1].append(look)
    return scenes


def _chosen(scenes: list[list[_Look]]) -> list[_Look]:
    """The sharpest frame of each scene, longer ones first, then what differs most from these; by time."""
    lasting = sorted(scenes, key=lambda scene: scene[0].second - scene[-1].second)
    taken = [_sharpest(_inner(scene)) for scene in lasting[:MOST_FRAMES]]
    left = [look for scene in scenes for look in _inner(scene)]
    while len(taken) < MOST_FRAMES:
        apart = [min(_apart(look, other) for other in taken) for look in left]
        if not apart or max(apart) <= ANOTHER:
            break
        farthest = left[int(np.argmax(apart))]
        near = [look for look in left if abs(look.second - farthest.second) <= MARGIN]
        taken.append(_sharpest([look for look in near if _apart(look, farthest) <= CHANGE]))
    return sorted(taken, key=lambda look: look.second)


def _inner(scene: list[_Look]) -> list[_Look]:
    """Without frames that may show the scene before or behind, where there are others."""
    first, last = scene[0].second + MARGIN, scene[-1].second - MARGIN
    return [look for look in scene if first <= look.second <= last] or scene


def _sharpest(looks: list[_Look]) -> _Look:
    return max(looks, key=lambda look: look.sharpness)


def _apart(one: _Look, other: _Look) -> float:
    return float(np.abs(one.cells - other.cells).mean())


def _picture(frame: Any, limits: Limits) -> tuple[Image.Image, tuple[int, int]]:
    image: Image.Image = frame.to_image()
    turn = -int(getattr(frame, "rotation", 0) or 0) % 360
    if turn:
        image = image.rotate(-turn, expand=True)
    size = image.size
    return (image if limits.reduce_to is None else shrink(image, limits.reduce_to)), size
