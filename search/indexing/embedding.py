"""From texts and pictures to vectors in each live space; what was embedded once is not embedded again.

The encoder runs outside any transaction. Vectors are looked up by the digest of exactly what was embedded, among all
rows of the space, also those that lost their product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray
from pgvector import HalfVector
from PIL import Image

from .. import encoders, images
from ..conf import settings
from ..encoders import EncoderUnavailable
from ..models import PictureVector, Space, TextVector
from . import heartbeat
from .content import PictureFile, TextContent

#: Decoded pixels held at once.
PIXELS_AT_ONCE = 64_000_000
TEXTS_AT_ONCE = 64
#: Pixels that a picture's shorter side keeps however little a model sees.
SMALLEST_SIDE = 128


#: Heartbeat of a space whose model has other weights here than it was made with.
CHANGED = "model-changed:"


class ModelChanged(EncoderUnavailable):
    """The model of this name has other weights or preprocessing here than the space was made with."""


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
    """Vectors of one batch in pgvector's binary form, by (space, digest)."""

    texts: dict[tuple[int, str], bytes] = field(default_factory=dict)
    pictures: dict[tuple[int, str], bytes] = field(default_factory=dict)
    #: Spaces whose model is not here, and why: nothing new is embedded for them.
    without_model: dict[int, EncoderUnavailable] = field(default_factory=dict)

    def encoder(self, space: Space, spaces: Sequence[Space], *, using: str) -> encoders.Encoder | None:
        """The encoder of `space`; None where its model is not here while another of the live `spaces` has one.

        So a model whose weights were replaced under its name holds up neither texts nor the space that replaces it: a
        product goes without a vector there until a fill brings it. Raises `EncoderUnavailable` where no model is here:
        then the products wait.
        """
        if space.pk in self.without_model:
            return None
        try:
            found = encoder_for(space)
        except EncoderUnavailable as error:
            if isinstance(error, ModelChanged):
                heartbeat.beat(f"{CHANGED}{space.pk}", using=using, problem=str(error))
            self.without_model[space.pk] = error
            for other in spaces:
                if other.pk not in self.without_model and self.encoder(other, spaces, using=using):
                    return None
            raise self.without_model[spaces[0].pk] from None
        heartbeat.forget(f"{CHANGED}{space.pk}", using=using)
        return found


def encoder_for(space: Space) -> encoders.Encoder:
    """This process's encoder of `space`: the ENCODER in use, else the one the space was made with.

    Raises `EncoderUnavailable`, or `ModelChanged` where a model of this name is here but gives other vectors.
    """
    problem = EncoderUnavailable(f'Space {space.pk} needs the model "{space.name}", which is not here.')
    own_is_setting = space.name == settings().encoder
    for own in (True, False)[own_is_setting:]:
        try:
            found = encoders.get_encoder(space.name) if own else encoders.get_encoder()
        except Exception as error:
            problem = EncoderUnavailable(
                f'Space {space.pk} needs the model "{space.name}", which does not load here: {error}'
            )
            problem.__cause__ = error
            continue
        if found.info.digest == space.digest:
            return found
        if own or own_is_setting:
            problem = ModelChanged(
                f'Space {space.pk} was made with other weights or preprocessing than "{space.name}" has now. Put the '
                "old model back, or fill a space for the new one: `manage.py spaces create`, `fill`, `switch`."
            )
    raise problem


