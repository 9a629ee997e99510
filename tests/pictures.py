"""Small real pictures for tests: one colour each, encoded by Pillow."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def picture_bytes(colour: str | tuple[int, int, int] = "red", *, side: int = 32, kind: str = "PNG") -> bytes:
    """A square picture of one colour as an encoded file."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(buffer, kind)
    return buffer.getvalue()


def picture_file(name: str = "red.png", colour: str | tuple[int, int, int] = "red") -> SimpleUploadedFile:
    """The same as an uploaded file, ready for an ImageField."""
    return SimpleUploadedFile(name, picture_bytes(colour), content_type="image/png")


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of Pillow's format `kind`."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def endless_jpeg(*, side: int = 4000, scans: int = 4000) -> bytes:
    """A correct header, and the same refining pass over all blocks again and again: a small file, minutes of work."""
    data = saved(Image.new("RGB", (side, side), "red"), "JPEG", progressive=True, quality=50)
    starts = [place for place in range(len(data) - 1) if data[place : place + 2] == b"\xff\xda"]
    end = data.rindex(b"\xff\xd9")
    return data[: starts[-1]] + data[starts[-1] : end] * scans + data[end:]
