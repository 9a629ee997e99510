"""Making a picture smaller before it is stored, sent or encoded: whole-number reduction, fast and without aliasing."""

from __future__ import annotations

from PIL import Image


def shrink(image: Image.Image, side: int) -> Image.Image:
    """`image` at a whole fraction of its size such that its shorter side keeps at least `side` pixels.

    The shorter side of the result is below `2 * side`, or the picture was that small already and comes back as it is.
    Raises ValueError where `side` is not positive.
    """
    if side < 1:
        raise ValueError(f"side is {side}; expected at least 1 pixel")
    factor = min(image.size) // side
    return image if factor < 2 else image.reduce(factor)
