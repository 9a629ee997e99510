"""`manage.py judgements`: queries with known answers, made from a catalogue's attributes, imported and exported."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...documents import document
from ...errors import ProductSearchError
from ...evaluation import files, store
from ...evaluation.catalogue import read_items
from ...evaluation.judged import Judged
from ...evaluation.making import make
from ...evaluation.removal import write_stripped
from ...evaluation.spec import read_spec
from ...models import Split

#: The variant of the catalogue whose titles say less, and its judgements.
REMOVED = "words-removed"


class Command(BaseCommand):
    """Thin: the work is in `evaluation/`."""

    help = "Queries with known answers, which `manage.py evaluate_search` measures searches with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="make|import|export")
        making = actions.add_parser(
            "make",
            help="from a catalogue's own attributes, write tune.csv and check.csv, and the catalogue's variant in "
            f"which half of the titles lost their words, to {REMOVED}/; the same each time, and no search is asked",
        )
        making.add_argument("spec", type=Path, metavar="SPEC.toml")
        making.add_argument("folder", type=Path, metavar="FOLDER")
        taking = actions.add_parser(
            "import", help="store a file's queries and judgements, all or nothing; safe to repeat"
        )
        giving = actions.add_parser("export", help="write a set to a file")
        for action in (taking, giving):
            action.add_argument("file", type=Path, metavar="FILE", help="CSV, or TREC's qrels with --topics")
            action.add_argument("--topics", type=Path, metavar="FILE", help="TREC's topics, tab separated")
            action.add_argument("--set", required=True, metavar="NAME", help="which set of judgements")
            action.add_argument(
                "--key",
                default="pk",
                metavar="FIELD",
                help="the unique field that products are named by, such as sku; their primary key by default",
            )
        taking.add_argument("--replace", action="store_true", help="remove the set's other queries")
        taking.add_argument("--dry-run", action="store_true", help="check everything, change nothing")
        giving.add_argument("--split", choices=Split.values, default="", help="only one part")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except (ProductSearchError, OSError) as error:
            raise CommandError(str(error)) from error

    def _make(self, options: dict[str, Any]) -> None:
        spec, folder = read_spec(options["spec"]), options["folder"]
        items = read_items(spec)
        made = make(spec, items)
        (folder / REMOVED).mkdir(parents=True, exist_ok=True)
        for place, queries in ((folder, made.queries), (folder / REMOVED, made.words_removed)):
            for split in Split.values:
                part = [query for query in queries if query.topic.split == split]
                files.write_csv(place / f"{split}.csv", part)
                self.stdout.write(f"{place / split}.csv: {_counted(part)}")
        changed = write_stripped(folder / REMOVED / "products.csv", spec, items)
        self.stdout.write(
            f"{folder / REMOVED / 'products.csv'}: {changed} of {len(items)} products say less."
        )
        if made.unused:
            self.stdout.write(f"Left out, as some text has them: {', '.join(made.unused)}.")

    def _import(self, options: dict[str, Any]) -> None:
        language = document().languages[0]
        if options["topics"]:
            lines = files.read_trec(options["file"], options["topics"], language)
        else:
            lines = files.read_csv(options["file"], language)
        done = store.import_lines(
            lines,
            options["set"],
            key=options["key"],
            replace=options["replace"],
            dry_run=options["dry_run"],
        )
        verb = "Would be" if options["dry_run"] else "Queries"
        removed = f", {done.removed} removed" if options["replace"] else ""
        self.stdout.write(
            f"{verb}: {done.new} new, {done.changed} changed, {done.unchanged} unchanged{removed}, "
            f"with {done.judgements} judgements."
        )

    def _export(self, options: dict[str, Any]) -> None:
        queries = store.export(options["set"], split=options["split"], key=options["key"])
        if options["topics"]:
            files.write_trec(options["file"], options["topics"], queries)
        else:
            files.write_csv(options["file"], queries)
        self.stdout.write(f"{options['file']}: {_counted(queries)}")


def _counted(queries: list[Judged]) -> str:
    judgements = sum(len(query.grades) for query in queries)
    return f"{len(queries)} queries, {judgements} judgements."
