"""Decoding hostile bytes: size and format are judged from the header before a single pixel is unpacked.

Runs in the caller's process. Bytes that strangers sent go through `process.decode_apart`: a process that can be killed
calls the same `unpack` and hands the same errors back.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import numpy as np
from PIL import Image, features
from PIL.JpegImagePlugin import JpegImageFile

from ..errors import ProductSearchError
from .colours import as_seen
from .shrinking import shrink

Reason = Literal[
    "empty",
    "too_many_bytes",
    "too_many_pixels",
    "not_an_image",
    "truncated",
    "unsupported_type",
    "too_slow",
    "too_much_memory",
    "crashes_decoder",
]
#: What videos may be refused for besides.
VideoReason = Literal["too_long"]

#: Pillow's names of what is read; HEIF with the extra `heic`.
FORMATS: tuple[str, ...] = (
    *(("AVIF",) if features.check("avif") else ()),
    *(("HEIF",) if find_spec("pillow_heif") else ()),
    *("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP"),
)
_NAMES = ("JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
_READABLE = ", ".join(name for name in _NAMES if name.upper() in FORMATS)

# What Pillow's decoders raise on bytes that are broken or cut off; MemoryError is not among them on purpose.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    RuntimeError,
    struct.error,
)
_BOMB = (
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # the warning, where the host made it an error

_ORIENTATION = 0x0112
_UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnreadableImage(ProductSearchError):
    """The bytes are no picture that we accept: `reason` for machines, `detail` for the person who sent them."""

    def __init__(self, reason: Reason | VideoReason, detail: str) -> None:
        super().__init__(reason, detail)  # both, so that a decoding process can hand it back pickled
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a picture may cost, and how much of it is wanted.

    `reduce_to`: the picture comes back at a whole fraction of its size while both sides keep this many pixels, except
    of strips (see `shrink`). A JPEG is then not even unpacked in full, which saves most of its memory and time. None
    gives every picture in full. `seconds` holds for processes apart alone. `moving`: how many seconds a video may take.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    reduce_to: int | None = None
    seconds: float = 2.0
    moving: float = 0.0


@dataclass(frozen=True)
class Decoded:
    """A picture to look at, and its `size` in pixels as stored, upright: (width, height)."""

    image: Image.Image
    size: tuple[int, int]


_DEFAULT = Limits()


def decode(data: bytes, *, limits: Limits = _DEFAULT) -> Image.Image:
    """The picture of `unpack` alone: for bytes that we made ourselves."""
    return unpack(data, limits=limits).image


def unpack(data: bytes, *, limits: Limits = _DEFAULT) -> Decoded:
    """The picture in `data` as an upright RGB image, 8 bits a channel, without metadata; transparency lies on white.

    A colour profile is applied, so that its colours are those that a browser shows. Of an animation or a file with
    several pages, the first. Raises `UnreadableImage` and, where memory is limited, MemoryError.
    """
    check_bytes(data, limits)
    with _opened(data, limits) as image:
        _refuse_too_many_pixels(image.size, limits)
        size = image.size
        if (
            isinstance(image, JpegImageFile) and limits.reduce_to is not None
        ):  # MPO, what phones write, is one too
            image.draft(None, (limits.reduce_to, limits.reduce_to))
        try:
            image.load()
        except _BOMB:
            raise _too_many_pixels(size, limits) from None
        except _BROKEN as error:
            raise _damaged(str(image.format), error) from error
        if not isinstance(image, JpegImageFile):
            size = image.size  # TIFF turns itself while it loads
        orientation = _orientation(image)
        try:
            flat = _flat(image, limits.reduce_to)
        except ValueError as error:
            raise UnreadableImage(
                "unsupported_type",
                f"The picture's colours are stored as {image.mode}, which can't be shown on a screen as they are. "
                "Save it as RGB and send it again.",
            ) from error
    turn = _UPRIGHT.get(orientation)
    return Decoded(
        flat if turn is None else flat.transpose(turn), size if orientation < 5 else (size[1], size[0])
    )


def check_bytes(data: bytes, limits: Limits) -> None:
    """Raises `UnreadableImage` for a file without a byte, and for one with too many."""
    if not data:
        raise UnreadableImage("empty", "The file is empty (0 bytes). Choose the picture again.")
    if len(data) > limits.max_bytes:
        raise UnreadableImage(
            "too_many_bytes",
            f"The file has {_megabytes(len(data))}; at most {_megabytes(limits.max_bytes)} are read. "
            "Send a smaller copy of the picture.",
        )


def _opened(data: bytes, limits: Limits) -> Image.Image:
    """The header alone; Pillow tries only the formats we accept."""
    formats = (
        ("HEIF",) if _is_heic(data) and learn_heic() else tuple(name for name in FORMATS if name != "HEIF")
    )
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except _BOMB as error:
        raise UnreadableImage(
            "too_many_pixels",
            f"The picture unpacks to far more than the {_megapixels(limits.max_pixels)} that are read. "
            "Send a smaller copy of it.",
        ) from error
    except _BROKEN as error:
        known = _signature(data)
        if known is None:
            raise UnreadableImage(
                "not_an_image", f"The file is not a picture, whatever its name says. Send a {_READABLE} file."
            ) from error
        name, readable = known
        if readable:
            raise _damaged(name, error) from error
        raise UnreadableImage(
            "unsupported_type", f"{name} files are not read. Save the picture as {_READABLE} and send that."
        ) from error


def _refuse_too_many_pixels(size: tuple[int, int], limits: Limits) -> None:
    """Also at the size where Pillow itself only warns of a bomb: its warning may be filtered, its limit is known."""
    allowed = min(limits.max_pixels, Image.MAX_IMAGE_PIXELS or limits.max_pixels)
    if size[0] * size[1] > allowed:
        raise _too_many_pixels(size, limits)


def _too_many_pixels(size: tuple[int, int], limits: Limits) -> UnreadableImage:
    allowed = min(limits.max_pixels, Image.MAX_IMAGE_PIXELS or limits.max_pixels)
    return UnreadableImage(
        "too_many_pixels",
        f"The picture is {size[0]} × {size[1]} pixels ({_megapixels(size[0] * size[1])}); at most "
        f"{_megapixels(allowed)} are read. Send a smaller copy of it.",
    )


def _damaged(name: str, error: Exception) -> UnreadableImage:
    return UnreadableImage(
        "truncated",
        f"The {name} file ends too early or is damaged ({str(error) or type(error).__name__}). "
        "Save the picture again and send the whole file.",
    )


def learn_heic() -> bool:
    """Teach Pillow HEIC where the extra `heic` is installed, in a process that meets such a file; whether it can."""
    if "HEIF" not in FORMATS:
        return False
    if "HEIF" not in Image.OPEN:
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener(thumbnails=False)
    return True


def _is_heic(data: bytes) -> bool:
    return (_signature(data) or ("", False))[0] == "HEIC"


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; metadata that can't be read costs the turn, never the picture.

    Asked after loading, because Pillow turns some formats by itself and then forgets the tag.
    """
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except (*_BROKEN, Warning):  # Pillow warns of broken EXIF, and some hosts make warnings errors
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _flat(image: Image.Image, reduce_to: int | None) -> Image.Image:
    """RGB without alpha and metadata, reduced; raises ValueError for colours that Pillow can't convert."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I") or image.mode == "F":
        flat = Image.fromarray(_eight_bits(image)).convert("RGB")
    elif image.has_transparency_data:
        layer = image.convert("RGBA")
        flat = Image.new("RGB", layer.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
    elif image.mode == "CMYK" and profile:  # its profile knows ink, so it is asked before the ink is gone
        flat = _reduced(image, reduce_to)
    else:
        flat = image.convert("RGB")
    flat = as_seen(_reduced(flat, reduce_to), profile)
    flat.info.clear()
    return flat


def _reduced(image: Image.Image, reduce_to: int | None) -> Image.Image:
    return image if reduce_to is None else shrink(image, reduce_to)


def _eight_bits(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Grey values of more than 8 bits, scaled; Pillow's own convert() would cut them off at 255 and show white.

    16 bits say their range. Wider integers and floats don't: the smallest usual one that holds the values is taken.
    """
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    if image.mode.startswith("I;16"):
        full = 65535.0
    else:
        highest = float(values.max())
        ranges = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
        full = next((end for end in ranges if highest <= end), highest)
    scaled: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = np.clip(
        values * np.float32(255.0 / full), 0, 255
    )
    return np.asarray(np.rint(scaled), dtype=np.uint8)


