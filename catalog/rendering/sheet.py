"""Contact sheets: many pictures on one page, for judging the drawing by eye."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image


def contact_sheet(pictures: Sequence[Image.Image], columns: int, *, gap: int = 3) -> Image.Image:
    """The pictures row by row on white; all must have the size of the first."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * (width + gap), rows * (height + gap)), "white")
    for index, picture in enumerate(pictures):
        page.paste(picture, ((index % columns) * (width + gap), (index // columns) * (height + gap)))
    return page
