"""`manage.py reconcile`: compare shop and index now, and have what differs indexed anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from tqdm import tqdm

from ...errors import ProductSearchError
from ...indexing import reconcile
from ...indexing.differences import KINDS, Depth


class Command(BaseCommand):
    """A table of what differs by kind; exits with 1 when `--dry-run` found anything."""

    help = "Compare the shop with the index and have what differs indexed anew, orphans removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--deep",
            action="store_true",
            help="also call the document's functions, read every picture file and work out all words anew",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only tell; exit with 1 if anything differs"
        )

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        depth: Depth = "deep" if options["deep"] else "quick"
        repair = not options["dry_run"]
        try:
            with tqdm(desc="Comparing", unit=" products", disable=options["verbosity"] == 0 or None) as bar:

                def show(now: reconcile.Reconciliation) -> None:
                    bar.total = now.products
                    bar.update(now.checked - bar.n)

                found = reconcile.reconcile(depth, repair=repair, progress=show)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped; what was found so far is raised, and the next run begins anew.", returncode=130
            ) from None
        self._tell(found)
        if found.differences and not repair:
            raise CommandError(
                "Shop and index differ. `manage.py reconcile` has what differs indexed anew."
                if depth == "quick"
                else "Shop and index differ. `manage.py reconcile --deep` has what differs indexed anew.",
                returncode=1,
            )

    def _tell(self, found: reconcile.Reconciliation) -> None:
        self.stdout.write(f"Compared {found.checked} products ({found.depth}).")
        for kind, count in found.differences.items():
            some = ", ".join(found.examples[kind])
            self.stdout.write(f"{count:>9}  {kind:16} {KINDS[kind][0]}: {some}")
        if not found.differences:
            self.stdout.write("Nothing differs.")
        if found.waiting or found.failing:
            self.stdout.write(
                f"Not judged: {found.waiting} products that wait to be indexed, {found.failing} that fail by an error "
                "of their own (`manage.py index --status`)."
            )
        if found.raised:
            self.stdout.write(f"{found.raised} products wait for a worker now, or for `manage.py index`.")
