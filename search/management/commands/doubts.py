"""`manage.py doubts`: pictures that don't seem to fit their product."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from tqdm import tqdm

from ...indexing.work import database
from ...models import Doubt, DoubtState, Generation, Space
from ...tagging.doubts import FEWEST, Judging, has_enough, judge_everything


class Command(BaseCommand):
    """Fits what tells wrong pictures anew, judges every picture, and lists those that nobody has decided on."""

    help = "Find pictures that don't seem to fit their product's title or category, and list them, the surest first."

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        space = Space.serving(using)
        generation = Generation.serving(using)
        if space is None or generation is None or not has_enough(space, using=using):
            raise CommandError(
                f"Fewer than {FEWEST} pictures are indexed, which say too little: `manage.py index`."
            )
        with tqdm(desc="Judging", unit=" products", disable=options["verbosity"] == 0 or None) as bar:

            def show(now: Judging) -> None:
                bar.total = now.products
                bar.update(now.seen - bar.n)

            judge_everything(space, generation, using=using, progress=show)
        found = Doubt.objects.using(using).filter(state=DoubtState.OPEN).order_by("-sure", "pk")
        for row in found:
            self.stdout.write(f"{row.sure:5.0%}  {row.get_kind_display():30} {row.product}  {row.picture}")
        self.stdout.write(f"{len(found)} pictures are doubted.")
