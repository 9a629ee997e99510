"""`manage.py import_products`: bring a product list with its pictures into the shop."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.importing.report import ImportReport
from catalog.importing.run import import_products


class Command(BaseCommand):
    """Thin: reads the command line, shows progress, prints the report."""

    help = (
        "Import products from a CSV file, or from a folder with products.csv, with their pictures. Columns are found "
        "by name (sku, title, price, images, ...) or named with --map. Repeating an import changes nothing. "
        "Exit status: 0 all was imported, 2 some rows or pictures were bad and the rest was imported, "
        "1 nothing could be imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE_OR_FOLDER")
        parser.add_argument(
            "--images",
            type=Path,
            metavar="DIR_OR_ZIP",
            help="where the pictures are; images/ or images.zip beside the list by default",
        )
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            default=[],
            metavar="THEIRS=OURS",
            help="which of their columns is which of ours, for example label=title",
        )
        parser.add_argument("--dry-run", action="store_true", help="check everything, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        mapping = dict(_pair(text) for text in options["map"])
        bar: tqdm[Any] = tqdm(unit=" rows", disable=options["verbosity"] < 1, file=self.stderr)
        try:
            with bar:
                report = import_products(
                    options["path"],
                    images=options["images"],
                    mapping=mapping,
                    dry_run=options["dry_run"],
                    begin=bar.reset,
                    advance=bar.update,
                )
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self._print(report, dry_run=options["dry_run"])
        if report.troubles:
            sys.exit(2)

    def _print(self, report: ImportReport, *, dry_run: bool) -> None:
        for notice in report.notices:
            self.stdout.write(notice)
        for kind, title in (("row", "Bad rows"), ("picture", "Bad pictures")):
            troubles = report.of("row" if kind == "row" else "picture")
            if troubles:
                self.stdout.write(self.style.WARNING(f"{title}: {len(troubles)}"))
                for trouble in troubles:
                    self.stdout.write(f"  {trouble}")
        verb = "Would be" if dry_run else "Products"
        self.stdout.write(
            f"{verb}: {report.new} new, {report.changed} changed, {report.unchanged} unchanged. "
            f"Pictures: {report.pictures_linked} new, {report.pictures_stored} files written."
        )


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.rpartition("=")
    if not equals or not theirs or not ours:
        raise CommandError(f"--map {text}: expected THEIRS=OURS, for example label=title.")
    return theirs, ours
