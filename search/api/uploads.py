"""Pictures that strangers send, or name by an address, as pixels: within limits of bytes, pixels, kinds and time,
unpacked in a process that can be killed, and refused where a policy of the shop says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from PIL.Image import Image

from .. import images, moderation
from ..conf import settings
from ..images import UnreadableImage
from ..images.addresses import FetchFailed, Network
from ..images.fetching import fetch
from . import problems
from .base import ApiView
from .problems import Problem

logger = logging.getLogger(__name__)

#: For resolving, connecting, redirects and the whole body of a picture at an address.
FETCH_SECONDS = 4.0
MAX_ADDRESS = 2000
#: Networks beside the public internet that strangers may name addresses in: none. PICTURE_NETWORKS is the shop's own.
NETWORKS: tuple[Network, ...] = ()


def decoded(view: ApiView, pictures: Iterable[bytes]) -> list[Image]:
    """Uploads as RGB pixels, for a request to `view`.

    Raises `UnreadableImage`, `UploadRefused` where a policy refuses one, and `Busy`.
    """
    given = list(pictures)
    if not given:
        return []
    with view.apart():
        found = [_unpacked(picture) for picture in given]
    return [_judged(image) for image in found]


def decoded_from(view: ApiView, url: str) -> Image:
    """The picture at an address, treated as an upload. Raises `Problem`, which is the same for whatever can't be
    fetched: it tells nobody what is, or is not, in the shop's own network.
    """
    if not settings().picture_urls:
        detail = 'This shop takes no addresses of pictures: PRODUCT_SEARCH["PICTURE_URLS"] is False. Send the file.'
        raise Problem(400, "picture_urls_off", detail, parameter="picture_url")
    _check(url)
    try:
        with view.apart():
            found = _unpacked(_fetched(url))
    except UnreadableImage as error:
        raise problems.of_picture(error, "picture_url") from None
    return _judged(found)


def _unpacked(picture: bytes) -> Image:
    limits = images.host_limits(reduce_to=images.SEARCH_SIDE)
    return images.decode_apart(picture, limits=limits).image


def _judged(image: Image) -> Image:
    moderation.check_upload(image)
    return image


def _fetched(url: str) -> bytes:
    try:
        return fetch(url, limit=settings().max_upload_bytes, seconds=FETCH_SECONDS, allowed=NETWORKS)
    except FetchFailed as error:
        logger.info("A shopper's picture was not fetched: %s.", error.reason)
        detail = "No picture can be had from this address. Send the file instead."
        raise Problem(422, "picture_not_fetched", detail, parameter="picture_url") from None


def _check(url: str) -> None:
    """Refuse what can be seen to be no address of a picture, without asking anybody."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or "@" in parts.netloc or len(url) > MAX_ADDRESS or not url.isprintable():
        detail = f"Send one address, http:// or https://, without a user name, of at most {MAX_ADDRESS} characters."
        raise Problem(400, "bad_picture_url", detail, parameter="picture_url")