def _signature(data: bytes) -> tuple[str, bool] | None:
    """Name of the format that the first bytes announce, and whether we read it; None if they announce no picture."""
    for name, begins in _READABLE_SIGNATURES.items():
        if data.startswith(begins):
            return name, True
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP", True
    if data[:2] == b"BM" and data[6:10] == bytes(4):  # the reserved bytes: "BMW, black" is a text
        return "BMP", True
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in {b"avif", b"avis"}:
            return "AVIF", "AVIF" in FORMATS
        if brand in {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}:
            return "HEIC", "HEIF" in FORMATS
    for name, begins in _OTHER_SIGNATURES.items():
        if data.startswith(begins):
            return name, False
    if b"<svg" in data[:1024].lower():
        return "SVG", False
    return None


_READABLE_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "TIFF": (b"II*\0", b"MM\0*"),
}
_OTHER_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "PDF": (b"%PDF",),
    "Photoshop": (b"8BPS",),
    "PostScript": (b"%!PS",),
    "JPEG 2000": (b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"),
    "JPEG XL": (b"\xff\x0a", b"\x00\x00\x00\x0cJXL "),
    "icon": (b"\x00\x00\x01\x00",),
}


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _megapixels(count: int) -> str:
    return f"{count / 1e6:.1f} megapixels"
