"""Small real pictures for tests: one colour each, encoded by Pillow."""

from __future__ import annotations

import io

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
