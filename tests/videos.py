"""Small videos, drawn in memory: `clip([Image, ...])` shows each picture for a while, moving a little."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import av
from PIL import Image


def clip(
    shown: Sequence[Image.Image],
    *,
    seconds: float = 2.0,
    rate: int = 8,
    side: int = 128,
    codec: str = "libx264",
    container: str = "mp4",
) -> bytes:
    """A video with a hard cut from each picture to the next; each drifts to the side while it is seen."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.width = stream.height = side
        stream.pix_fmt = "yuv420p"
        for picture in shown:
            still = picture.convert("RGB").resize((side + 16, side + 16))
            for number in range(round(seconds * rate)):
                left = number % 16
                frame = av.VideoFrame.from_image(still.crop((left, 8, left + side, 8 + side)))
                for packet in stream.encode(frame):
                    file.mux(packet)
        for packet in stream.encode():
            file.mux(packet)
    return buffer.getvalue()
