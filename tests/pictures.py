"""Pictures for tests, made in code: plain ones, odd ones that a person sees all the same, damaged and evil ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

Colour = tuple[int, int, int]
Corners = tuple[Colour, Colour, Colour, Colour]


def picture_bytes(colour: str | tuple[int, int, int] = "red", *, side: int = 32, kind: str = "PNG") -> bytes:
    """A square picture of one colour as an encoded file."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(buffer, kind)
    return buffer.getvalue()


def picture_file(name: str = "red.png", colour: str | tuple[int, int, int] = "red") -> SimpleUploadedFile:
    """The same as an uploaded file, ready for an ImageField."""
    return SimpleUploadedFile(name, picture_bytes(colour), content_type="image/png")


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of Pillow's format `kind`."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def endless_jpeg(*, side: int = 4000, scans: int = 4000) -> bytes:
    """A correct header, and the same refining pass over all blocks again and again: a small file, minutes of work."""
    data = saved(Image.new("RGB", (side, side), "red"), "JPEG", progressive=True, quality=50)
    starts = [place for place in range(len(data) - 1) if data[place : place + 2] == b"\xff\xda"]
    end = data.rindex(b"\xff\xd9")
    return data[: starts[-1]] + data[starts[-1] : end] * scans + data[end:]


#: Corners of `corners()`, in reading order.
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
CORNERS: Corners = (RED, GREEN, BLUE, YELLOW)


def corners(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Four quarters in four colours: no turn, flip or cut of it looks the same."""
    width, height = size
    picture = Image.new("RGB", size, RED)
    picture.paste(GREEN, (width // 2, 0, width, height))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(YELLOW, (width // 2, height // 2, width, height))
    return picture


def with_exif(orientation: int, picture: Image.Image, kind: str = "JPEG") -> bytes:
    """The picture as stored, and the note how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(picture, kind, exif=exif, **SHARP.get(kind, {}))


#: What keeps colours at the edges of a quarter true.
SHARP: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 95},
    "HEIF": {"quality": 95},
}


def png_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of these chunks, with their checksums."""
    packed = [
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def png_claiming(width: int, height: int, *, depth: int = 8, rows: bytes = b"") -> bytes:
    """A PNG in RGB whose header announces that size, and these rows."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    return png_chunks((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


def gif_claiming(width: int, height: int) -> bytes:
    """A GIF of a few bytes whose header announces that size."""
    header = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return header + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00;"


def png_of_16_bits() -> bytes:
    """`corners()` with 16 bits for each of red, green and blue, which Pillow itself can't write."""
    picture = corners()
    wide = np.asarray(picture).astype(">u2") * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    return png_claiming(*picture.size, depth=16, rows=rows)


