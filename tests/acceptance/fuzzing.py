"""What nobody should send, made from what somebody would: damaged pictures, cursors and filters, from a seed."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image

from tests import pictures

#: Longer side of the pictures that are damaged: what is tried is the decoder's doors, not how much it can lift.
SIDE = 96
_KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("JPEG", {"quality": 70}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {"quality": 60}),
    ("WEBP", {"lossless": True}), ("GIF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("BMP", {}),
)  # fmt: skip


def originals(folder: Path, count: int, seed: int) -> list[bytes]:
    """Small copies of so many of the folder's pictures in every format, and files that are odd already."""
    paths = sorted(folder.glob("*.webp"))
    chosen = random.Random(seed).sample(paths, count)
    found = []
    for path in chosen:
        with Image.open(path) as picture:
            small = picture.convert("RGB")
            small.thumbnail((SIDE, SIDE))
            found += [pictures.saved(small, kind, **options) for kind, options in _KINDS]
    odd = [data for data, _ in pictures.refused_with_a_reason().values() if len(data) < 100_000]
    seen = [data for data, _ in pictures.seen_by_a_person().values() if len(data) < 100_000]
    return [*found, *odd, *seen, pictures.animation("GIF"), pictures.animation("WEBP")]


def damaged_pictures(originals: Sequence[bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many pictures, each with what was done to it."""
    chance = random.Random(seed)
    for _ in range(count):
        name, damage = chance.choice(_DAMAGES)
        data = damage(chance.choice(originals), originals, chance)
        if chance.random() < 0.2:  # and once more
            data = chance.choice(_DAMAGES)[1](data, originals, chance)
        yield name, data


Damage = Callable[[bytes, Sequence[bytes], random.Random], bytes]


def _flipped(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(chance.randint(1, 40)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _flipped_early(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(min(64, len(changed)))] = chance.randrange(256)
    return bytes(changed)


def _truncated(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _spliced(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _stuttering(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    begin = chance.randrange(len(data) + 1)
    end = min(len(data), begin + chance.randint(1, 400))
    return data[:end] + data[begin:end] * chance.randint(1, 200) + data[end:]


def _holed(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    begin = chance.randrange(len(data) + 1)
    length = chance.randint(1, 300)
    return data[:begin] + bytes(length) + data[begin + length :]


def _polyglot(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    guest = chance.choice(
        [
            b"<html><script>alert(1)</script>",
            b"PK\x03\x04" + bytes(40),
            b"%PDF-1.7\n",
            b"#!/bin/sh\n",
            b"<?php ?>",
        ]
    )
    return chance.choice([data + guest, guest + data, data[:12] + guest + data[12:]])


def _of_huge_size(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    width, height = (chance.choice([0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1]) for _ in range(2))
    if chance.random() < 0.5:
        header = struct.pack(
            ">IIBBBBB", width, height, chance.choice([1, 8, 16]), chance.choice([0, 2, 3, 6]), 0, 0, 0
        )
        chunk = struct.pack(">I", len(header)) + b"IHDR" + header
        rows = zlib.compress(bytes(chance.randint(0, 5000)))
        return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + data[33:60] + rows
    return pictures.gif_claiming(width % 65536, height % 65536) + data[:200]


def _noise(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    return data[: chance.choice([0, 4, 8, 12, 30])] + chance.randbytes(chance.randint(0, 3000))


_DAMAGES: tuple[tuple[str, Damage], ...] = (
    ("flipped", _flipped), ("flipped early", _flipped_early), ("truncated", _truncated), ("spliced", _spliced),
    ("stuttering", _stuttering), ("holed", _holed), ("polyglot", _polyglot), ("huge", _of_huge_size), ("noise", _noise),
    ("whole", lambda data, others, chance: data),
)  # fmt: skip


def damaged_cursors(cursors: Sequence[str], count: int, seed: int) -> Iterator[tuple[str, bool]]:
    """So many, and whether each is still as it was given out."""
    chance = random.Random(seed)
    letters = "abcXYZ019_-.:%/+= \t\n\x7fäß漢🙂\u202e"
    for _ in range(count):
        cursor = chance.choice(cursors)
        place = chance.randrange(len(cursor))
        changed = chance.choice(
            [
                cursor,
                cursor[:place],
                cursor[place:],
                cursor[:place] + chance.choice(letters) + cursor[place + 1 :],
                cursor[:place] + chance.choice(letters) * chance.randint(1, 2000) + cursor[place:],
                cursor.replace(".", f".{chance.choice(['-1', '0', '9' * 30, 'x', ''])}", 1),
                cursor.rpartition(":")[0] + ":" + chance.choice(cursors).rpartition(":")[2],
                cursor.swapcase(),
                "".join(chance.choice(letters) for _ in range(chance.randint(0, 60))),
            ]
        )
        yield changed, changed in cursors


#: Parts of which filters are made: real ones, nearly real ones, and what breaks readers of text, SQL and JSON.
_NAMES = (
    "brand",
    "category",
    "price",
    "in_stock",
    "reduced",
    "collection",
    "colour",
    "prize",
    "",
    "__class__",
    "pk",
)
_VALUES = (
    "acme", "kitchen/mugs", "kitchen", "true", "false", "10..50", "..20", "5..", "50..10", "..", "1e5..2e5", "-5..-1",
    "NaN..1", "0x10..", "9" * 40 + "..", ".5..", "10...50", "' OR 1=1 --", '"', "\\", "%", "_", "*", "\u202e", "🙂" * 9,
    "kitchen//mugs/", "/", "../..", "a" * 600, "\x01", "İ", "ﬁ", "null", "[]", "{}", "null..null", "\uff11..\uff12", "",
)  # fmt: skip
#: Filters that hold for some of the products, half the time: so that much of it is searched for.
_SOUND = (
    ("brand", "acme"), ("category", "kitchen/mugs"), ("category", "kitchen"), ("price", "10..50"), ("price", "..20"),
    ("in_stock", "true"), ("reduced", "false"), ("collection", "none"),
)  # fmt: skip


def odd_queries(count: int, seed: int) -> Iterator[str]:
    """So many query strings of a search, percent-encoded: some are not UTF-8, some not even that."""
    chance = random.Random(seed)
    for _ in range(count):
        pairs = [_pair(chance) for _ in range(chance.choice([1, 1, 2, 3, 5, 9]))]
        query = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
        if chance.random() < 0.05:
            query += chance.choice(
                ["&filter.brand=%ff%fe", "&%00=1", "&filter.price", "&&&", "=", "&filter.=x", "%"]
            )
        yield query


def odd_bodies(count: int, seed: int) -> Iterator[bytes]:
    """So many JSON bodies of a search, some of them hardly JSON."""
    chance = random.Random(seed)
    for _ in range(count):
        body: dict[str, Any] = {"q": chance.choice(["mug", "", "red"])}
        body["filters"] = dict(_filter(chance) for _ in range(chance.randint(1, 3)))
        if chance.random() < 0.3:
            body["where"] = [[":".join(_filter(chance)) for _ in range(chance.randint(1, 3))]]
        while chance.random() < 0.4:
            name = chance.choice(
                ["filters", "where", "facets", "plain", "sort", "page", "per_page", "fields", "like"]
            )
            body[name] = _anything(chance, 3)
        text = json.dumps(body)
        if chance.random() < 0.1:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice(["NaN", "\\ud800", "}", "[" * 2000, "", '"']) + text[place:]
        yield text.encode("utf-8", "surrogatepass")


def _filter(chance: random.Random) -> tuple[str, str]:
    if chance.random() < 0.7:
        return chance.choice(_SOUND)
    return chance.choice(_NAMES), chance.choice(_VALUES)


def _pair(chance: random.Random) -> tuple[str, str]:
    kind = chance.random()
    name, value = _filter(chance)
    if kind < 0.6:
        return f"filter.{name}", value
    if kind < 0.8:
        clause = [
            chance.choice(["", "", "-", "--"]) + ":".join(_filter(chance))
            for _ in range(chance.randint(0, 3))
        ]
        return "where", json.dumps(clause) if chance.random() < 0.9 else value
    name = chance.choice(
        ["facets", "sort", "page", "per_page", "plain", "fields", "like", "less", "vectors", "q"]
    )
    return name, chance.choice([value, *_NAMES, "price,brand", "1", "-1", "17^0.5", "x^2"])


def _anything(chance: random.Random, depth: int) -> Any:
    if depth and chance.random() < 0.4:
        inner = [_anything(chance, depth - 1) for _ in range(chance.randint(0, 3))]
        return inner if chance.random() < 0.6 else {chance.choice(_NAMES): each for each in inner}
    return chance.choice(
        [*_VALUES, None, True, 0, -1, 1.5, 10**30, "brand:acme", "-in_stock:true", "price:..20"]
    )


def form_of(data: bytes, chance: random.Random) -> tuple[bytes, str]:
    """A multipart body with the picture, and its content type; now and then itself a little odd."""
    boundary = chance.choice(["boundary", "b" * 70, "a'b()+_,-./:=?"])
    field = chance.choice(["picture"] * 8 + ["like", "like^0.5", "unlike", "like^2", "file"])
    name = chance.choice(["a.jpg", "", "../../etc/passwd", "ä\u202e.png", "a" * 300, 'a";b', "a\x00.png"])
    kind = chance.choice(["image/jpeg", "image/png", "text/html", "", "application/json", "image/svg+xml"])
    out = io.BytesIO()
    out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="q"\r\n\r\nmug\r\n'.encode())
    disposition = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
    out.write(f"--{boundary}\r\n{disposition}\r\nContent-Type: {kind}\r\n\r\n".encode())
    out.write(data)
    out.write(f"\r\n--{boundary}--\r\n".encode() if chance.random() < 0.95 else b"")
    quoted = chance.random() < 0.5 or not boundary.isalnum()
    return out.getvalue(), "multipart/form-data; boundary=" + (f'"{boundary}"' if quoted else boundary)
