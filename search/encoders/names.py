"""The ENCODER setting taken apart: where a model comes from, without asking whether it is there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .errors import UnknownEncoder

Source = Literal["tag", "untrained", "hub", "folder", "hash"]

FORMS = (
    '"ViT-B-32:laion2b_s34b_b79k" (a model and a weights tag of open_clip), "hf-hub:org/name" (a repository), '
    '"local-dir:/path/to/folder", or "hash:64" in tests'
)
_MAX_HASH_DIM = 4096
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class EncoderName:
    """One model by name. `model` is an architecture, a repository, a folder or, for `hash`, the number of dimensions.

    `weights` is the tag of a `tag` source and empty otherwise.
    """

    text: str
    source: Source
    model: str
    weights: str = ""


def parse(text: str) -> EncoderName:
    """The parts of an ENCODER string; raises `UnknownEncoder` where its form is none of `FORMS`."""
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if not colon or not scheme or not rest:
        raise _malformed(
            text, "it has no weights" if scheme and not colon else "one side of the colon is empty"
        )
    if scheme == "local-dir":
        return EncoderName(text, "folder", rest)
    if scheme == "hf-hub":
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", rest):
            raise _malformed(text, f'"{rest}" is not of the form org/name')
        return EncoderName(text, "hub", rest)
    if scheme == "hash":
        if not rest.isascii() or not rest.isdigit() or not 1 <= int(rest) <= _MAX_HASH_DIM:
            raise _malformed(text, f'"{rest}" is not a number of dimensions from 1 to {_MAX_HASH_DIM}')
        return EncoderName(text, "hash", rest)
    if not re.fullmatch(r"[\w./-]+", scheme) or not re.fullmatch(r"[\w.-]+", rest):
        raise _malformed(text, "it holds characters that no name of open_clip has")
    architecture = scheme.replace("/", "-")  # OpenAI's spelling, "ViT-B/32"
    if rest == "untrained":
        return EncoderName(text, "untrained", architecture)
    return EncoderName(text, "tag", architecture, rest)


def nearest(wrong: str, known: Iterable[str]) -> str:
    """A sentence with the known names most like `wrong`, or the first few of them where none is."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(wrong.lower(), by_lower, n=_NAMES_SHOWN, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(by_lower[name] for name in near)}?"
    return f"Known: {', '.join(sorted(by_lower.values())[:_NAMES_SHOWN])} ..."


def _malformed(text: str, why: str) -> UnknownEncoder:
    return UnknownEncoder(f'ENCODER is "{text}": {why}. Write {FORMS}.')
