"""`manage.py forget_events`: delete what shoppers did: everything, before a day, or one visitor's today."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from ... import analytics
from ...indexing.work import database


class Command(BaseCommand):
    """Asks nothing: what it is to delete must be said."""

    help = "Delete events: --all of them with what they add up to, those --before a day, or today's of one --visitor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--all", action="store_true", help="every event, and what the days add up to")
        what.add_argument(
            "--before", metavar="YYYY-MM-DD", help="events of earlier days; what those days add up to stays"
        )
        what.add_argument(
            "--visitor",
            help="what one visitor did today: `session:KEY` of the Django session, `browser:ADDRESS AGENT`, or what"
            " VISITOR or the frontend say. Nobody can tell any more who did what before.",
        )

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        if options["all"]:
            gone = analytics.forget_all(using=using)
        elif options["before"]:
            try:
                day = date.fromisoformat(options["before"])
            except ValueError:
                raise CommandError(f"{options['before']!r} is no day. Write it as 2026-03-31.") from None
            gone = analytics.forget_before(day, using=using)
        else:
            gone = analytics.forget_visitor(options["visitor"], using=using)
        self.stdout.write(f"Deleted {gone} rows.")
