"""A CSV file as people have it: with or without BOM, commas or semicolons, UTF-8 or what Excel writes."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Never products: what a catalogue folder holds beside them.
NOT_PRODUCTS = ("truth.csv", "training.csv")
_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 10_000_000


class UnreadableFile(ValueError):
    """There is no product list where one was expected; the message says what is there."""


@dataclass(frozen=True)
class CsvRow:
    """One record: the line of the file on which it begins (the header is line 1), and its cells."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class CsvFile:
    """A whole file in memory; `encoding` and `delimiter` are what was found in it."""

    path: Path
    headers: list[str]
    rows: list[CsvRow]
    encoding: str
    delimiter: str


def find_products(path: Path) -> Path:
    """The product list that `path` names: the file itself, or a folder's products.csv or only CSV file."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise UnreadableFile(f"{path} is neither a file nor a folder.")
    if (path / "products.csv").is_file():
        return path / "products.csv"
    candidates = sorted(file for file in path.glob("*.csv") if file.name not in NOT_PRODUCTS)
    if len(candidates) == 1:
        return candidates[0]
    found = ", ".join(file.name for file in candidates) or "no CSV file"
    raise UnreadableFile(f"{path} holds no products.csv but {found}; name the file to import.")


def read_csv(path: Path) -> CsvFile:
    """Read a CSV file whole; raises `UnreadableFile` when it is empty, no text, or has no header."""
    text, encoding = _decode(path)
    first_line = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([first_line], delimiter=mark), [])))
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        headers = next(reader, [])
        if not any(header.strip() for header in headers):
            raise UnreadableFile(f"{path} is empty or its first line holds no column names.")
        return CsvFile(path, headers, list(_rows(reader)), encoding, delimiter)
    except csv.Error as error:
        raise UnreadableFile(f"{path}, line {reader.line_num}: {error}.") from error


def _rows(reader: csv._reader) -> Iterator[CsvRow]:  # type: ignore[name-defined]
    while True:
        begins = reader.line_num + 1
        cells = next(reader, None)
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield CsvRow(begins, cells)


def _decode(path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16"), "utf-16"
    if b"\0" in data[:4096]:
        raise UnreadableFile(f"{path} is no text file; expected CSV.")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        # What Excel writes in western Europe. Latin-1 as the last resort: it has a sign for every byte.
        try:
            return data.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            return data.decode("latin-1"), "latin-1"
