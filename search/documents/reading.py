"""Reads what products say and show, for a batch of keys, in a number of queries that does not depend on the batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import Storage
from django.db.models import CharField, F, FileField, TextField
from django.utils import translation

from ..errors import ImproperDocument
from .document import ProductDocument
from .fields import Column, Images, Text, Translated, Videos
from .remote import RemotePictures
from .sources import many_valued


@dataclass(frozen=True)
class PictureContent:
    """One picture or video as the shop declares it: a stable id, where it stands, the file's name in its storage."""

    picture: str
    position: int
    name: str
    storage: Storage
    #: It is a video.
    moving: bool = False

    def read(self, limit: int) -> bytes:
        """The file's bytes, at most `limit` + 1 of them, so that a caller sees that one is too large."""
        with self.storage.open(self.name, "rb") as file:
            data: bytes = file.read(limit + 1)
        return data


@dataclass(frozen=True)
class ProductContent:
    """What one product says, by language and declared field, and shows."""

    key: Any
    texts: Mapping[str, Mapping[str, str]]
    pictures: tuple[PictureContent, ...]


def read_products(
    document: ProductDocument, keys: Iterable[Any], *, functions: bool = True
) -> dict[Any, ProductContent]:
    """Content by key; a key without a product is absent. A function's error propagates: callers isolate products.

    Without `functions`, texts that a function reads are left out, and no product is loaded.
    """
    wanted = list(keys)
    existing = set(document.queryset().order_by().filter(pk__in=wanted).values_list("pk", flat=True))
    found = [key for key in wanted if key in existing]
    columns = _read_columns(document, found)
    read = _read_functions(document, found) if functions else {}
    pictures = read_pictures(document, found, moving=True)
    contents: dict[Any, ProductContent] = {}
    for key in found:
        texts = {
            language: {
                name: read[language, name].get(key, "")
                if text.reader
                else _choose(columns, text, language, key)
                for name, text in document.texts.items()
                if functions or not text.reader
            }
            for language in document.languages
        }
        contents[key] = ProductContent(key, texts, tuple(pictures[key]))
    return contents


def _choose(columns: Mapping[int, Mapping[Any, str]], text: Text, language: str, key: Any) -> str:
    source = text.source
    if isinstance(source, Translated):
        chosen = columns[id(source.column(language))].get(key, "")
        return chosen or columns[id(source.default)].get(key, "")
    return columns[id(source)].get(key, "")


def _read_columns(document: ProductDocument, keys: Sequence[Any]) -> dict[int, dict[Any, str]]:
    """By the identity of each declared column, its text by key; several values (m2m) are joined with a comma."""
    single: list[Column] = []
    values: dict[int, dict[Any, str]] = {}
    for text in document.texts.values():
        for column in text.columns():
            if many_valued(document, column):
                values[id(column)] = _read_many(document, column, keys)
            else:
                single.append(column)
    if single:
        # The alias keeps an annotation from clashing with a field of the shop's model.
        aliases = {f"ps_text_{n}": F(c) if isinstance(c, str) else c for n, c in enumerate(single)}
        rows = (
            document.queryset().order_by().filter(pk__in=keys).annotate(**aliases).values_list("pk", *aliases)
        )
        for column in single:
            values.setdefault(id(column), {})
        for key, *cells in rows:
            for column, cell in zip(single, cells, strict=True):
                values[id(column)][key] = _as_text(cell)
    return values


def _read_many(document: ProductDocument, column: Column, keys: Sequence[Any]) -> dict[Any, str]:
    expression = F(column) if isinstance(column, str) else column
    rows = (
        document.queryset()
        .order_by()
        .filter(pk__in=keys)
        .annotate(ps_text=expression)
        .order_by("pk", "ps_text")
        .values_list("pk", "ps_text")
        .distinct()
    )
    joined: defaultdict[Any, list[str]] = defaultdict(list)
    for key, cell in rows:
        if cell not in (None, ""):
            joined[key].append(_as_text(cell))
    return {key: ", ".join(cells) for key, cells in joined.items()}


