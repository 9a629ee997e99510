"""`manage.py duplicates`: products with the same picture, and products that are listed twice."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from tqdm import tqdm

from ...errors import ProductSearchError
from ...indexing.work import database
from ...models import Duplicate, PairState
from ...tagging.duplicates import Pages, find_duplicates
from ...tagging.pairs import dismiss, undo

#: Who decided, as it stands on record.
BY = "manage.py duplicates"


class Command(BaseCommand):
    """Compares every picture with its nearest ones, and lists the pairs that nobody has dismissed."""

    help = (
        "Find products that show the same picture or are listed twice; list them, or dismiss pairs for good."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dismiss", nargs="+", type=int, metavar="PAIR", help="these are two: never bring them up again"
        )
        parser.add_argument("--undo", nargs="+", type=int, metavar="PAIR", help="take a dismissal back")

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        rows = Duplicate.objects.using(using)
        if options["dismiss"] or options["undo"]:
            for name, decide in (("dismiss", dismiss), ("undo", undo)):
                for number in options[name] or ():
                    try:
                        decide(number, by=BY, using=using)
                    except ProductSearchError as error:
                        raise CommandError(str(error)) from error
            return
        try:
            with tqdm(desc="Comparing", unit=" products", disable=options["verbosity"] == 0 or None) as bar:

                def show(now: Pages) -> None:
                    bar.total = now.products
                    bar.update(now.seen - bar.n)

                find_duplicates(progress=show)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        found = rows.filter(state=PairState.OPEN).order_by("kind", "pk")
        for row in found:
            self.stdout.write(f"{row.pk:8}  {row.get_kind_display():14} {row.product}  {row.other}")
        self.stdout.write(f"{len(found)} pairs. `--dismiss PAIR` says that two products are two.")
