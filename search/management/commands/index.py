"""`manage.py index`: index what waits in this process, do a worker's job without Celery, or say how things stand."""

from __future__ import annotations

import os
import socket
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F
from tqdm import tqdm

from ...conf import settings
from ...documents import document
from ...errors import ProductSearchError
from ...indexing import corpus, generations, heartbeat, spaces, sweep
from ...indexing.claim import is_waiting
from ...indexing.health import health
from ...indexing.marking import mark_stale
from ...indexing.work import Report, database, index_pending, prepare
from ...models import Entry


class Command(BaseCommand):
    """Makes what is missing (the first embedding space), then indexes every product that waits."""

    help = "Index waiting products in this process, with a progress bar. Makes the first embedding space."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="read every product again, changed or not")
        parser.add_argument(
            "--watch", action="store_true", help="go on until Ctrl-C: a worker and beat without Celery"
        )
        parser.add_argument(
            "--status", action="store_true", help="only say how the index stands, and what to mend"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            self._status()
            return
        if not settings().enabled:
            raise CommandError('PRODUCT_SEARCH["ENABLED"] is False: nothing is indexed. Set it to True.')
        try:
            self._index(everything=options["all"], quiet=options["verbosity"] == 0)
            if options["watch"]:
                self._watch()
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stderr.write("Stopped; what was not finished waits for the next run or worker.")

    def _index(self, *, everything: bool, quiet: bool) -> None:
        using = database()
        space = prepare(using)
        if space.name != settings().encoder:
            self.stderr.write(
                self.style.WARNING(
                    f'ENCODER is "{settings().encoder}", but searches are served by space {space.pk} of '
                    f'"{space.name}", which goes on being filled. To change the model: `manage.py spaces create`, '
                    "`fill` and `switch`."
                )
            )
        if everything:
            mark_stale(document().queryset(), bulk=True)
        total = Report()
        while True:
            while sweep.find_products(using) >= sweep.AT_ONCE:
                pass
            report = self._with_progress(using, quiet=quiet)
            total.indexed += report.indexed
            total.removed += report.removed
            total.failed.update(report.failed)
            if not generations.fill(using):
                break
        generation = generations.current(using)
        corpus.rebuild(using, generation)
        sweep.calibrate_spaces(using, generation)
        sweep.keep_books(using)
        for name in spaces.build_indexes(space, document().languages, using=using):
            self.stdout.write(f"Built {name}.")
        self.stdout.write(
            f"Indexed {total.indexed} products, removed {total.removed}, failed {len(total.failed)}."
        )
        for key, error in list(total.failed.items())[:10]:
            self.stderr.write(f"  {key}: {error}")

    def _with_progress(self, using: str, *, quiet: bool) -> Report:
        with tqdm(desc="Indexing", unit=" products", disable=quiet or None) as bar:

            def show(report: Report) -> None:
                bar.total = report.products + _stale(using)
                bar.update(report.products - bar.n)

            return index_pending(progress=show)

    def _watch(self) -> None:
        """The worker's and beat's job in one process: it looks twice a second and sweeps when a sweep is due."""
        using = database()
        self.stdout.write("Watching for saved products; Ctrl-C ends it.")
        next_sweep = 0.0
        while True:
            if time.monotonic() >= next_sweep:
                sweep.sweep()
                heartbeat.beat(
                    f"worker:watch@{socket.gethostname()}", using=using, pid=os.getpid(), problem=""
                )
                next_sweep = time.monotonic() + settings().sweep_seconds
            if is_waiting(using):
                report = index_pending(seconds=settings().sweep_seconds)
                self.stdout.write(
                    f"Indexed {report.indexed}, removed {report.removed}, failed {len(report.failed)}."
                )
            time.sleep(0.5)

    def _status(self) -> None:
        now = health()
        self.stdout.write(
            f"{now.status}: {now.fresh} products indexed, {now.waiting} waiting, {now.failed} failed,"
        )
        self.stdout.write(f"{now.parked} given up, {now.marks} marks.")
        for problem in now.problems:
            self.stdout.write(self.style.WARNING(f"- {problem}"))
        for entry in Entry.objects.using(database()).exclude(error="")[:10]:
            self.stdout.write(f"  {entry.product}: {entry.error}")


def _stale(using: str) -> int:
    return Entry.objects.using(using).filter(done__lt=F("wanted"), parked=False).count()
