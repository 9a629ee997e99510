"""The shop's products as a training set on disk: `training.csv` beside its pictures, as `train_clip --data` reads it.

Written before the first step, so that a run that is resumed goes on with what it began with, whatever was saved since.
Only what a shopper sees is in it: nothing hidden, held back, flagged or doubted. The shop is read a page at a time,
and never written to.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from .. import images
from ..documents import document
from ..documents.reading import ProductContent, read_products
from ..indexing.claim import from_db
from ..indexing.content import PictureFile, picture_files
from ..models import Doubt, DoubtState, Duplicate, Ruling, RulingState
from ..retrieval.grouping import group_text
from .captions import captions
from .groups import Groups
from .said import category_values, said_of
from .taken import FILE as TAKEN
from .taken import Taken

logger = logging.getLogger(__name__)

#: Name of the folder, and so of the set: a group is held out by the digest of "shop/" and its name.
FOLDER = "shop"
ROWS = "training.csv"
#: What is known of each picture until the groups are known, too: a shop's captions are no load for the memory.
LINES = "rows.jsonl"
COLUMNS = ("image", "group", "captions", "category", "product", "picture")
#: Products read at once, and pictures in one folder.
PAGE = 200
IN_A_FOLDER = 1000
#: Groups that may show one file; one that more show stands in for pictures that are missing.
MOST_SHARING = 20
#: Pictures keep so much more than the model sees, for it is shown cut-outs.
MORE = 1.25
QUALITY = 95


@dataclass(frozen=True)
class Row:
    """One picture of the set: its product, its stable id, and the group it may not be parted from."""

    product: Any
    picture: str
    group: str


@dataclass(frozen=True)
class _Known:
    """What has to be kept of a picture to tell groups: its product, and the digest of its file."""

    product: Any
    digest: str


def write(
    folder: Path, *, side: int, using: str, progress: Callable[[int, int], None] = lambda seen, products: None
) -> Taken:
    """Write the set into `folder`, anew; pictures' shorter sides get `side` pixels and a quarter more.

    `progress` is given products seen, and how many there are. Raises `NothingToLearnFrom`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shop, taken, groups = document(), Taken(), Groups()
    every = shop.queryset().order_by().count()
    known: list[_Known] = []
    seen = 0
    with ThreadPoolExecutor(images.MOST) as pool, (folder / LINES).open("w", encoding="utf-8") as lines:
        for keys in _pages():
            _join_variants(keys, groups, using)
            for one, row in _page(keys, folder, round(side * MORE), taken, groups, pool, using):
                known.append(one)
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            seen += len(keys)
            progress(seen, max(every, seen))
    for product, other in Duplicate.objects.using(using).values_list("product", "other").iterator():
        groups.join(product, other)
    stand_ins = _stand_ins(known, groups)
    for one in known:
        if one.digest not in stand_ins:
            groups.join_by(one.product, "file", one.digest)
    _count([one for one in known if one.digest not in stand_ins], groups, taken)
    taken.stand_ins = len(known) - taken.pictures
    taken.require_enough()
    _write_rows(folder, known, stand_ins, groups)
    taken.write(folder)
    return taken


def is_whole(folder: Path) -> bool:
    """Whether a set was written into `folder` to its end."""
    return (folder / TAKEN).exists()


def read_rows(folder: Path) -> Iterator[Row]:
    """The pictures of the set in `folder`; `group` is as `training.examples.Example` names it."""
    with (folder / ROWS).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield Row(from_db(row["product"]), row["picture"], f"{folder.name}/{row['group']}")


def _pages() -> Iterator[list[Any]]:
    products = document().queryset().order_by("pk")
    after: Any = None
    while True:
        page = products if after is None else products.filter(pk__gt=after)
        keys = list(dict.fromkeys(page.values_list("pk", flat=True)[:PAGE]))
        if not keys:
            return
        yield keys
        after = keys[-1]


def _page(
    keys: list[Any],
    folder: Path,
    side: int,
    taken: Taken,
    groups: Groups,
    pool: ThreadPoolExecutor,
    using: str,
) -> Iterator[tuple[_Known, dict[str, Any]]]:
    """The rows of a page's pictures, all but their groups; the pictures are written to the folder."""
    contents = _contents(keys, taken)
    told = said_of(contents, using=using)
    categories = category_values(list(told), using=using)
    spoken = {}
    for key, said in told.items():
        for each in said.values():
            if each.title:
                groups.join_by(key, "title", each.title.casefold())
        spoken[key] = captions(said)
        taken.without_words += not spoken[key]
    wanted = _pictures({key: contents[key] for key in spoken if spoken[key]}, taken, using)
    pictured = set()
    for files in picture_files(wanted, alive=lambda: None):
        for file, made in zip(files, pool.map(partial(_made, side=side), files), strict=True):
            if isinstance(made, str):
                reason, _, detail = made.partition(": ")
                taken.broke(reason, f"{file.content.name} of product {file.key}: {detail}")
                continue
            taken.pictures += 1
            pictured.add(file.key)
            name = f"{taken.pictures // IN_A_FOLDER}/{taken.pictures}.jpg"
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(made)
            row = {
                "image": name,
                "captions": spoken[file.key],
                "category": categories.get(file.key, ""),
                "product": str(file.key),
                "picture": file.content.picture,
            }
            yield _Known(file.key, file.digest), row
    taken.without_picture += len([content for content in wanted if content.key not in pictured])


