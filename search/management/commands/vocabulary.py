"""`manage.py vocabulary`: attributes and values from a file, or into one."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from ...errors import ProductSearchError
from ...indexing.work import database
from ...models import Attribute
from ...tagging.taxonomies import read_google, read_shopify
from ...tagging.vocabulary_files import Entry, read_csv, take, written

FORMATS = {".csv": "csv", ".json": "shopify", ".txt": "google"}


class Command(BaseCommand):
    """Thin adapter over `tagging.vocabulary_files` and `tagging.taxonomies`."""

    help = "Import attributes and values (our CSV, Shopify's attributes.json, Google's taxonomy), or export them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True)
        reading = ways.add_parser("import", help="add what a file says; what it does not name stays")
        reading.add_argument("file", type=Path)
        reading.add_argument(
            "--format",
            choices=sorted(FORMATS.values()),
            help="what the file is; otherwise by its name: .csv, .json (Shopify), .txt (Google)",
        )
        reading.add_argument(
            "--only",
            action="append",
            default=[],
            metavar="HANDLE",
            help="of Shopify's attributes this one, repeatable; without it all come, and none is in use",
        )
        reading.add_argument(
            "--attribute", default="category", metavar="NAME", help="what Google's categories are values of"
        )
        writing = ways.add_parser("export", help="write all attributes as CSV")
        writing.add_argument("file", type=Path, nargs="?", help="standard output unless given")

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        if options["way"] == "export":
            self._export(options["file"], using)
            return
        file: Path = options["file"]
        try:
            entries = self._entries(file, options)
            found = take(entries, using=using)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} is not UTF-8: byte {error.start}.") from error
        except ProductSearchError as error:
            raise CommandError(f"{file}: {error} Nothing was imported.") from error
        self.stdout.write(
            f"{found.new_attributes} attributes and {found.new_values} values are new, {found.known_values} values "
            "were there. Workers tag what is in use; `manage.py tag` does it now."
        )

    def _entries(self, file: Path, options: dict[str, Any]) -> list[Entry]:
        form = options["format"] or FORMATS.get(file.suffix.lower())
        if form is None:
            raise CommandError(
                f"{file.name}: say what it is by --format {', '.join(sorted(FORMATS.values()))}."
            )
        text = file.read_text(encoding="utf-8")
        if form == "shopify":
            return read_shopify(text, options["only"])
        if form == "google":
            return read_google(text, options["attribute"])
        return read_csv(text)

    def _export(self, file: Path | None, using: str) -> None:
        text = "".join(written(Attribute.objects.using(using).prefetch_related("values")))
        if file is None:
            self.stdout.write(text, ending="")
        else:
            file.write_text(text, encoding="utf-8", newline="")
