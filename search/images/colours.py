"""Colours as a browser shows them: a picture with a profile of its own (a camera's, a printer's) becomes sRGB.

Without it a photograph in Adobe RGB looks pale and one in CMYK looks like neon, to a model as to a person.
"""

from __future__ import annotations

import io

from PIL import Image, ImageCms

#: Profiles of printers have 0.5 to 2 MB; what is larger is no profile.
_LARGEST = 4_000_000
#: Colour spaces by the four letters in a profile's header, and the modes of pictures that they explain.
_MODES = {"RGB": "RGB", "CMYK": "CMYK"}


def as_seen(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An RGB or CMYK picture as RGB on an sRGB screen; a profile that is missing or broken changes no colour."""
    if profile and len(profile) <= _LARGEST:
        try:
            found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if _MODES.get(found.profile.xcolor_space.strip()) == image.mode and not _is_srgb(found):
                seen = ImageCms.profileToProfile(
                    image, found, ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                if seen is not None:
                    return seen
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # the picture is worth more than its profile: shown as without one
    return image if image.mode == "RGB" else image.convert("RGB")


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Nearly every picture of a shop; converting it would cost time and change nothing."""
    return "sRGB" in (profile.profile.profile_description or "")
