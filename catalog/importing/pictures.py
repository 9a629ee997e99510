"""Pictures from a folder or a zip, checked and stored once by their content.

Nothing is ever unpacked to a path that an archive names, and only what lies under the folder is read.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Protocol, Self

from django.core.files.base import ContentFile

from product_search import images

from ..models import ProductImage, picture_name

EXTENSIONS = (".webp", ".jpg", ".jpeg", ".png", ".gif", ".avif", ".bmp", ".tif", ".tiff", ".heic")


class PictureSource(Protocol):
    """Somewhere pictures come from. Names are paths inside it, or bare file names where those are unique."""

    def find(self, name: str) -> str | None:
        """The entry that `name` means, or None."""

    def find_stem(self, stem: str) -> str | None:
        """The entry called `stem` plus a picture's extension, or None."""

    def read(self, entry: str, limit: int) -> bytes:
        """At most `limit` + 1 bytes of an entry that `find` gave."""

    def close(self) -> None:
        """Let go of open files."""


class _Indexed:
    """Looks entries up by path, by file name and by stem, whatever the case of letters."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._by_name: dict[str, str] = {}
        self._by_stem: dict[str, str] = {}
        for entry in sorted(entries):
            path = PurePosixPath(entry)
            self._by_name.setdefault(path.name.lower(), entry)
            if path.suffix.lower() in EXTENSIONS:
                self._by_stem.setdefault(path.stem.lower(), entry)
        # Whole paths last: they are exact, so they win over a file of that name elsewhere.
        self._by_name.update({entry.lower(): entry for entry in entries})

    def find(self, name: str) -> str | None:
        wanted = name.strip().replace("\\", "/").removeprefix("./").lower()
        return self._by_name.get(wanted) or self._by_name.get(PurePosixPath(wanted).name)

    def find_stem(self, stem: str) -> str | None:
        return self._by_stem.get(stem.strip().lower())


class FolderPictures(_Indexed):
    """Pictures in a folder and the folders below it; links that lead out of it are not followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        inside = (path for path in self.folder.rglob("*") if path.suffix.lower() not in {".csv", ".zip"})
        super().__init__(
            [
                path.relative_to(self.folder).as_posix()
                for path in inside
                if path.is_file() and path.resolve().is_relative_to(self.folder)
            ]
        )

    def read(self, entry: str, limit: int) -> bytes:
        with (self.folder / entry).open("rb") as file:
            return file.read(limit + 1)

    def close(self) -> None:
        """A folder holds nothing open."""


class ZipPictures(_Indexed):
    """Pictures in a zip, read in place; an entry that unpacks to more than the limit is cut there."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        super().__init__([info.filename for info in self._zip.infolist() if not info.is_dir()])

    def read(self, entry: str, limit: int) -> bytes:
        with self._zip.open(entry) as file:
            return file.read(limit + 1)

    def close(self) -> None:
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class NoPictures(ValueError):
    """`--images` names something that is neither a folder nor a zip."""


def open_pictures(given: Path | None, products: Path) -> PictureSource | None:
    """The source that `given` names, else `images/` or `images.zip` beside the product list; None without any."""
    if given is None:
        for candidate in (products.parent / "images", products.parent / "images.zip"):
            if candidate.exists():
                return open_pictures(candidate, products)
        return None
    if given.is_dir():
        return FolderPictures(given)
    if given.is_file() and zipfile.is_zipfile(given):
        return ZipPictures(given)
    raise NoPictures(f"{given} is neither a folder nor a zip archive with pictures.")


class BadPicture(ValueError):
    """One picture that can't be used; the message says which and why."""


@dataclass(frozen=True)
class CheckedPicture:
    """A picture that can be read: its content, size in pixels, and the name it has in the media storage."""

    name: str
    data: bytes
    width: int
    height: int

    def store(self) -> bool:
        """Write the file unless the same content lies there already; True when it was written."""
        storage = ProductImage._meta.get_field("image").storage
        if storage.exists(self.name):
            return False
        storage.save(self.name, ContentFile(self.data))
        return True


def check(source: PictureSource, written: str, known: frozenset[str]) -> CheckedPicture:
    """Read the picture `written` in the list; stored names in `known` were decoded before. Raises `BadPicture`."""
    entry = source.find(written)
    if entry is None:
        raise BadPicture(f'picture "{written}" is not there')
    limit = images.host_limits().max_bytes
    try:
        data = source.read(entry, limit)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BadPicture(f'picture "{written}" can\'t be read: {error}') from error
    name = picture_name(hashlib.sha256(data).hexdigest(), PurePosixPath(entry).suffix)
    if name in known:
        return CheckedPicture(name, data, 0, 0)
    try:
        decoded = images.decode_apart(data, limits=images.host_limits(reduce_to=64))
    except (images.UnreadableImage, images.DecoderUnavailable) as error:
        raise BadPicture(f'picture "{written}" can\'t be used: {error}') from error
    return CheckedPicture(name, data, *decoded.size)
