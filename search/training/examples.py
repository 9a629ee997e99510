"""What a CLIP is trained on: pictures with alternative captions, in groups that never stand in two parts.

Reads a `training.csv` (image, group, captions), a labelled folder, or a shop's own list of products, of which one is
told what to say: both are products.csv beside images/ or images.zip.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from PIL import Image

from ..errors import ProductSearchError

#: How a bare label becomes captions; the photographs' captions need no more grammar than this.
PROMPTS = (
    "{}",
    "a photo of a {}",
    "a picture of a {}",
    "{} for sale",
    "a worn {}",
    "ein Foto: {}",
)
#: German words for labels that the CC0 photographs have.
GERMAN = {
    "t-shirt": "T-Shirt",
    "longsleeve": "Langarmshirt",
    "pants": "Hose",
    "shoes": "Schuhe",
    "shirt": "Hemd",
    "dress": "Kleid",
    "outwear": "Jacke",
    "shorts": "kurze Hose",
    "hat": "Hut",
    "skirt": "Rock",
    "polo": "Poloshirt",
    "undershirt": "Unterhemd",
    "blazer": "Blazer",
    "hoodie": "Kapuzenpullover",
    "body": "Babybody",
    "top": "Top",
    "blouse": "Bluse",
}


#: What stands in a column of which nothing is known.
UNKNOWN = ("", "NA")
_COLUMN = r"{(\w+)}"


class UnreadableTrainingData(ProductSearchError):
    """A training set lacks a file, a column or a picture; the message names it."""


@dataclass(frozen=True)
class Example:
    """One picture, all that may truly be said of it, and the group it may not be parted from.

    `label` is set for labelled photographs: their label as it stands in the file. `title` is what is asked for when
    a model is scored, the plain caption where there is none; within a `category` things are hard to tell apart.
    """

    source: Path
    image: str
    group: str
    captions: tuple[str, ...]
    label: str = ""
    title: str = ""
    category: str = ""

    @property
    def asked(self) -> str:
        """The words that should find this picture."""
        return self.title or self.captions[0]

    @property
    def identity(self) -> str:
        """What a picture is one of: its product; of a labelled photograph only its label is known."""
        return self.label or self.group

    @property
    def set_name(self) -> str:
        """Name of the folder that its set stands in: the part of the group before the stroke."""
        return self.group.partition("/")[0]

    def open(self) -> Image.Image:
        """The picture as RGB."""
        if self.source.suffix == ".zip":
            return Image.open(io.BytesIO(_archive(self.source).read(self.image))).convert("RGB")
        return Image.open(self.source / self.image).convert("RGB")


@dataclass(frozen=True)
class Telling:
    """What to say of the products of a list without labels: `captions` name its columns in braces ("{colour} mug").

    The first is the plain one, short and of few words. A caption of which a column is empty (or "NA") is left out.
    `where` is column to value: only rows that have it are taken. `title` and `category` name the columns of an
    example's title and category.
    """

    captions: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    category: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that must be there."""
        named = (name for caption in self.captions for name in _named(caption))
        return tuple(dict.fromkeys((*named, *self.where, *filter(None, (self.title, self.category)))))

    def of(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """What is said of one row; nothing where it is not taken, or too little is known."""
        if any(row[name] != value for name, value in self.where.items()):
            return ()
        told = (
            re.sub(_COLUMN, lambda found: row[found[1]], caption)
            for caption in self.captions
            if all(row[name] not in UNKNOWN for name in _named(caption))
        )
        return tuple(dict.fromkeys(told))


@lru_cache(maxsize=4)
def _archive(path: Path) -> zipfile.ZipFile:
    """An archive kept open: reading its list of files again for each picture would cost more than the picture."""
    return zipfile.ZipFile(path)


def read_examples(path: Path, telling: Telling | None = None) -> list[Example]:
    """All examples of a training.csv, a labelled folder, or a list of which `telling` says what to say.

    Raises `UnreadableTrainingData`.
    """
    path = path.resolve()
    if path.is_dir() and (path / "training.csv").exists():
        path = path / "training.csv"
    if path.is_file():
        return list(_captioned(path))
    if not (path / "products.csv").exists():
        raise UnreadableTrainingData(
            f"{path} holds neither training.csv nor products.csv; give a folder that has one."
        )
    if telling is not None and telling.captions and not _has_labels(path / "products.csv"):
        return list(_told(path, telling))
    return list(_labelled(path))


def _captioned(path: Path) -> Iterator[Example]:
    for number, row in _rows(path, ("image", "group", "captions")):
        try:
            captions = json.loads(row["captions"])
        except ValueError as error:
            raise UnreadableTrainingData(
                f"{path}, line {number}: captions is no JSON list: {error}"
            ) from error
        if not isinstance(captions, list) or not captions or not all(isinstance(c, str) for c in captions):
            raise UnreadableTrainingData(
                f"{path}, line {number}: captions must be a list of texts, at least one, not {row['captions']}"
            )
        yield Example(
            path.parent,
            row["image"],
            f"{path.parent.name}/{row['group']}",
            tuple(captions),
            title=row.get("title") or "",
            category=row.get("category") or "",
        )


def _labelled(folder: Path) -> Iterator[Example]:
    source, files = _pictures(folder)
    for number, row in _rows(folder / "products.csv", ("id", "label")):
        if row["id"] not in files:
            raise UnreadableTrainingData(f"{folder / 'products.csv'}, line {number}: no picture {row['id']}.")
        group = row.get("sender") or row["id"]
        captions = label_captions(row["label"])
        yield Example(
            source,
            files[row["id"]],
            f"{folder.name}/{group}",
            captions,
            label=row["label"],
            category=row["label"],
        )


def _told(folder: Path, telling: Telling) -> Iterator[Example]:
    source, files = _pictures(folder)
    for number, row in _rows(folder / "products.csv", ("id", *telling.columns)):
        captions = telling.of(row)
        if not captions:
            continue
        if row["id"] not in files:
            raise UnreadableTrainingData(f"{folder / 'products.csv'}, line {number}: no picture {row['id']}.")
        title, category = (row[name] if name else "" for name in (telling.title, telling.category))
        group = f"{folder.name}/{row['id']}"
        yield Example(source, files[row["id"]], group, captions, title=title, category=category)


def _pictures(folder: Path) -> tuple[Path, dict[str, str]]:
    """Where a folder's pictures lie, and the name of each there by its id."""
    archive = folder / "images.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as zipped:
            return archive, {Path(name).stem: name for name in zipped.namelist()}
    return folder / "images", {file.stem: file.name for file in (folder / "images").iterdir()}


def _has_labels(path: Path) -> bool:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return "label" in (csv.DictReader(file).fieldnames or ())


def _named(caption: str) -> list[str]:
    return re.findall(_COLUMN, caption)


def label_captions(label: str) -> tuple[str, ...]:
    """The prompts filled with a label, and with its German word where there is one."""
    word = label.lower()
    german = GERMAN.get(word)
    captions = [prompt.format(word) for prompt in PROMPTS[:-1]]
    if german:
        captions += [german, PROMPTS[-1].format(german)]
    return tuple(captions)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise UnreadableTrainingData(
                f"{path} has no column {', '.join(missing)}; it has {reader.fieldnames}."
            )
        yield from enumerate(reader, start=2)


def is_held_out(group: str, share: float) -> bool:
    """Whether a group belongs to the part that is never trained on: decided by its name's digest alone."""
    return _drawn(group) < share


def is_validation(group: str, share: float) -> bool:
    """Whether a group that is not held out chooses among weights: what is chosen on must not be what is reported."""
    return _drawn(f"validation/{group}") < share


def _drawn(name: str) -> float:
    """A number from 0 to 1 that a name always draws."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