def embed_texts(
    texts: Sequence[TextContent],
    spaces: Sequence[Space],
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
        encoder = vectors.encoder(space, spaces, using=using) if missing else None
        for start in range(0, len(missing), TEXTS_AT_ONCE):
            if encoder is None:
                break
            piece = missing[start : start + TEXTS_AT_ONCE]
            rows = _checked(encoder.encode_texts([wanted[digest] for digest in piece]), space, len(piece))
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

    A file is unpacked only when a space lacks its digest, apart and while the model runs; one that does not unpack
    becomes a row with a reason.
    """
    digests = list({file.digest for file in files if not file.reason})
    known = {
        space.pk: known_vectors(PictureVector._meta.db_table, space, digests, using=using) for space in spaces
    }
    failures: dict[str, _Failure] = {}
    sizes: dict[str, tuple[int, int]] = {}
    piece: dict[str, Image.Image] = {}
    pixels = 0
    unknown = {
        file.digest: file.data
        for file in files
        if not file.reason and any(file.digest not in known[space.pk] for space in spaces)
    }
    limits = images.host_limits(reduce_to=_side(spaces, vectors, using) if unknown else None)
    with ThreadPoolExecutor(images.MOST, thread_name_prefix="unpack") as pool:
        unpacked = pool.map(lambda digest: _unpacked(digest, unknown[digest], limits), unknown)
        for digest, picture in zip(unknown, unpacked, strict=True):
            alive()
            if isinstance(picture, _Failure):
                failures[digest] = picture
                continue
            piece[digest] = picture.image
            sizes[digest] = picture.size
            pixels += picture.image.width * picture.image.height
            if pixels >= PIXELS_AT_ONCE:
                _encode_pictures(piece, spaces, known, vectors, using)
                alive()
                piece, pixels = {}, 0
    _encode_pictures(piece, spaces, known, vectors, using)
    alive()
    for space in spaces:
        vectors.pictures.update({(space.pk, digest): vector for digest, vector in known[space.pk].items()})
    return [(file.key, _row(file, failures, sizes)) for file in files]


@dataclass(frozen=True)
class _Failure:
    """Why a file was not unpacked; `transient` where that was no fault of the file."""

    reason: str
    detail: str
    transient: bool


#: Files that cost a decoder its time or its life, by digest: not met again before this process ends.
_costly: dict[str, _Failure] = {}
_MOST_COSTLY = 10_000


def _unpacked(digest: str, data: bytes, limits: images.Limits) -> images.Decoded | _Failure:
    if digest in _costly:
        return _costly[digest]
    try:
        return images.decode_apart(data, limits=limits)
    except images.UnreadableImage as error:
        failure = _Failure(error.reason, error.detail, transient=False)
        if error.reason in ("too_slow", "too_much_memory", "crashes_decoder") and len(_costly) < _MOST_COSTLY:
            _costly[digest] = failure
        return failure
    except images.DecoderUnavailable as error:
        return _Failure("decoder_unavailable", str(error), transient=True)


def _side(spaces: Sequence[Space], vectors: Vectors, using: str) -> int:
    """Pixels that a picture's shorter side keeps: twice what the largest model sees, which costs no detail."""
    encoders_here = [vectors.encoder(space, spaces, using=using) for space in spaces]
    return max([SMALLEST_SIDE, *(2 * encoder.info.image_size for encoder in encoders_here if encoder)])


def _encode_pictures(
    piece: Mapping[str, Image.Image],
    spaces: Sequence[Space],
    known: Mapping[int, dict[str, bytes]],
    vectors: Vectors,
    using: str,
) -> None:
    for space in spaces:
        missing = [digest for digest in piece if digest not in known[space.pk]]
        encoder = vectors.encoder(space, spaces, using=using) if missing else None
        if encoder is not None:
            rows = encoder.encode_images([piece[digest] for digest in missing])
            known[space.pk].update(zip(missing, _checked(rows, space, len(missing)), strict=True))


def _row(
    file: PictureFile, failures: Mapping[str, _Failure], sizes: Mapping[str, tuple[int, int]]
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
        transient=failure.transient if failure else file.transient,
    )


def known_vectors(table: str, space: Space, digests: Sequence[str], *, using: str) -> dict[str, bytes]:
    """The vectors that `space` already has of these digests, by the partition's index on (space_id, digest)."""
    if not digests:
        return {}
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (digest) digest, halfvec_send(vector) FROM {table}"
            " WHERE space_id = %s AND digest = ANY(%s) ORDER BY digest",
            [space.pk, list(digests)],
        )
        return dict(cursor.fetchall())


def _checked(rows: NDArray[np.float32], space: Space, expected: int) -> list[bytes]:
    """Rows in pgvector's binary form; an encoder that gives other than finite `(expected, dim)` rows is not used."""
    if rows.shape != (expected, space.dim) or not np.isfinite(rows).all():
        raise EncoderUnavailable(
            f'"{space.name}" gave vectors of shape {rows.shape}, or with values that are no numbers; '
            f"expected ({expected}, {space.dim})."
        )
    return [HalfVector(row).to_binary() for row in rows]
