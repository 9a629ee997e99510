"""`manage.py roll_up`: add up the events of each day now, as a worker does from time to time."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, no_translations

from ... import analytics
from ...indexing.work import database


class Command(BaseCommand):
    """Counts the days that have grown; with `--again` every day that still has events."""

    help = "Add up what shoppers did, day by day, for the report on searches; and offer others what many look for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="count every day again that still has events"
        )

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        if options["again"]:
            analytics.recount(using=using)
        rolled = analytics.roll_up(using=using)
        offered = analytics.fill_completions(using=using)
        self.stdout.write(
            f"Counted {len(rolled.days)} days; {offered} queries are offered while somebody types."
        )
        if not rolled.complete:
            self.stdout.write("A worker is counting the others just now.")