def _read_functions(document: ProductDocument, keys: Sequence[Any]) -> dict[tuple[str, str], dict[Any, str]]:
    readers = {name: text.reader for name, text in document.texts.items() if text.reader is not None}
    if not readers:
        return {}
    products = list(document.prepare(document.queryset().order_by().filter(pk__in=keys)))
    read: dict[tuple[str, str], dict[Any, str]] = {}
    for language in document.languages:
        with translation.override(language):
            for name, reader in readers.items():
                read[language, name] = {
                    product.pk: _as_text(reader(document, product)) for product in products
                }
    return read


def read_pictures(
    document: ProductDocument, keys: Sequence[Any], *, moving: bool = False
) -> defaultdict[Any, list[PictureContent]]:
    """The pictures of each of `keys`, in the shop's order; empty for a product without any. Videos only if `moving`."""
    pictures: defaultdict[Any, list[PictureContent]] = defaultdict(list)
    for declared, images in document.pictures.items():
        if isinstance(images, Videos) and not moving:
            continue
        storage = picture_storage(document, images)
        prefix = id_prefix(document, declared)
        products = document.queryset().order_by().filter(pk__in=keys)
        if images.key_path:
            order = [path for path in (images.order_path, images.key_path) if path]
            rows: Iterable[tuple[Any, Any, Any]] = (
                products.filter(**{f"{images.key_path}__isnull": False})
                .order_by("pk", *order)
                .values_list("pk", images.key_path, images.file_path)
            )
        else:
            rows = (
                (key, images.relation, name) for key, name in products.values_list("pk", images.file_path)
            )
        for key, picture, name in rows:
            if name:
                place, is_video = len(pictures[key]), isinstance(images, Videos)
                content = PictureContent(f"{prefix}{picture}", place, str(name), storage, is_video)
                pictures[key].append(content)
    return pictures


def id_prefix(document: ProductDocument, declared: str) -> str:
    """What the ids of a declaration's pictures begin with: rows of two tables may have the same primary key."""
    return "" if declared == next(iter(document.pictures)) else f"{declared}:"


def frame_id(picture: str, number: int) -> str:
    """The id of a video's key frame: the first one has the video's own."""
    return f"{picture}@{number}" if number else picture


def video_of(picture: str) -> str:
    """The video that a key frame of this id is of; a picture's own id."""
    return picture.partition("@")[0]


def is_of_video(document: ProductDocument, picture: str) -> bool:
    """Whether the picture of this id is a frame of a video that the document declares."""
    declared, of_further, _ = picture.partition(":")
    first = next(iter(document.pictures), "")
    return isinstance(document.pictures.get(declared if of_further else first), Videos)


def picture_ids(document: ProductDocument, keys: Iterable[str]) -> list[str]:
    """Every id that a picture may have whose row has one of these primary keys."""
    prefixes = [id_prefix(document, declared) for declared in document.pictures]
    return [f"{prefix}{key}" for key in keys for prefix in prefixes]


def picture_storage(document: ProductDocument, images: Images) -> Storage:
    """Where the pictures' files lie; raises `ImproperDocument` where the column holds neither files nor addresses."""
    model: Any = document.model
    *hops, last = images.file_path.split("__")
    for hop in hops:
        model = model._meta.get_field(hop).related_model
    field = model._meta.get_field(last)
    if isinstance(field, FileField) and not images.url:
        return field.storage
    if isinstance(field, CharField | TextField) and not images.file:
        return RemotePictures()
    expected = (
        "no column of addresses" if images.url else "neither a file or image field nor a column of addresses"
    )
    if images.file:
        expected = "no file or image field (a column of addresses is named by url=)"
    raise ImproperDocument(f'Images("{images.relation}") names {field}, which is {expected}.')


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)
