"""`manage.py index`: index what waits in this process, do a worker's job without Celery, or say how things stand."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connections
from django.db.models import F
from django.utils import translation
from tqdm import tqdm

from ...conf import settings
from ...documents import document
from ...errors import ProductSearchError
from ...indexing import corpus, generations, heartbeat, spaces, sweep
from ...indexing.claim import is_waiting
from ...indexing.health import Health, health
from ...indexing.marking import mark_every
from ...indexing.progress import Filling, in_words
from ...indexing.work import Report, database, index_pending, prepare
from ...models import Entry
from ...replicas.measuring import Replica
from ...tagging import examine_pending, is_due, tag_pending
from ...tagging.examining import PIECE_SECONDS

#: How long `--watch` rests when nothing waits, or the database is away: a save is found soon, and looking costs one
#: short query. It polls, because LISTEN does not reach through every connection pool.
PAUSE_SECONDS = 0.5


class Command(BaseCommand):
    """Makes what is missing (the first embedding space), then indexes every product that waits."""

    #: When `--watch` looks at the books and beats next, by time.monotonic().
    _sweep_at = 0.0

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
        watch = options["watch"]
        try:
            with _terminated_like_ctrl_c():
                self._index(everything=options["all"], quiet=options["verbosity"] == 0, watch=watch)
                if watch:
                    self._watch(quiet=options["verbosity"] == 0)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            said = "Stopped; what was not finished waits for the next run or worker."
            if not watch:
                raise CommandError(said, returncode=130) from None
            self.stderr.write(said)

    def _index(self, *, everything: bool, quiet: bool, watch: bool) -> None:
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
            mark_every()
        total = Report()
        while True:
            while sweep.find_products(using) >= sweep.AT_ONCE:
                pass
            report = self._with_progress(using, quiet=quiet, watch=watch)
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
        if is_due(using):
            tag_pending()
        self.stdout.write(_said(total))
        for key, error in list(total.failed.items())[:10]:
            self.stderr.write(f"  {key}: {error}")

    def _with_progress(self, using: str, *, quiet: bool, watch: bool) -> Report:
        with tqdm(desc="Indexing", unit=" products", disable=quiet or None) as bar:

            def show(report: Report) -> None:
                bar.total = report.products + _stale(using)
                bar.update(report.products - bar.n)
                if watch:
                    self._sweep_if_due(using)  # health is green while the first fill goes on

            return index_pending(progress=show)

    def _watch(self, *, quiet: bool) -> None:
        """A worker's and beat's job in one process. What passes, such as a database that restarts, it sits out."""
        using = database()
        problem = ""

        def say(line: str) -> None:
            if not quiet:
                self.stdout.write(line)
                self.stdout.flush()  # into a log file at once, too

        say(f"Watching for saved products, with a sweep every {settings().sweep_seconds} s. Ctrl-C ends it.")
        while True:
            found, rest = "", PAUSE_SECONDS
            try:
                self._sweep_if_due(using, problem)
                if is_waiting(using):
                    report = index_pending(seconds=settings().sweep_seconds)
                    if report.products:
                        say(_said(report))
                    for key, error in list(report.failed.items())[:10]:
                        say(f"  {key}: {error}")
                if is_due(using):
                    tag_pending(seconds=settings().sweep_seconds)
                examine_pending(seconds=PIECE_SECONDS, patient=False)
            except ProductSearchError as error:
                found, rest = str(error), settings().sweep_seconds  # trying again may load a model each time
            except (OperationalError, InterfaceError) as error:
                connections[using].close()
                found = f"The database does not answer: {str(error).strip()}"
            if found != problem:
                problem, self._sweep_at = found, 0.0  # health is told at once
                say(problem or "Back at work.")
            time.sleep(rest)

    def _sweep_if_due(self, using: str, problem: str = "") -> None:
        """Every SWEEP_SECONDS: a sign of life, with the `problem` that keeps us from working, and beat's sweep."""
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + settings().sweep_seconds
        name = f"worker:watch@{socket.gethostname()}"
        heartbeat.beat(name, using=using, pid=os.getpid(), problem=problem)
        sweep.sweep()

    def _status(self) -> None:
        """In English whatever the settings' language, like all that the command line says."""
        with translation.override(None):
            now = health()
            for line in status_lines(now):
                self.stdout.write(line)
            for problem in now.problems:
                self.stdout.write(self.style.WARNING(f"- {problem}"))
        for entry in Entry.objects.using(database()).exclude(error="")[:10]:
            line = entry.error.partition("\n")[0]
            self.stdout.write(f"  {entry.product}: {line}")


def status_lines(now: Health) -> Iterator[str]:
    """How the index stands, without its problems."""
    yield f"{now.status}: {now.fresh} fresh, {now.waiting} waiting, {now.failing} failing, {now.parked} parked."
    since = "" if now.oldest_mark_s is None else f", the oldest for {in_words(now.oldest_mark_s)}"
    yield f"Changes not taken up yet: {now.marks}{since}."
    pace = now.throughput
    left = "" if now.remaining_s is None else f"; about {in_words(now.remaining_s)} left"
    yield f"Indexed in the last minute: {pace.last_minute}, in the last ten: {pace.last_ten_minutes}{left}."
    for each in now.spaces:
        space = each.space
        held = f"about {each.texts} texts, {each.pictures} pictures"
        yield f"Space {space.pk} {space.state}: {space.name}, {held}{_filled(each.filling, space.paused)}"
    for row in now.generations:
        yield f"Generation {row.generation.pk} {row.generation.state}{_filled(row.filling)}"
    for replica in now.replicas:
        used = "in service" if replica.in_service else f"left out: {replica.fault}"
        said = f" ({replica.detail})" if replica.detail else ""
        yield f"Replica {replica.alias} {used}{_behind(replica)}{said}"


def _behind(replica: Replica) -> str:
    if replica.behind_bytes is None:
        return ""
    seconds = "" if replica.behind_s is None else f"{replica.behind_s:.1f} s, "
    return f", {seconds}{replica.behind_bytes} bytes behind"


def _filled(filling: Filling | None, paused: bool = False) -> str:
    if filling is None:
        return ""
    rests = ", paused" if paused else "" if filling.running else ", nobody fills it"
    left = "" if filling.remaining_s is None else f", about {in_words(filling.remaining_s)} left"
    return f", {filling.complete} of {filling.products} products{left}{rests}"


def _said(report: Report) -> str:
    return f"Indexed {report.indexed}, removed {report.removed}, failed {len(report.failed)}."


def _stale(using: str) -> int:
    return Entry.objects.using(using).filter(done__lt=F("wanted"), parked=False).count()


@contextmanager
def _terminated_like_ctrl_c() -> Iterator[None]:
    """SIGTERM, as systemd and docker send it, ends the command as Ctrl-C does: what is leased is given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