def _contents(keys: list[Any], taken: Taken) -> Mapping[Any, ProductContent]:
    """What the document reads of the products; one whose reading fails is left out, and holds up no other."""
    try:
        return read_products(document(), keys)
    except Exception:
        if len(keys) == 1:
            # The shop's own code failed on this product: it is left out and counted, and the log says why.
            logger.warning(
                "Product %s can't be read, and is left out of training.",
                keys[0],
                extra={"event": "product_unreadable", "product": keys[0]},
                exc_info=True,
            )
            taken.unreadable_products += 1
            return {}
        return {key: content for each in keys for key, content in _contents([each], taken).items()}


def _pictures(contents: Mapping[Any, ProductContent], taken: Taken, using: str) -> list[ProductContent]:
    """The contents with those pictures that may be shown to a model; videos are not."""
    doubted = (
        Doubt.objects.using(using).filter(product__in=list(contents)).exclude(state=DoubtState.DISMISSED)
    )
    flagged = Ruling.objects.using(using).filter(
        product__in=list(contents), state__in=(RulingState.FLAGGED, RulingState.HELD)
    )
    aside = {
        *doubted.values_list("product", "picture"),
        *flagged.exclude(picture="").values_list("product", "picture"),
    }
    found = []
    for key, content in contents.items():
        still = [picture for picture in content.pictures if not picture.moving]
        shown = tuple(picture for picture in still if (key, picture.picture) not in aside)
        taken.held_back += len(still) - len(shown)
        found.append(ProductContent(key, {}, shown))
    return found


def _made(file: PictureFile, *, side: int) -> bytes | str:
    """The picture as a JPEG whose shorter side has `side` pixels or fewer; else "reason: detail"."""
    if file.reason:
        return f"{file.reason}: {file.detail}"
    try:
        picture = images.decode_apart(file.data, limits=images.host_limits(reduce_to=side)).image
    except images.UnreadableImage as error:
        return f"{error.reason}: {error.detail}"
    except images.DecoderUnavailable as error:
        return f"decoder_unavailable: {error}"
    scale = side / min(picture.size)
    if scale < 1:
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY, subsampling=0)
    return written.getvalue()


def _join_variants(keys: Iterable[Any], groups: Groups, using: str) -> None:
    """Variants are one group, whether or not shoppers see all of them."""
    shop = document()
    rows = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
    for key, group in rows.annotate(ps_group=group_text(shop)).values_list("pk", "ps_group"):
        groups.join_by(key, "variants", group)


def _stand_ins(known: Iterable[_Known], groups: Groups) -> set[str]:
    """Digests of files that many groups show: they tell of none, and would make one group of all."""
    showing: dict[str, set[Any]] = defaultdict(set)
    for one in known:
        if len(showing[one.digest]) <= MOST_SHARING:
            showing[one.digest].add(groups.of(one.product))
    return {digest for digest, those in showing.items() if len(those) > MOST_SHARING}


def _count(known: list[_Known], groups: Groups, taken: Taken) -> None:
    products = {one.product for one in known}
    sizes = Counter(groups.of(product) for product in products)
    taken.pictures, taken.products, taken.groups = len(known), len(products), len(sizes)
    taken.largest_group = max(sizes.values(), default=0)


def _write_rows(folder: Path, known: list[_Known], stand_ins: set[str], groups: Groups) -> None:
    """The table of all pictures but the stand-ins; a group is named after its first product, whatever joined it."""
    names: dict[Any, str] = {}
    with (
        (folder / LINES).open(encoding="utf-8") as lines,
        (folder / ROWS).open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for one, line in zip(known, lines, strict=True):
            row = json.loads(line)
            if one.digest in stand_ins:
                (folder / row["image"]).unlink()
                continue
            row["group"] = names.setdefault(groups.of(one.product), row["product"])
            row["captions"] = json.dumps(row["captions"], ensure_ascii=False)
            table.writerow([row[name] for name in COLUMNS])
    (folder / LINES).unlink()
