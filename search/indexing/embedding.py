"""From texts and pictures to vectors in each live space; what was embedded once is not embedded again.

The encoder runs outside any transaction. Vectors are looked up by the digest of exactly what was embedded, among all
rows of the space, also those that lost their product.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connections
from django.utils import timezone
from numpy.typing import NDArray

from .. import encoders, images
from ..conf import settings
from ..encoders import EncoderUnavailable
from ..images.lettering import SIDE as LETTERING_SIDE
from ..models import Generation, Picture, PictureVector, Policy, Space, TextVector
from . import heartbeat, videos
from .content import PictureFile, TextContent, text_digest
from .copying import copy_rows
from .unpacking import Failure, PictureRow, rows_of, unpack

#: Pixels that a picture's shorter side keeps however little a model sees.
SMALLEST_SIDE = 128


#: Heartbeat of a space whose model has other weights here than it was made with.
CHANGED = "model-changed:"


class ModelChanged(EncoderUnavailable):
    """The model of this name has other weights or preprocessing here than the space was made with."""


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
    earlier: Vectors | None = None,
) -> Callable[[], None]:
    """What fills `vectors.texts` for every text that is not empty, apart from the database.

    `earlier` are the vectors of batches whose pieces are done before, and whose rows may not be there yet.
    """
    wanted = {text.digest: text.embedded for text in texts if text.embedded}
    missing: list[tuple[Space, encoders.Encoder, list[str]]] = []
    for space in spaces:
        known = known_vectors(TextVector._meta.db_table, space, list(wanted), using=using)
        vectors.texts.update({(space.pk, digest): vector for digest, vector in known.items()})
        new = [digest for digest in wanted if digest not in known]
        encoder = vectors.encoder(space, spaces, using=using) if new else None
        if encoder is not None:
            missing.append((space, encoder, new))

    def embed() -> None:
        for space, encoder, digests in missing:
            new = _not_in(earlier.texts if earlier else {}, vectors.texts, space, digests)
            if new:
                rows = _checked(encoder.encode_texts([wanted[digest] for digest in new]), space, len(new))
                vectors.texts.update({(space.pk, digest): row for digest, row in zip(new, rows, strict=True)})

    return embed


def vectors_of(
    texts: Sequence[str], space: Space, generation: Generation, *, using: str, keep: bool = True
) -> NDArray[np.float32]:
    """`(n, dim)` of distinct texts that no product need have: embedded once, then kept for reuse as long as vectors
    are that lost their product, and longer while they are asked for. Without `keep` nothing is written.

    Raises `EncoderUnavailable` where a new one can't be embedded.
    """
    digests = {text_digest(text): text for text in texts}
    table = TextVector._meta.db_table
    known = known_vectors(table, space, list(digests), using=using)
    if new := [digest for digest in digests if digest not in known]:
        rows = encoder_for(space).encode_texts([digests[digest] for digest in new])
        known |= dict(zip(new, _checked(rows, space, len(new)), strict=True))
    if keep:
        if new:
            copy_rows(
                using,
                table,
                ("space_id", "generation_id", "language", "digest", "vector", "forgotten_at"),
                ((space.pk, generation.pk, "", digest, known[digest], timezone.now()) for digest in new),
                binary=("bigint", "bigint", "varchar", "varchar", "bytea", "timestamptz"),
            )
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET forgotten_at = statement_timestamp()"
                " WHERE space_id = %s AND digest = ANY(%s) AND product IS NULL"
                " AND forgotten_at < statement_timestamp() - interval '1 day'",
                [space.pk, list(digests)],
            )
    packed = (known[digest][len(_head(space)) :] for digest in digests)
    return np.stack([np.frombuffer(row, dtype=">f2").astype(np.float32) for row in packed])


def embed_pictures(
    files: Sequence[PictureFile],
    spaces: Sequence[Space],
    vectors: Vectors,
    *,
    using: str,
    unpackers: Executor,
    earlier: Vectors | None = None,
) -> Callable[[], list[tuple[Any, PictureRow]]]:
    """What fills `vectors.pictures` for all files that decode, and returns each file's product key and row, in order.

    A file is unpacked only when a space lacks its digest, or its product a small copy of it, or what a policy asks of
    it, at once and by `unpackers`, and made ready for the models there; one that does not unpack becomes a row with a
    reason. A video becomes a row for each of its key frames.
    """
    contents = {file.digest: file.data for file in files if not file.reason}
    moving = {file.digest for file in files if file.content.moving and not file.reason}
    recorded = videos.recorded_frames(files, using=using)
    wanted = [*contents, *videos.possible_frames(moving)]
    missing: list[tuple[Space, encoders.Encoder]] = []
    lacking: dict[str, dict[int, encoders.Encoder]] = {}
    held = [known_vectors(PictureVector._meta.db_table, space, wanted, using=using) for space in spaces]
    unsettled = videos.unsettled(files, recorded, held)
    for space, known in zip(spaces, held, strict=True):
        vectors.pictures.update({(space.pk, digest): vector for digest, vector in known.items()})
        new = [digest for digest in contents if digest not in known or digest in unsettled]
        encoder = vectors.encoder(space, spaces, using=using) if new else None
        if encoder is not None:
            missing.append((space, encoder))
        for digest in new:
            lacking.setdefault(digest, {}).update({} if encoder is None else {space.pk: encoder})
    read = Picture.objects.using(using).filter(product__in={file.key for file in files})
    copied = read.filter(copy__isnull=False)
    lettered = Policy.objects.using(using).filter(enabled=True, lettering=True).exists()
    if lettered:
        copied = copied.filter(lettering__isnull=False)
    for digest in contents.keys() - set(copied.values_list("digest", flat=True)):
        lacking.setdefault(digest, {})
    side = max(
        [
            LETTERING_SIDE if lettered else SMALLEST_SIDE,
            *(2 * encoder.info.image_size for _, encoder in missing),
        ]
    )
    limits, of_videos = images.host_limits(reduce_to=side), images.video_limits(reduce_to=side)
    unpacked = {
        digest: unpackers.submit(
            unpack, digest, contents[digest], of_videos if digest in moving else limits, encoders_of, lettered
        )
        for digest, encoders_of in lacking.items()
    }

    def embed() -> list[tuple[Any, PictureRow]]:
        found = {digest: future.result() for digest, future in unpacked.items()}
        seen = {
            videos.frame_digest(digest, number): frame
            for digest, frames in found.items()
            if not isinstance(frames, Failure)
            for number, frame in enumerate(frames)
        }
        for space, encoder in missing:
            digests = [digest for digest, picture in seen.items() if space.pk in picture.ready]
            new = _not_in(earlier.pictures if earlier else {}, vectors.pictures, space, digests)
            if new:
                vectors_of = encoder.encode_images([seen[digest].ready[space.pk] for digest in new])
                for digest, row in zip(new, _checked(vectors_of, space, len(new)), strict=True):
                    vectors.pictures[space.pk, digest] = row
        return [
            (file.key, row)
            for file in files
            for row in rows_of(
                file, found.get(file.digest), recorded.get((file.key, file.content.picture), ())
            )
        ]

    return embed


def _not_in(
    earlier: Mapping[tuple[int, str], bytes],
    vectors: dict[tuple[int, str], bytes],
    space: Space,
    digests: Sequence[str],
) -> list[str]:
    """The digests that no batch has embedded yet; what an earlier one has is taken from there."""
    for digest in digests:
        if (space.pk, digest) in earlier:
            vectors[space.pk, digest] = earlier[space.pk, digest]
    return [digest for digest in digests if (space.pk, digest) not in vectors]


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
    head = _head(space)  # at once for all rows
    return [head + row.tobytes() for row in rows.astype(">f2")]


def _head(space: Space) -> bytes:
    """What pgvector.HalfVector writes before the numbers: dimensions, and two bytes that mean nothing."""
    return struct.pack(">HH", space.dim, 0)
