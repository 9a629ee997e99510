"""Pictures of nothing that is sold here: known by where the shop's own pictures lie in the space (`calibration.Span`).

A picture is looked at from nearer, too: what a shop sells still looks like what it sells, and a scene does not.
"""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from ..calibration import Calibration, Span
from ..models import PictureSpan, Space
from .fusion import SAME_PICTURE
from .vectors import VectorLeg, Vectors

#: Share of a picture's sides that each closer look shows, of its middle.
CLOSER = (0.94, 0.88)
#: Share of the span's level from which on nothing is guessed of a picture: who searches by one that is a little strange
#: is better served by what is near, and who asks what it shows by silence.
SURELY_SOLD = 0.87
NOTICE = "unfamiliar-picture: it looks like nothing that is sold here"
#: Of a picture of nothing sold only itself is found.
ONLY_ITSELF = Calibration(SAME_PICTURE, scale=2e-4)


def span(space: Space) -> Span | None:
    """Where the pictures of `space` lie; None while too few are known to say."""
    stored = PictureSpan.objects.using(space._state.db).filter(space=space).first()
    if stored is None:
        return None
    return Span.of_bytes(bytes(stored.centre), bytes(stored.axes), stored.level)


def closer_looks(picture: Image.Image) -> list[Image.Image]:
    """The middle of `picture`, once for each of CLOSER."""
    width, height = picture.size
    looks = []
    for share in CLOSER:
        left, top = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
        looks.append(picture.crop((left, top, max(width - left, left + 1), max(height - top, top + 1))))
    return looks


def unfamiliar(looks: Vectors, known: Span, *, share: float = 1.0) -> bool:
    """Whether the closer `looks` `(n, dim)` at one picture lie further outside than the shop's own do, by `share` of
    their level.
    """
    return bool(known.outside(looks).mean() > share * known.level)


def only_itself(leg: VectorLeg | None) -> VectorLeg | None:
    """The leg of a picture's likeness, for one of nothing that is sold."""
    return None if leg is None else replace(leg, calibration=ONLY_ITSELF)
