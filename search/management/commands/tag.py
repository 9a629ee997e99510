"""`manage.py tag`: what the vocabulary says of every product, from stored vectors; resumable, with a progress bar."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db.models import Count, Q
from tqdm import tqdm

from ...conf import settings
from ...errors import ProductSearchError
from ...indexing.work import database
from ...models import NEVER, Attribute, LearnedHead, Tag, TagState
from ...tagging import TagProgress, tag_pending
from ...tagging.teaching import learned_heads


class Command(BaseCommand):
    """Tags what waits here, as workers do, and goes on where an earlier run was stopped."""

    help = "Suggest the values of the vocabulary's attributes for every product, from stored vectors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again",
            action="store_true",
            help="fit thresholds anew and score every product again, though nothing changed",
        )

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings().enabled:
            raise CommandError('PRODUCT_SEARCH["ENABLED"] is False: nothing is tagged. Set it to True.')
        using = database()
        if not Attribute.objects.using(using).filter(enabled=True, values__isnull=False).exists():
            raise CommandError(
                "No attribute is in use that has values. Add one in the admin (Attributes), or import a list."
            )
        try:
            with tqdm(desc="Tagging", unit=" products", disable=options["verbosity"] == 0 or None) as bar:

                def show(now: TagProgress) -> None:
                    bar.total = now.products
                    bar.update(now.seen - bar.n)

                tag_pending(again=options["again"], progress=show)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped; the next run, or a worker, goes on from here.", returncode=130
            ) from None
        self._tell(using)

    def _tell(self, using: str) -> None:
        counts = {
            name: (suggested, accepted, rejected)
            for name, suggested, accepted, rejected in Tag.objects.using(using)
            .values_list("attribute")
            .annotate(
                suggested=Count("pk", filter=Q(state=TagState.SUGGESTED)),
                accepted=Count("pk", filter=Q(state=TagState.ACCEPTED)),
                rejected=Count("pk", filter=Q(state=TagState.REJECTED)),
            )
        }
        self.stdout.write(
            f"{'attribute':20} {'suggested':>9} {'accepted':>9} {'rejected':>9}  said from  fitted by"
        )
        heads = {row.attribute: _learned(row) for row in learned_heads(using)}
        for attribute in Attribute.objects.using(using).filter(enabled=True):
            suggested, accepted, rejected = counts.get(attribute.name, (0, 0, 0))
            never = attribute.threshold is None or attribute.threshold >= NEVER
            least = "never" if never else f"{attribute.threshold:.3f}"
            by = attribute.fitted_by + f" ({attribute.fitted_on})" * bool(attribute.fitted_on)
            by += heads.get(attribute.name, "")
            self.stdout.write(f"{attribute.name:20} {suggested:9} {accepted:9} {rejected:9}  {least:9}  {by}")


def _learned(row: LearnedHead) -> str:
    """What decisions are worth, on those that were held out."""
    use = "learnt from" if row.in_use else "not better after"
    shares = f"{row.right_before:.0%} -> {row.right_after:.0%} of {row.held} held out"
    return f"; {use} {row.taught}: {shares}"
