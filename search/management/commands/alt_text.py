"""`manage.py alt_text`: words for every picture, from stored vectors and tags; resumable, with a progress bar."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db.models import Count, Q
from tqdm import tqdm

from ... import tagging
from ...alt_texts import AltTextProgress, write_pending
from ...conf import settings
from ...errors import ProductSearchError
from ...indexing.work import database
from ...models import AltText, AltTextState


class Command(BaseCommand):
    """Writes what waits here, as workers do, and goes on where an earlier run was stopped."""

    help = "Suggest alt texts for every picture, in each of the document's languages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="look at every product again, though nothing changed"
        )

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        for setting, on in (("ENABLED", settings().enabled), ("ALT_TEXTS", settings().alt_texts)):
            if not on:
                raise CommandError(
                    f'PRODUCT_SEARCH["{setting}"] is False: no alt text is written. Set it to True.'
                )
        using = database()
        try:
            with tqdm(desc="Alt texts", unit=" products", disable=options["verbosity"] == 0 or None) as bar:

                def show(now: AltTextProgress) -> None:
                    bar.total = now.products
                    bar.update(now.seen - bar.n)

                waits = tagging.is_due(using)
                if waits:
                    self.stderr.write(
                        "Tags are not up to date: run `manage.py tag`, or leave it to the worker, and these follow."
                    )
                write_pending(again=options["again"] or waits, progress=show)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped; the next run, or a worker, goes on from here.", returncode=130
            ) from None
        self._tell(using)

    def _tell(self, using: str) -> None:
        rows = AltText.objects.using(using).values_list("language").order_by("language")
        states = {state: Count("pk", filter=Q(state=state)) for state in AltTextState.values}
        self.stdout.write(f"{'language':10}" + "".join(f"{state:>11}" for state in states))
        for language, *counts in rows.annotate(**states):
            self.stdout.write(f"{language:10}" + "".join(f"{count:11}" for count in counts))
