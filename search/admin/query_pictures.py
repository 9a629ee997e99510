"""Pictures that staff search with: decoded within the host's limits, scaled down, kept for an hour."""

from __future__ import annotations

import io
import re
import secrets
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from PIL import Image

from .. import images
from ..indexing.work import database
from ..models import QueryPicture

KEPT = timedelta(hours=1)
#: Longer side in pixels of what is kept: more than any model looks at.
KEPT_SIDE = 384
_DAMAGED = _("The picture ends too early or is damaged. Save it again and choose the whole file.")
_TOO_MANY_PIXELS = _("The picture has more than %(megapixels)s million pixels. Send a smaller copy of it.")
#: What the reasons of `images.UnreadableImage`, whose own sentences are for machines and logs, are to people.
_REFUSALS: dict[str, Any] = {
    "empty": _("The file is empty. Choose the picture again."),
    "too_many_bytes": _("The file has more than %(megabytes)s MB. Send a smaller copy of the picture."),
    "too_many_pixels": _TOO_MANY_PIXELS,
    "too_much_memory": _TOO_MANY_PIXELS,
    "not_an_image": _("The file is not a picture, whatever its name says. Choose a JPEG, PNG or WebP file."),
    "unsupported_type": _("Such files are not read. Save the picture as JPEG, PNG or WebP and choose that."),
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def upload_problem(error: images.UnreadableImage) -> str:
    """What is wrong with an uploaded picture and what to do, in the reader's language."""
    limits = images.host_limits()
    return str(_REFUSALS.get(error.reason, _DAMAGED)) % {
        "megabytes": f"{limits.max_bytes / 1e6:g}",
        "megapixels": f"{limits.max_pixels / 1e6:g}",
    }


def keep(upload: UploadedFile[Any]) -> str:
    """Keep the uploaded picture for an hour; returns its token. Raises `images.UnreadableImage`.

    Those whose time is up are dropped on the way.
    """
    limits = images.host_limits()
    picture = images.decode(upload.read(limits.max_bytes + 1), limits=limits)
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE))
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=True)  # so that the very picture is recognised
    token = secrets.token_urlsafe(16)
    pictures = QueryPicture.objects.using(database())
    pictures.filter(kept_at__lt=Now() - KEPT).delete()
    pictures.create(token=token, data=file.getvalue())
    return token


def kept_bytes(token: str) -> bytes | None:
    """The kept picture as WebP; None when its time is up or there never was one."""
    if not _TOKEN.fullmatch(token):
        return None
    # From where it was written: a replica may not have it yet when the browser asks for the results.
    kept = QueryPicture.objects.using(database()).filter(token=token, kept_at__gte=Now() - KEPT)
    data = kept.values_list("data", flat=True).first()
    return None if data is None else bytes(data)


def kept_picture(token: str) -> Image.Image | None:
    """The kept picture as RGB pixels; None when its time is up or there never was one."""
    data = kept_bytes(token)
    return None if data is None else images.decode(data)
