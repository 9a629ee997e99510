from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
import warnings
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from product_search import images
from product_search.errors import ProductSearchError
from product_search.images import Limits, UnreadableImage, decoding

if "HEIF" in images.FORMATS:
    decoding.learn_heic()

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def quarters(size=(16, 8)) -> Image.Image:
    """Left half red, right half blue, the lower left corner green: no turn or flip of it looks the same."""
    picture = Image.new("RGB", size, RED)
    width, height = size
    picture.paste(BLUE, (width // 2, 0, width, height))
    picture.paste(GREEN, (0, height // 2, width // 4, height))
    return picture


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header announces that size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def refusal(data: bytes, **limits) -> UnreadableImage:
    with pytest.raises(UnreadableImage) as caught:
        images.decode(data, limits=Limits(**limits))
    return caught.value


def near(one, other, within=3) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", images.FORMATS)
def test_every_accepted_format_comes_back_as_rgb(kind):
    found = images.decode(
        saved(quarters((64, 32)), kind, **({"quality": 100} if kind in {"AVIF", "WEBP"} else {}))
    )
    assert (found.mode, found.size, found.info) == ("RGB", (64, 32), {})
    assert near(found.getpixel((60, 16)), BLUE, 6)
    assert near(found.getpixel((20, 4)), RED, 6)


def test_pillow_here_reads_avif():
    assert (
        "AVIF" in images.FORMATS
    )  # the wheels of Pillow bring it; without it the test above would shrink unseen


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied_once(orientation, kind):
    upright = quarters((64, 32))
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 100, "subsampling": 0},
        "WEBP": {"lossless": True},
    }
    lossless = options.get(kind, {})
    found = images.decode(saved(stored, kind, exif=exif, **lossless))
    assert found.size == (64, 32)
    assert np.abs(np.asarray(found, dtype=int) - np.asarray(upright, dtype=int)).mean() < 4


def test_broken_exif_costs_the_turn_but_not_the_picture():
    data = saved(quarters(), "PNG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert images.decode(data).size == (16, 8)


def test_metadata_does_not_travel():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    assert dict(images.decode(saved(quarters(), "JPEG", exif=exif)).getexif()) == {}


def test_cmyk_becomes_the_colour_it_was():
    found = images.decode(saved(quarters((64, 32)).convert("CMYK"), "JPEG", quality=100, subsampling=0))
    assert near(found.getpixel((60, 16)), BLUE, 6)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_not_cut_off(kind):
    grey = np.array([[0, 257, 128 * 257, 65535]], dtype=np.uint16)
    found = images.decode(saved(Image.fromarray(grey), kind))
    assert [found.getpixel((x, 0)) for x in range(4)] == [(0,) * 3, (1,) * 3, (128,) * 3, WHITE]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 1, 255]], dtype=np.int32), [0, 1, 255]),
        (np.array([[0, 257, 65535]], dtype=np.int32), [0, 1, 255]),
        (np.array([[0, 50_000, 100_000]], dtype=np.int32), [0, 128, 255]),
        (np.array([[0.0, 0.5, 1.0]], dtype=np.float32), [0, 128, 255]),
        (np.array([[0.0, np.nan, 255.0]], dtype=np.float32), [0, 0, 255]),
    ],
)
def test_32_bit_greys_take_the_range_that_holds_them(values, expected):
    found = images.decode(saved(Image.fromarray(values), "TIFF"))
    assert np.asarray(found)[0, :, 0].tolist() == expected


