"""The audit as one HTML file that needs nothing beside itself: figures, plots, and pictures of what is confused."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from ..documents import document
from ..documents.reading import PictureContent, read_pictures
from ..images import UnreadableImage, decode_apart, host_limits
from .audit import AttributeAudit, Audit
from .figures import Confusion
from .plots import groups_plot, reliability_plot

log = logging.getLogger(__name__)

#: Longer side of a picture, in pixels.
SIDE = 112


@dataclass(frozen=True)
class _Shown:
    """An attribute with its drawings, ready for the template."""

    audit: AttributeAudit
    reliability: str
    groups: str
    confusions: tuple[tuple[Confusion, tuple[str, ...]], ...]


def audit_page(audit: Audit) -> str:
    """The page as HTML. Raises `EvaluationMissing` where plots can't be drawn."""
    shown = [_shown(each) for each in audit.attributes]
    return render_to_string("product_search/audit.html", {"audit": audit, "shown": shown, "side": SIDE})


def _shown(audit: AttributeAudit) -> _Shown:
    pictures = _pictures({key for each in audit.confusions for key in each.shown})
    return _Shown(
        audit,
        reliability_plot(audit.bins, f"{audit.label}: how sure, how right") if audit.bins else "",
        groups_plot(audit.groups, f"{audit.label} by group") if audit.groups else "",
        tuple(
            (each, tuple(pictures[key] for key in each.shown if key in pictures)) for each in audit.confusions
        ),
    )


def _pictures(keys: Iterable[Any]) -> dict[Any, str]:
    """The first picture of each product as a data URI; one that can't be read is left out."""
    found = read_pictures(document(), list(keys))
    return {key: uri for key, pictures in found.items() if pictures and (uri := _data_uri(pictures[0]))}


def _data_uri(picture: PictureContent) -> str:
    limits = host_limits(reduce_to=SIDE)
    try:
        image = decode_apart(picture.read(limits.max_bytes), limits=limits).image
    except (OSError, UnreadableImage) as error:
        log.warning("Picture %s is not shown in the audit: %s", picture.name, error)
        return ""
    image.thumbnail((SIDE, SIDE))
    written = io.BytesIO()
    image.save(written, "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(written.getvalue()).decode()}"
