"""What of one page of products differs between the shop and the index, by kind; each kind has the depth that sees it.

Quick reads declared columns, keys, file names and sizes. Deep also calls the declared functions, reads every picture
file again and works out the terms anew. Neither embeds anything: a vector is judged by the digest beside it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _

from ..conf import settings
from ..documents import ProductDocument, document
from ..documents.reading import PictureContent, ProductContent, read_products, video_of
from ..models import Entry, Generation, Mark, Picture, Space, State, Text
from . import generations, heartbeat
from .content import TextContent, read_picture, terms_of, texts_of
from .embedding import CHANGED
from .marking import watched_product
from .missing import vector_differences

logger = logging.getLogger(__name__)

Depth = Literal["quick", "deep"]

#: Every kind of difference in the order in which it is told, with its meaning and the least depth that sees it.
KINDS: Mapping[str, tuple[Any, Depth]] = {
    "missing_entry": (_("products that the index does not know"), "quick"),
    "orphan_entry": (_("index entries of products that are gone"), "quick"),
    "orphan_text": (_("texts of products that are gone"), "quick"),
    "orphan_picture": (_("pictures of products that are gone"), "quick"),
    "orphan_vector": (_("vectors of products that are gone"), "quick"),
    "missing_text": (_("products without their texts in a language"), "quick"),
    "changed_text": (_("products whose texts differ"), "quick"),
    "extra_text": (_("products with texts in a language that is not declared"), "quick"),
    "wrong_digest": (_("products whose text has another digest than its own"), "quick"),
    "wrong_terms": (_("products whose stored words are not those of their texts"), "deep"),
    "missing_picture": (_("products with pictures that the index does not know"), "quick"),
    "changed_picture": (_("products with another file, or another order, of pictures"), "quick"),
    "lost_file": (_("products with a picture file that is no longer in its storage"), "quick"),
    "extra_picture": (_("products with pictures in the index that the shop does not show"), "quick"),
    "missing_vector": (_("products without a vector of a text or picture"), "quick"),
    "stale_vector": (_("products with a vector of another text or picture"), "quick"),
    "extra_vector": (_("products with a vector that belongs to no text or picture"), "quick"),
}


@dataclass
class Differences:
    """Products by kind of difference. `waiting` are to be indexed anyway and `failing` by an error of their own."""

    found: dict[str, set[Any]] = field(default_factory=lambda: defaultdict(set))
    waiting: int = 0
    failing: int = 0

    def add(self, kind: str, key: Any) -> None:
        """Note that the product `key` differs in this way."""
        self.found[kind].add(key)

    @property
    def products(self) -> set[Any]:
        """All that differ in any way."""
        return set().union(*self.found.values())


def of_products(using: str, keys: Sequence[Any], depth: Depth) -> Differences:
    """Compare these products of the shop with what the index holds of them.

    Raises `GenerationRetired` in a process with an older document than the one that serves.
    """
    shop = document()
    found = Differences()
    generation = generations.current(using)
    with _one_moment(using):
        settled = _settled(using, keys, found)
        contents = _read(using, shop, settled, depth, found)
        _compare_texts(using, shop, generation, contents, depth, found)
        pictures = _recorded_pictures(using, list(contents))
        for space in _compared_spaces(using):
            for kind, key in vector_differences(using, space, list(contents)):
                found.add(kind, key)
    # Storages may be slow: no transaction is open while they are asked.
    for key, content in contents.items():
        _compare_pictures(content, pictures[key], depth, found)
    return found


def _settled(using: str, keys: Sequence[Any], found: Differences) -> list[Any]:
    """Those of `keys` that nothing is about to index: the others differ for a known reason."""
    entries = Entry.objects.using(using).filter(product__in=keys)
    states = {
        key: (done, wanted, parked, attempts)
        for key, done, wanted, parked, attempts in entries.values_list(
            "product", "done", "wanted", "parked", "attempts"
        )
    }
    marks = Mark.objects.using(using).filter(
        source=watched_product().label, key__in=[str(key) for key in keys]
    )
    marked = set(marks.values_list("key", flat=True))
    settled = []
    for key in keys:
        if key not in states:
            if str(key) in marked:
                found.waiting += 1
            else:
                found.add("missing_entry", key)
            continue
        done, wanted, parked, attempts = states[key]
        if parked or attempts:
            found.failing += 1
        elif done < wanted or str(key) in marked:
            found.waiting += 1
        else:
            settled.append(key)
    return settled


def _read(
    using: str, shop: ProductDocument, keys: Sequence[Any], depth: Depth, found: Differences
) -> dict[Any, ProductContent]:
    """The shop's side; a product whose function fails is left out, as a worker could not index it either."""
    if depth == "quick":
        return read_products(shop, keys, functions=False)
    try:
        with transaction.atomic(using=using):
            return read_products(shop, keys)
    except Exception as error:
        if len(keys) == 1:
            logger.warning(
                "Product %s can't be read: %r",
                keys[0],
                error,
                extra={"event": "product_unreadable", "product": keys[0]},
            )
            found.failing += 1
            return {}
    contents: dict[Any, ProductContent] = {}
    for key in keys:
        contents |= _read(using, shop, [key], depth, found)
    return contents