def test_palettes_and_bits_become_colours():
    palette = images.decode(saved(quarters().convert("P", palette=Image.Palette.ADAPTIVE), "PNG"))
    assert near(palette.getpixel((15, 0)), BLUE)
    assert images.decode(saved(Image.new("1", (4, 4), 1), "PNG")).getpixel((0, 0)) == WHITE


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "1"])
def test_transparency_lies_on_white(mode):
    if mode in {"RGBA", "LA"}:
        data = saved(Image.new(mode, (2, 2), 0), "PNG")  # black, fully transparent
    else:
        picture = Image.new(mode, (2, 2), 0)
        data = saved(picture, "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0)
    assert images.decode(data).getpixel((0, 0)) == WHITE


def test_half_transparent_red_is_pink():
    assert near(
        images.decode(saved(Image.new("RGBA", (2, 2), (255, 0, 0, 128)), "PNG")).getpixel((0, 0)),
        (255, 127, 127),
    )


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_stands_for_an_animation(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    found = images.decode(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert near(found.getpixel((4, 4)), RED, 6)


def test_an_empty_file():
    assert refusal(b"").reason == "empty"


def test_bytes_are_counted_first():
    error = refusal(saved(quarters(), "PNG"), max_bytes=20)
    assert error.reason == "too_many_bytes"
    assert "smaller" in error.detail


@pytest.mark.parametrize(
    "text", [b"just a text", b"BMW, black", b"\x00" * 100, "Tasse".encode("utf-16"), b"II*", b"{"]
)
def test_a_text_is_not_an_image(text):
    assert refusal(text).reason == "not_an_image"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"8BPS\x00\x01", "Photoshop"),
        (saved(quarters(), "ICO"), "icon"),
        (saved(quarters(), "JPEG2000"), "JPEG 2000"),
    ],
)
def test_pictures_of_other_kinds_are_named(data, name, monkeypatch):
    without = tuple(
        kind for kind in decoding.FORMATS if kind != "HEIF"
    )  # the extra `heic` may be installed here
    monkeypatch.setattr(decoding, "FORMATS", without)
    error = refusal(data)
    assert error.reason == "unsupported_type"
    assert name in error.detail
    assert "JPEG" in error.detail


@pytest.mark.parametrize("kind", images.FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_cut_off_anywhere(kind, share):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    data = saved(noise, kind)
    assert refusal(data[: int(len(data) * share)]).reason == "truncated"


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a\x01", b"RIFF\x10\x00\x00\x00WEBPVP8 "]
)
def test_a_file_cut_off_in_its_header(data):
    assert refusal(data).reason == "truncated"


@pytest.mark.parametrize("side", [7_100, 10_000, 14_200, 60_000])
@pytest.mark.parametrize("action", ["ignore", "error"])
def test_a_bomb_is_refused_before_it_is_unpacked(side, action):
    # 50 MP is our limit, 89 MP is where Pillow warns, 179 MP where it raises.
    data = png_claiming(side, side)
    tracemalloc.start()
    with warnings.catch_warnings():
        warnings.simplefilter(action, Image.DecompressionBombWarning)
        error = refusal(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.reason == "too_many_pixels"
    assert peak < 1_000_000


def test_pillows_own_limit_holds_where_ours_is_higher():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        assert refusal(png_claiming(10_000, 10_000), max_pixels=10**12).reason == "too_many_pixels"


def test_a_picture_of_exactly_the_limit_is_read():
    assert images.decode(saved(quarters((16, 8)), "PNG"), limits=Limits(max_pixels=128)).size == (16, 8)
    assert refusal(saved(quarters((16, 8)), "PNG"), max_pixels=127).reason == "too_many_pixels"


def test_a_large_jpeg_is_unpacked_at_a_fraction():
    data = saved(quarters((1600, 800)), "JPEG")
    found = images.decode(data, limits=Limits(reduce_to=200))
    assert found.size == (400, 200)
    assert near(found.getpixel((390, 100)), BLUE, 6)
    assert images.decode(data, limits=Limits(reduce_to=801)).size == (1600, 800)
    assert images.decode(data).size == (1600, 800)


def test_colours_that_pillow_cannot_convert(monkeypatch):
    def refuses(image, mode):
        raise ValueError("conversion not supported")

    monkeypatch.setattr(Image.Image, "convert", refuses)
    error = refusal(saved(Image.new("CMYK", (2, 2)), "TIFF"))
    assert error.reason == "unsupported_type"
    assert "CMYK" in error.detail


def test_the_error_survives_the_way_out_of_another_process():
    error: UnreadableImage = pickle.loads(pickle.dumps(refusal(b"")))  # noqa: S301 - our own bytes
    assert isinstance(error, UnreadableImage)
    assert isinstance(error, ProductSearchError)
    assert (error.reason, str(error)) == ("empty", error.detail)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([saved(quarters(), kind) for kind in images.FORMATS]), st.data())
def test_damaged_files_give_a_picture_or_the_error(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] = draw.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = images.decode(bytes(damaged), limits=Limits(max_pixels=1_000_000))
        except UnreadableImage:
            return
    assert found.mode == "RGB"


def test_shrinking_keeps_the_shorter_side():
    assert images.shrink(quarters((1000, 700)), 100).size == (143, 100)
    same = quarters((150, 300))
    assert images.shrink(same, 100) is same
    with pytest.raises(ValueError, match="side is 0"):
        images.shrink(same, 0)
