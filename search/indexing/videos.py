"""Key frames of videos as rows of pictures: what each is called, its digest, and what is known of a video's already.

The first frame has the video's own id and digest, so that whatever looks for the file finds it; the others follow.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..documents.reading import frame_id, video_of
from ..images import MOST_FRAMES
from ..models import Picture
from .content import PictureFile

#: By product and video, what is recorded of its frames: (id, digest, second), the first one first.
Recorded = Mapping[tuple[Any, str], Sequence[tuple[str, str, float | None]]]


def frame_digest(digest: str, number: int) -> str:
    """The digest of a video's frame, from the video's own."""
    return hashlib.sha256(f"{digest}@{number}".encode()).hexdigest() if number else digest


def possible_frames(digests: Iterable[str]) -> list[str]:
    """Digests that frames of these videos may have, beside their own."""
    return [frame_digest(digest, number) for digest in digests for number in range(1, MOST_FRAMES)]


def recorded_frames(files: Sequence[PictureFile], *, using: str) -> Recorded:
    """What is recorded of the videos among `files`; nothing of one that could not be read last time."""
    videos = {(file.key, file.content.picture) for file in files if file.content.moving}
    found: dict[tuple[Any, str], dict[str, tuple[str, str, float | None]]] = defaultdict(dict)
    if videos:
        rows = Picture.objects.using(using).filter(product__in={key for key, _ in videos}, reason="")
        for key, picture, digest, second in rows.values_list("product", "picture", "digest", "second"):
            if (key, video_of(picture)) in videos:
                found[key, video_of(picture)][picture] = (picture, digest, second)
    return {
        (key, video): [
            frames[frame_id(video, number)]
            for number in range(MOST_FRAMES)
            if frame_id(video, number) in frames
        ]
        for (key, video), frames in found.items()
        if video in frames
    }


def unsettled(
    files: Sequence[PictureFile], recorded: Recorded, known: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Digests of the videos that must be unpacked: another file than was recorded, or a vector of a frame is missing in
    one of the spaces, whose digests are `known`.
    """
    found = set()
    for file in files:
        if file.content.moving and not file.reason:
            frames = recorded.get((file.key, file.content.picture), ())
            digests = [digest for _, digest, _ in frames]
            same = digests == [frame_digest(file.digest, number) for number in range(len(digests))]
            if not (digests and same and all(digest in held for digest in digests for held in known)):
                found.add(file.digest)
    return found