def _compare_texts(
    using: str,
    shop: ProductDocument,
    generation: Generation,
    contents: Mapping[Any, ProductContent],
    depth: Depth,
    found: Differences,
) -> None:
    rows = Text.objects.using(using).filter(generation=generation, product__in=list(contents))
    stored: dict[Any, dict[str, Text]] = defaultdict(dict)
    for row in rows if depth == "deep" else rows.defer("terms", "frequencies", "lengths"):
        stored[row.product][row.language] = row
    for key, content in contents.items():
        for wanted in texts_of(content):
            if wanted.language not in stored[key]:
                if generation.state == State.SERVING:  # else the fill of this generation brings it
                    found.add("missing_text", key)
                continue
            row = stored[key].pop(wanted.language)
            held = {name: row.fields.get(name) for name in wanted.fields}
            if held != dict(wanted.fields) or set(row.fields) != set(shop.texts):
                found.add("changed_text", key)
                continue
            own = _of_row(shop, row)
            if row.digest != own.digest:
                found.add("wrong_digest", key)
            if depth == "deep":
                terms = terms_of(own)
                if (row.terms, row.frequencies, row.lengths) != (
                    terms.terms,
                    terms.frequencies,
                    terms.lengths,
                ):
                    found.add("wrong_terms", key)
        if stored[key]:
            found.add("extra_text", key)


def _of_row(shop: ProductDocument, row: Text) -> TextContent:
    """What the row's own fields, in the declared order, give: its digest and terms follow from them."""
    fields = {name: str(row.fields[name]) for name in shop.texts}
    return texts_of(ProductContent(row.product, {row.language: fields}, ()))[0]


def _recorded_pictures(using: str, keys: Sequence[Any]) -> dict[Any, dict[str, Picture]]:
    recorded: dict[Any, dict[str, Picture]] = {key: {} for key in keys}
    for picture in Picture.objects.using(using).filter(product__in=keys):
        if video_of(picture.picture) != picture.picture:
            continue  # a video's further frames go with its first
        recorded[picture.product][picture.picture] = picture
    return recorded


def _compare_pictures(
    content: ProductContent, recorded: dict[str, Picture], depth: Depth, found: Differences
) -> None:
    for picture in content.pictures:
        known = recorded.pop(picture.picture, None)
        if known is None:
            found.add("missing_picture", content.key)
        elif (known.name, known.position) != (picture.name, picture.position):
            found.add("changed_picture", content.key)
        else:
            kind = _file_difference(content.key, picture, known, depth)
            if kind:
                found.add(kind, content.key)
    if recorded:
        found.add("extra_picture", content.key)


def _file_difference(key: Any, picture: PictureContent, known: Picture, depth: Depth) -> str:
    """The kind of difference of one file; empty for none, also where its storage does not answer."""
    if depth == "deep":
        file = read_picture(key, picture)
        if file.transient:
            return ""
        lost, same = file.reason == "missing_file", file.digest == known.digest
    else:
        try:
            size = picture.storage.size(picture.name)
        except FileNotFoundError:
            lost, same = True, False
        except Exception as error:  # whatever this shop's storage raises; deep reads the file itself
            logger.info(
                "The size of %s is not to be had: %s",
                picture.name,
                error,
                extra={"event": "picture_size_unknown", "product": key},
            )
            return ""
        else:
            # Of a file that is too large no more was read.
            most = settings().max_video_bytes if picture.moving else settings().max_upload_bytes
            lost, same = False, known.size == min(size, most + 1)
    if lost:
        return "" if known.reason == "missing_file" else "lost_file"
    return "" if same else "changed_picture"


def _compared_spaces(using: str) -> list[Space]:
    """Spaces that must be complete: not one that is being filled, nor one whose model is gone."""
    spaces = Space.objects.using(using).filter(state__in=[State.SERVING, State.STANDBY])
    return [space for space in spaces if heartbeat.age(f"{CHANGED}{space.pk}", using=using) is None]


@contextmanager
def _one_moment(using: str) -> Iterator[None]:
    """Shop and index as of one moment, where no transaction of another's is open already."""
    if connections[using].in_atomic_block:
        yield
        return
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
