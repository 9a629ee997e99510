"""`manage.py moderate`: judge every product by the policies, from what is stored; and how moderation does."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from tqdm import tqdm

from ...conf import settings
from ...errors import ProductSearchError
from ...indexing.work import database
from ...moderation import ModerationProgress, moderate_pending, report
from ...moderation.report import lines


class Command(BaseCommand):
    """Judges what waits here, as workers do, and goes on where an earlier run was stopped; then it reports."""

    help = "Judge every product by the policies in use, from what is stored of it, and report what they hold back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="judge every product again, though nothing changed"
        )
        parser.add_argument("--report", action="store_true", help="only report: judge nothing")
        parser.add_argument(
            "--by", default="", metavar="FACET", help="report rates by the values of this facet, too"
        )

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings().enabled:
            raise CommandError('PRODUCT_SEARCH["ENABLED"] is False: nothing is judged. Set it to True.')
        using = database()
        try:
            if not options["report"]:
                self._judge(again=options["again"], quiet=options["verbosity"] == 0)
            for line in lines(report(by=options["by"], using=using), options["by"]):
                self.stdout.write(line)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error

    def _judge(self, *, again: bool, quiet: bool) -> None:
        try:
            with tqdm(desc="Judging", unit=" products", disable=quiet or None) as bar:

                def show(now: ModerationProgress) -> None:
                    bar.total = now.products
                    bar.update(now.seen - bar.n)

                found = moderate_pending(again=again, progress=show)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped; the next run, or a worker, goes on from here.", returncode=130
            ) from None
        if found.problem:
            self.stderr.write(f"Not everything was judged: {found.problem}")
