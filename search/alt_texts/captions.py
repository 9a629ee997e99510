"""What a shop's own captioner says of pictures: offered beside our words, marked as such, and never more than offered.

CAPTIONER names a function `(pictures, language) -> words`: RGB pictures in, as many strings out. It runs in the
worker, once for each file and language.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.module_loading import import_string
from PIL import Image

from .. import images
from ..conf import settings
from ..documents import document
from ..documents.reading import read_pictures
from ..errors import ImproperSettings
from ..models import AltText
from .wording import tidy
from .writing import Offer

logger = logging.getLogger(__name__)

Captioner = Callable[[Sequence[Image.Image], str], Sequence[str]]
#: Pictures that a captioner gets at once, and the shorter side that they keep.
AT_ONCE = 16
SIDE = 384


def captioner() -> Captioner | None:
    """The shop's captioner; None where it has none. Raises `ImproperSettings`."""
    path = settings().captioner
    if not path:
        return None
    try:
        found: Captioner = import_string(path)
    except ImportError as error:
        raise ImproperSettings(
            f'PRODUCT_SEARCH["CAPTIONER"] is "{path}", which does not import: {error}'
        ) from error
    return found


def captions_of(offers: Sequence[Offer], *, using: str) -> list[Offer]:
    """`offers` with what the captioner says of each picture; with what it said before, where the file is the same."""
    caption = captioner()
    if caption is None or not offers:
        return list(offers)
    known = _known(offers, using=using)
    found = {_place(offer): replace(offer, caption=known.get(_place(offer), "")) for offer in offers}
    unsaid = [offer for offer in found.values() if not offer.caption]
    pictures = _Pictures(unsaid)
    for language in dict.fromkeys(offer.language for offer in unsaid):
        asked = [offer for offer in unsaid if offer.language == language]
        for start in range(0, len(asked), AT_ONCE):
            batch = [
                (offer, seen) for offer in asked[start : start + AT_ONCE] if (seen := pictures.read(offer))
            ]
            for offer, words in _said(caption, batch, language):
                found[_place(offer)] = replace(offer, caption=words)
    return list(found.values())


def _place(offer: Offer) -> tuple[Any, str, str]:
    return offer.product, offer.picture, offer.language


def _known(offers: Sequence[Offer], *, using: str) -> dict[tuple[Any, str, str], str]:
    digests = {_place(offer): offer.digest for offer in offers}
    rows = AltText.objects.using(using).filter(product__in={offer.product for offer in offers})
    columns = rows.exclude(caption="").values_list("product", "picture", "language", "captioned", "caption")
    return {
        (product, picture, language): said
        for product, picture, language, digest, said in columns
        if digests.get((product, picture, language)) == digest
    }


def _said(
    caption: Captioner, batch: Sequence[tuple[Offer, Image.Image]], language: str
) -> list[tuple[Offer, str]]:
    if not batch:
        return []
    try:
        words = [str(each) for each in caption([seen for _, seen in batch], language)]
    except Exception:
        # Whatever a model of the shop's throws: words are offered without it, and it is asked again.
        logger.exception("The captioner failed on %d pictures; nothing of its words is offered.", len(batch))
        return []
    if len(words) != len(batch):
        logger.error(
            "The captioner gave %d captions of %d pictures; none is offered.", len(words), len(batch)
        )
        return []
    return [(offer, tidy(each)) for (offer, _), each in zip(batch, words, strict=True)]


class _Pictures:
    """The files of pictures, unpacked in a process that can be killed; the latest one is kept for its languages."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        found = read_pictures(document(), list({offer.product for offer in offers})) if offers else {}
        self.contents = {(key, each.picture): each for key, those in found.items() for each in those}

    def read(self, offer: Offer) -> Image.Image | None:
        """The picture in RGB; None where it can't be read."""
        content = self.contents.get((offer.product, offer.picture))
        if content is None:
            return None
        limits = images.host_limits(reduce_to=SIDE)
        try:
            return images.decode_apart(content.read(limits.max_bytes), limits=limits).image
        except (images.UnreadableImage, images.DecoderUnavailable, OSError, ValueError) as error:
            logger.warning("Picture %s could not be read for its caption: %s", offer.picture, error)
            return None
