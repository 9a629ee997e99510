"""Runs an import of a whole file: in transactions of a few hundred rows, or, for a dry run, in one that is undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from pathlib import Path

from django.db import transaction
from tablib import Dataset

from product_search.indexing import suspend_indexing

from .csvfile import CsvFile, UnreadableFile, find_products, read_csv
from .pictures import open_pictures
from .report import ImportReport
from .resource import ProductResource

#: Few enough that a shop's own saves never wait long, enough that commits do not dominate.
ROWS_PER_TRANSACTION = 200


def import_products(
    path: Path,
    *,
    images: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    begin: Callable[[int], None] = lambda total: None,
    advance: Callable[[int], object] = lambda rows: None,
) -> ImportReport:
    """Import the list at `path` (a file, or a folder with products.csv) and say what happened.

    `begin` hears the number of rows, `advance` each number done. Raises `UnreadableFile`, `UnknownColumn`,
    `NoPictures` (all `ValueError`) when nothing can be imported at all.
    """
    file = read_csv(find_products(path))
    report = ImportReport()
    if file.encoding not in ("utf-8", "utf-16"):
        report.notices.append(f"{file.path.name} is not UTF-8; it was read as {file.encoding}.")
    source = open_pictures(images, file.path)
    if source is None:
        report.notices.append(
            "No pictures: there is no images/ or images.zip beside the list; name one by --images."
        )
    begin(len(file.rows))
    # People's saves are indexed before what is imported, and the worker is woken once.
    with (
        suspend_indexing(),
        closing(source) if source else nullcontext(),
        transaction.atomic() if dry_run else nullcontext(),
    ):
        resource = ProductResource(mapping=mapping, pictures=source, report=report)
        for start in range(0, len(file.rows), ROWS_PER_TRANSACTION):
            advance(_import_part(resource, file, start, dry_run=dry_run))
        resource.report_orphans()
        if dry_run:
            transaction.set_rollback(True)
    return report


def _import_part(resource: ProductResource, file: CsvFile, start: int, *, dry_run: bool) -> int:
    part = file.rows[start : start + ROWS_PER_TRANSACTION]
    width = len(file.headers)
    dataset = Dataset(headers=list(file.headers))
    for row in part:
        dataset.append((row.cells + [""] * width)[:width])
    resource.lines = [row.line for row in part]
    with transaction.atomic():
        # The rows' own savepoints do what import-export's transactions would, without losing a part to one bad row.
        result = resource.import_data(dataset, use_transactions=False, keep_files=dry_run)
    if result.base_errors:
        error = result.base_errors[0].error
        raise error if isinstance(error, ValueError) else UnreadableFile(f"{file.path}: {error}")
    return len(part)