def profile_where_red_is_blue() -> bytes:
    """A colour profile of a strange device: sRGB with the primaries of red and blue exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "odd1".encode("utf-16-be"))
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def animation(kind: str) -> bytes:
    """`corners()` and then a black frame."""
    frames = [corners(), Image.new("RGB", (96, 64), "black")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], **SHARP.get(kind, {}))


def transparent(mode: str, kind: str = "PNG", **options: Any) -> bytes:
    """Black that nobody sees, and four red pixels in the upper left corner of which one sees all."""
    picture = Image.new("RGBA", (96, 64), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 48, 32))
    return saved(picture if mode == "RGBA" else picture.convert(mode), kind, **options)


def grey(values: Any) -> bytes:
    """A TIFF of four quarters with these values, in their own type."""
    left_above, right_above, left_below, right_below = values
    above, below = [left_above] * 48 + [right_above] * 48, [left_below] * 48 + [right_below] * 48
    return saved(Image.fromarray(np.array([above] * 32 + [below] * 32, dtype=values.dtype)), "TIFF")


def seen_by_a_person() -> dict[str, tuple[bytes, Corners]]:
    """Odd files by name, and the colours of their corners on a white page; none is decoded to find them."""
    plain = corners()
    quarter_turn = plain.transpose(Image.Transpose.ROTATE_90)
    jpeg = saved(plain, "JPEG", **SHARP["JPEG"])
    redonly = (RED, WHITE, WHITE, WHITE)
    greys = tuple((value, value, value) for value in (0, 64, 128, 255))
    found: dict[str, tuple[bytes, Any]] = {
        "turned by EXIF": (with_exif(6, quarter_turn), CORNERS),
        "upside down by EXIF, as PNG": (with_exif(3, plain.rotate(180), "PNG"), CORNERS),
        "mirrored by EXIF": (with_exif(2, plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)), CORNERS),
        "broken EXIF": (saved(plain, "PNG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff"), CORNERS),
        "CMYK": (saved(plain.convert("CMYK"), "JPEG", **SHARP["JPEG"]), CORNERS),
        "CMYK as TIFF": (saved(plain.convert("CMYK"), "TIFF"), CORNERS),
        "a profile of its own": (
            saved(Image.new("RGB", (96, 64), RED), "PNG", icc_profile=profile_where_red_is_blue()),
            (BLUE,) * 4,
        ),
        "a broken profile": (saved(plain, "PNG", icc_profile=b"no profile at all"), CORNERS),
        "a profile for ink in a picture of light": (
            saved(plain, "PNG", icc_profile=profile_where_red_is_blue().replace(b"RGB XYZ ", b"CMYKXYZ ")),
            CORNERS,
        ),
        "16 bits of grey": (grey(np.array([0, 64 * 257, 128 * 257, 65535], dtype=np.uint16)), greys),
        "16 bits of colour": (png_of_16_bits(), CORNERS),
        "32 bits of grey": (grey(np.array([0, 64, 128, 255], dtype=np.int32)), greys),
        "grey in fractions": (grey(np.array([0, 64 / 255, 128 / 255, 1], dtype=np.float32)), greys),
        "a palette": (saved(plain.quantize(4), "PNG"), CORNERS),
        "a palette with a transparent colour": (transparent("RGBA", "GIF"), redonly),
        "transparent": (transparent("RGBA"), redonly),
        "transparent as WebP": (transparent("RGBA", "WEBP", lossless=True), redonly),
        "half transparent": (
            saved(Image.new("RGBA", (96, 64), (255, 0, 0, 128)), "PNG"),
            ((255, 127, 127),) * 4,
        ),
        "transparent grey": (saved(Image.new("LA", (96, 64), (0, 0)), "PNG"), (WHITE,) * 4),
        "black and white": (saved(Image.new("1", (96, 64), 1), "PNG"), (WHITE,) * 4),
        "animated GIF": (animation("GIF"), CORNERS),
        "animated WebP": (animation("WEBP"), CORNERS),
        "animated PNG": (animation("PNG"), CORNERS),
        "pages": (animation("TIFF"), CORNERS),
        "two pictures of a phone in one JPEG": (animation("MPO"), CORNERS),
        "progressive": (saved(plain, "JPEG", progressive=True, **SHARP["JPEG"]), CORNERS),
        "AVIF": (saved(plain, "AVIF", **SHARP["AVIF"]), CORNERS),
        "something after its end": (jpeg + b"<?php echo 1 ?>" * 100, CORNERS),
        "one pixel": (saved(Image.new("RGB", (1, 1), RED), "PNG"), (RED,) * 4),
        "a strip": (saved(corners((20_000, 2)), "PNG"), CORNERS),
        "large": (saved(corners((4000, 3000)), "JPEG", **SHARP["JPEG"]), CORNERS),
    }
    if "HEIF" in Image.SAVE:
        found["HEIC"] = saved(plain, "HEIF", **SHARP["HEIF"]), CORNERS
    return found


def refused_with_a_reason() -> dict[str, tuple[bytes, str]]:
    """Files by name that no person sees either, or that cost too much, and the reason that must be recorded."""
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    jpeg, png, webp = (saved(noise, kind) for kind in ("JPEG", "PNG", "WEBP"))
    wrong_checksum = bytearray(png)
    wrong_checksum[-30] ^= 1
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("picture.png", png)
    return {
        "zero bytes": (b"", "empty"),
        "a page that says it is not there": (b"<!doctype html><title>404</title>", "not_an_image"),
        "a text": ("Tasse, blau".encode("utf-16"), "not_an_image"),
        "nothing but zeros": (bytes(1000), "not_an_image"),
        "an archive": (zipped.getvalue(), "not_an_image"),
        "half a JPEG": (jpeg[: len(jpeg) // 2], "truncated"),
        "half a PNG": (png[: len(png) // 2], "truncated"),
        "half a WebP": (webp[: len(webp) // 2], "truncated"),
        "the beginning of a JPEG": (jpeg[:4], "truncated"),
        "a JPEG of noise": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, "truncated"),
        "a wrong checksum": (bytes(wrong_checksum), "truncated"),
        "a GIF without a frame": (b"GIF89a\x08\x00\x08\x00\x00\x00\x00;", "truncated"),
        "a bomb": (png_claiming(60_000, 60_000), "too_many_pixels"),
        "a bomb that is well packed": (png_claiming(9_000, 9_000, rows=bytes(1_000_000)), "too_many_pixels"),
        "a bomb as GIF": (gif_claiming(65_535, 65_535), "too_many_pixels"),
        "more bytes than allowed": (jpeg + bytes(3_000_000), "too_many_bytes"),
        "SVG": (
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            "unsupported_type",
        ),
        "PDF": (b"%PDF-1.7\n%\xe2\xe3", "unsupported_type"),
        "Photoshop": (b"8BPS\x00\x01" + bytes(20), "unsupported_type"),
        "JPEG 2000": (saved(noise, "JPEG2000"), "unsupported_type"),
        "an icon": (saved(noise, "ICO"), "unsupported_type"),
    }
