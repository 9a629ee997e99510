"""What is stored and embedded of a product: its texts with their terms, its pictures with their digests.

The text that is embedded in a language is the first declared one that is not empty, as a rule the title: CLIP was
trained on short captions, and a long description would be cut off by its tokenizer anyway. All texts are searched by
words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousFileOperation

from ..conf import settings
from ..documents.reading import PictureContent, ProductContent
from ..images.addresses import FetchFailed
from ..text import terms

PICTURES_AT_ONCE = 32
MOST = 32_767  # what a smallint holds


@dataclass(frozen=True)
class TextContent:
    """One language's texts of a product; `embedded` is what the encoder sees, `digest` its hex SHA-256."""

    key: Any
    language: str
    fields: Mapping[str, str]
    embedded: str
    digest: str


@dataclass(frozen=True)
class TermsOf:
    """Distinct terms, sorted, with `frequencies[t * fields + f]` and each field's number of terms."""

    terms: list[str]
    frequencies: list[int]
    lengths: list[int]


@dataclass(frozen=True)
class PictureFile:
    """A picture as read from its storage: its bytes, or the `reason` why there are none.

    `transient` failures (a storage that does not answer) are tried again, and leave the stored vector in place.
    """

    key: Any
    content: PictureContent
    data: bytes = b""
    digest: str = ""
    reason: str = ""
    detail: str = ""
    transient: bool = False


def texts_of(content: ProductContent) -> list[TextContent]:
    """A product's texts, one for each language of the document."""
    found = []
    for language, given in content.texts.items():
        fields = {name: text.replace("\x00", "") for name, text in given.items()}  # no column holds a NUL
        embedded = next((" ".join(text.split()) for text in fields.values() if text.strip()), "")
        found.append(TextContent(content.key, language, fields, embedded, text_digest(embedded)))
    return found


def text_digest(text: str) -> str:
    """Hex SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def terms_of(text: TextContent) -> TermsOf:
    """The terms of all fields of one language's texts."""
    by_field = [terms(value, text.language) for value in text.fields.values()]
    distinct = sorted({term for found in by_field for term in found})
    places = {term: number * len(by_field) for number, term in enumerate(distinct)}
    frequencies = [0] * (len(distinct) * len(by_field))
    for place, found in enumerate(by_field):
        for term in found:
            frequencies[places[term] + place] += 1
    if any(len(found) > MOST for found in by_field):
        frequencies = [min(frequency, MOST) for frequency in frequencies]
    return TermsOf(distinct, frequencies, [len(found) for found in by_field])


def picture_files(
    contents: Sequence[ProductContent], *, alive: Callable[[], None]
) -> Iterator[list[PictureFile]]:
    """All pictures of a batch, read in pieces of BATCH_BYTES that fit into memory; `alive` is called after each."""
    most = settings().batch_bytes
    piece: list[PictureFile] = []
    held = 0
    for content in contents:
        for picture in content.pictures:
            file = read_picture(content.key, picture)
            piece.append(file)
            held += len(file.data)
            alive()
            if held >= most or len(piece) >= PICTURES_AT_ONCE:
                yield piece
                piece, held = [], 0
    if piece:
        yield piece


def read_picture(key: Any, content: PictureContent) -> PictureFile:
    """One picture's bytes and digest; a file that can't be read is a reason, not an error."""
    limit = settings().max_video_bytes if content.moving else settings().max_upload_bytes
    try:
        data = content.read(limit)
    except FetchFailed as error:
        return PictureFile(key, content, reason=error.reason, detail=error.detail, transient=error.transient)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, SuspiciousFileOperation):
        detail = f"{content.name} is not in its storage."
        return PictureFile(key, content, reason="missing_file", detail=detail)
    except Exception as error:  # whatever this shop's storage raises; the product is tried again
        detail = f"{content.name} could not be read: {error}"
        return PictureFile(key, content, reason="storage_error", detail=detail, transient=True)
    return PictureFile(key, content, data=data, digest=hashlib.sha256(data).hexdigest())
