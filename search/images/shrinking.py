"""Making a picture smaller before it is stored, sent or encoded: whole-number reduction, fast and without aliasing."""

from __future__ import annotations

import math

from PIL import Image

#: Of a strip, `side` times `side` pixels this often: it may become lower than `side` rather than take gigabytes.
_MOST_SQUARES = 16


def shrink(image: Image.Image, side: int) -> Image.Image:
    """`image` at a whole fraction of its size such that its shorter side keeps at least `side` pixels.

    The shorter side of the result is below `2 * side`, or the picture was that small already and comes back as it is.
    A strip of more than 16 × `side` × `side` pixels is reduced to that. Raises ValueError where `side` is not positive.
    """
    if side < 1:
        raise ValueError(f"side is {side}; expected at least 1 pixel")
    squares = image.width * image.height / (_MOST_SQUARES * side * side)
    factor = max(min(image.size) // side, math.ceil(math.sqrt(squares)))
    return image if factor < 2 else image.reduce(factor)
