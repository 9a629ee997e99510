"""From texts and pictures to vectors in each live space; what was embedded once is not embedded again.

The encoder runs outside any transaction. Vectors are looked up by the digest of exactly what was embedded, among all
rows of the space, also those that lost their product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray
from pgvector import HalfVector
from PIL import Image

from .. import encoders, images
from ..conf import settings
from ..errors import ProductSearchError
from ..models import PictureVector, Space, TextVector
from .content import PictureFile, TextContent

#: Decoded pixels held at once.
PIXELS_AT_ONCE = 64_000_000
TEXTS_AT_ONCE = 64


class EncoderUnavailable(ProductSearchError):
    """No vector can be made for a live space in this process; the message says which model is missing and why."""


@dataclass(frozen=True)
class PictureRow:
    """One picture as it will be recorded: its size in pixels where it was decoded, or the reason why it was not."""

    picture: str
    position: int
    name: str
    size: int | None
    digest: str
    width: int | None = None
    height: int | None = None
    reason: str = ""
    detail: str = ""
    #: It could not be read this time: the vector that we have stays, and the product is tried again.
    transient: bool = False


@dataclass
class Vectors:
    """Vectors of one batch as pgvector's text, by (space, digest)."""

    texts: dict[tuple[int, str], str] = field(default_factory=dict)
    pictures: dict[tuple[int, str], str] = field(default_factory=dict)


def encoder_for(space: Space) -> encoders.Encoder:
    """This process's encoder of `space`: the ENCODER in use, else the one the space was made with."""
    try:
        current = encoders.get_encoder()
        if current.info.digest == space.digest:
            return current
        other = _load(space.name, settings().allow_untrained)
    except Exception as error:
        raise EncoderUnavailable(
            f'Space {space.pk} needs the model "{space.name}", which does not load here: {error}'
        ) from error
    if other.info.digest != space.digest:
        raise EncoderUnavailable(
            f'Space {space.pk} was made with other weights or preprocessing than "{space.name}" has now. Put the old '
            "model back, or fill a space for the new one: `manage.py spaces create`, `fill`, `switch`."
        )
    return other


@lru_cache(maxsize=2)
def _load(name: str, allow_untrained: bool) -> encoders.Encoder:
    return encoders.load(name, allow_untrained=allow_untrained)


def embed_texts(
    texts: Sequence[TextContent],
    spaces: Iterable[Space],
    vectors: Vectors,
    *,
    using: str,
    alive: Callable[[], None],
) -> None:
    """Fill `vectors.texts` for every text that is not empty; `alive` is called between pieces."""
    wanted = {text.digest: text.embedded for text in texts if text.embedded}
    for space in spaces:
        known = known_vectors(TextVector._meta.db_table, space, list(wanted), using=using)
        missing = [digest for digest in wanted if digest not in known]
        for start in range(0, len(missing), TEXTS_AT_ONCE):
            piece = missing[start : start + TEXTS_AT_ONCE]
            rows = _checked(
                encoder_for(space).encode_texts([wanted[digest] for digest in piece]), space, len(piece)
            )
            known.update(zip(piece, rows, strict=True))
            alive()
        vectors.texts.update({(space.pk, digest): vector for digest, vector in known.items()})


def embed_pictures(
    files: Sequence[PictureFile],
    spaces: Sequence[Space],
    vectors: Vectors,
    *,
    using: str,
    alive: Callable[[], None],
) -> list[tuple[Any, PictureRow]]:
    """Fill `vectors.pictures` for all files that decode; returns each file's product key and row, in order.

    A file is decoded only when a space lacks its digest or we don't know its size in pixels; one that does not decode
    becomes a row with a reason.
    """
    digests = list({file.digest for file in files if not file.reason})
    known = {
        space.pk: known_vectors(PictureVector._meta.db_table, space, digests, using=using) for space in spaces
    }
    failures: dict[str, images.UnreadableImage] = {}
    sizes: dict[str, tuple[int, int]] = {}
    piece: dict[str, Image.Image] = {}
    pixels = 0
    for file in {file.digest: file for file in files if not file.reason}.values():
        if all(file.digest in known[space.pk] for space in spaces):
            continue
        try:
            picture = images.decode(file.data, limits=images.host_limits())
        except images.UnreadableImage as error:
            failures[file.digest] = error
            continue
        piece[file.digest] = picture
        sizes[file.digest] = picture.size
        pixels += picture.width * picture.height
        if pixels >= PIXELS_AT_ONCE:
            _encode_pictures(piece, spaces, known)
            alive()
            piece, pixels = {}, 0
    _encode_pictures(piece, spaces, known)
    alive()
    for space in spaces:
        vectors.pictures.update({(space.pk, digest): vector for digest, vector in known[space.pk].items()})
    return [(file.key, _row(file, failures, sizes)) for file in files]


def _encode_pictures(
    piece: Mapping[str, Image.Image], spaces: Sequence[Space], known: Mapping[int, dict[str, str]]
) -> None:
    for space in spaces:
        missing = [digest for digest in piece if digest not in known[space.pk]]
        if missing:
            rows = encoder_for(space).encode_images([piece[digest] for digest in missing])
            known[space.pk].update(zip(missing, _checked(rows, space, len(missing)), strict=True))


def _row(
    file: PictureFile, failures: Mapping[str, images.UnreadableImage], sizes: Mapping[str, tuple[int, int]]
) -> PictureRow:
    content = file.content
    failure = failures.get(file.digest) if not file.reason else None
    width, height = sizes.get(file.digest, (None, None))
    return PictureRow(
        picture=content.picture,
        position=content.position,
        name=content.name,
        size=None if file.reason else len(file.data),
        digest=file.digest,
        width=width,
        height=height,
        reason=failure.reason if failure else file.reason,
        detail=failure.detail if failure else file.detail,
        transient=file.transient,
    )


def known_vectors(table: str, space: Space, digests: Sequence[str], *, using: str) -> dict[str, str]:
    """The vectors that `space` already has of these digests, by the partition's index on (space_id, digest)."""
    if not digests:
        return {}
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (digest) digest, vector::text FROM {table}"
            " WHERE space_id = %s AND digest = ANY(%s) ORDER BY digest",
            [space.pk, list(digests)],
        )
        return dict(cursor.fetchall())


def _checked(rows: NDArray[np.float32], space: Space, expected: int) -> list[str]:
    """Rows as pgvector's text; an encoder that gives other than finite `(expected, dim)` rows is not used."""
    if rows.shape != (expected, space.dim) or not np.isfinite(rows).all():
        raise EncoderUnavailable(
            f'"{space.name}" gave vectors of shape {rows.shape}, or with values that are no numbers; '
            f"expected ({expected}, {space.dim})."
        )
    return [HalfVector(row).to_text() for row in rows]
