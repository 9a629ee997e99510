"""From a picture's file, or a video's, to what the models see of it and the rows that record it; no database here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import encoders, images
from ..documents.reading import frame_id
from ..images.lettering import lettering
from . import videos
from .content import PictureFile


@dataclass(frozen=True)
class PictureRow:
    """One picture as it will be recorded: size in pixels and small copy where it was decoded, or why it was not."""

    picture: str
    position: int
    name: str
    size: int | None
    digest: str
    width: int | None = None
    height: int | None = None
    copy: bytes | None = None
    lettering: float | None = None
    #: When a video's key frame is to be seen.
    second: float | None = None
    reason: str = ""
    detail: str = ""
    #: It could not be read this time: the vector that we have stays, and the product is tried again.
    transient: bool = False


@dataclass(frozen=True)
class Seen:
    """An unpacked picture, or frame of a video at its `second`: its `size` as stored, a few pixels of it, and by space
    what the model sees of it.
    """

    size: tuple[int, int]
    copy: bytes
    ready: Mapping[int, Any]
    #: How likely something is written over it, where a policy asks.
    lettering: float | None = None
    second: float | None = None


@dataclass(frozen=True)
class Failure:
    """Why a file was not unpacked; `transient` where that was no fault of the file."""

    reason: str
    detail: str
    transient: bool


#: Files that cost a decoder its time or its life, by digest: not met again before this process ends.
_costly: dict[str, Failure] = {}
_MOST_COSTLY = 10_000


def unpack(
    digest: str,
    data: bytes,
    limits: images.Limits,
    encoders_of: Mapping[int, encoders.Encoder],
    lettered: bool,
) -> list[Seen] | Failure:
    """The picture, or the frames of what is a video by its `limits`."""
    if digest in _costly:
        return _costly[digest]
    try:
        shown: list[tuple[images.Decoded | images.Frame, float | None]]
        if limits.moving:
            shown = [(frame, frame.second) for frame in images.frames_apart(data, limits=limits)]
        else:
            shown = [(images.decode_apart(data, limits=limits), None)]
    except images.UnreadableImage as error:
        failure = Failure(error.reason, error.detail, transient=False)
        if error.reason in ("too_slow", "too_much_memory", "crashes_decoder") and len(_costly) < _MOST_COSTLY:
            _costly[digest] = failure
        return failure
    except images.DecoderUnavailable as error:
        return Failure("decoder_unavailable", str(error), transient=True)
    return [
        Seen(
            each.size,
            images.small_copy(each.image),
            {space: encoders.prepare(encoder, each.image) for space, encoder in encoders_of.items()},
            lettering(each.image) if lettered else None,
            second,
        )
        for each, second in shown
    ]


def _row(file: PictureFile) -> PictureRow:
    content = file.content
    return PictureRow(
        picture=content.picture,
        position=content.position,
        name=content.name,
        size=None if file.reason else len(file.data),
        digest=file.digest,
        reason=file.reason,
        detail=file.detail,
        transient=file.transient,
    )


def rows_of(
    file: PictureFile,
    found: list[Seen] | Failure | None,
    recorded: Sequence[tuple[str, str, float | None]],
) -> list[PictureRow]:
    """The file's row, or those of its frames, with what unpacking it told; without that, as they are `recorded`."""
    row = _row(file)
    if not row.reason and isinstance(found, list):
        return [
            replace(
                row,
                picture=frame_id(row.picture, number),
                digest=videos.frame_digest(row.digest, number),
                width=each.size[0],
                height=each.size[1],
                copy=each.copy,
                lettering=each.lettering,
                second=each.second,
            )
            for number, each in enumerate(found)
        ]
    if not row.reason and isinstance(found, Failure):
        row = replace(row, reason=found.reason, detail=found.detail, transient=found.transient)
    if row.reason and not row.transient:
        return [row]
    # What could not be read this time stays as it was, as what need not be read does.
    first = row if row.reason or not recorded else replace(row, second=recorded[0][2])
    return [
        first,
        *(
            replace(first, picture=picture, digest=digest, second=second)
            for picture, digest, second in recorded[1:]
        ),
    ]
