"""`manage.py demo`: the whole shop on this machine, with a real database, worker and beat; Ctrl-C ends all of it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from catalog import postgres
from catalog.demo.client import Client
from catalog.demo.errors import DemoFailed
from catalog.demo.examples import Outcome, examples, tries
from catalog.demo.merchant import change_is_found
from catalog.demo.plan import PLANNED, REPOSITORY, Plan, plan
from catalog.demo.processes import Processes, running
from catalog.demo.progress import PATIENCE_S, check_port, serves, wait_for_index, wait_for_web
from catalog.demo.shop import LOGIN, PASSWORD, make_shop, make_space
from product_search.errors import ProductSearchError


class Command(BaseCommand):
    """Reads the command line, starts everything in order, and says what there is to see."""

    help = "Run the reference shop: embedded Postgres, a catalogue, a Celery worker and beat, the web server."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of 127.0.0.1, for the web server")
        parser.add_argument(
            "--once", action="store_true", help="make the example searches, then stop everything"
        )
        parser.add_argument("--model", default="", help="any open_clip model, or a folder with one")
        parser.add_argument(
            "--catalogue", default="", metavar="FOLDER_OR_CSV", help="to sell instead of ours"
        )
        parser.add_argument(
            "--home", type=Path, default=REPOSITORY / ".demo", help="where the demo keeps its things"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = plan(
                home=options["home"],
                catalogue=options["catalogue"],
                model=options["model"],
                port=options["port"],
            )
            if PLANNED not in os.environ:
                check_port(chosen.port)
                # Settings are read once, at the start: begin again with this demo's.
                os.execve(sys.executable, [sys.executable, *sys.argv], chosen.environment())  # noqa: S606
            self._run(chosen, once=options["once"])
        except (DemoFailed, ProductSearchError, postgres.ServerFailed) as error:
            raise CommandError(str(error)) from error

    def _run(self, demo: Plan, *, once: bool) -> None:
        started = time.monotonic()
        # SIGINT too: a shell starts what it puts in the background deaf to it.
        for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(stop, _interrupt)
        wrong: list[Outcome] = []
        try:
            with running(demo.home, demo.environment()) as processes:
                try:
                    client = self._start(demo, processes, once=once)
                    self._greet(client, time.monotonic() - started)
                    if once:
                        wrong = self._try_examples(client, demo)
                    else:
                        self._wait(processes)
                finally:
                    signal.signal(
                        signal.SIGINT, signal.SIG_IGN
                    )  # a second Ctrl-C must not leave anything behind
                    self.stdout.write("Stopping ...")
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
            return
        self.stdout.write("Stopped.")
        if wrong:
            raise CommandError(f"{len(wrong)} of the examples went wrong.")

    def _start(self, demo: Plan, processes: Processes, *, once: bool) -> Client:
        self._step("Database", f"embedded Postgres in {demo.postgres}")
        server = postgres.start(demo.postgres)
        processes.keep_server(demo.postgres)
        if demo.database != "postgres":
            postgres.make_database(server, demo.database)
        imported = make_shop(demo.catalogue, home=demo.home)
        self._step(
            "Products", f"{imported}, from {demo.catalogue}" if imported else "there from an earlier run"
        )
        if demo.encoder and not demo.encoder.startswith(("local-dir:", "hash:")):
            call_command("encoder", "fetch", demo.encoder)
        new_index = make_space(demo.state)
        celery = [sys.executable, "-m", "celery", "-A", "catalog"]
        logs = demo.state / "logs"
        worker = ["worker", "--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
        processes.start("The Celery worker", [*celery, *worker], logs / "worker.log")
        processes.start("Celery beat", [*celery, "beat", "--pidfile=", "--loglevel=INFO"], logs / "beat.log")
        web = [
            sys.executable,
            str(REPOSITORY / "manage.py"),
            "runserver",
            "--noreload",
            f"127.0.0.1:{demo.port}",
        ]
        processes.start("The web server", [*web, "--skip-checks"], logs / "web.log")
        # The web server loads the model when it is asked whether it is ready: while the worker indexes.
        loading = threading.Thread(target=_wait_until_ready, args=[demo.url, processes], daemon=True)
        loading.start()
        self._step("Processes", f"worker, beat and web server, with logs in {logs}")
        if imported or new_index or once or not serves():
            waited, seconds = wait_for_index(processes.check)
            self._step("Index", f"{waited} products in {seconds:.1f} s" if waited else "up to date")
        wait_for_web(demo.url, processes.check)
        if once:
            loading.join()
        return Client(demo.url)

    def _greet(self, client: Client, seconds: float) -> None:
        self.stdout.write(self.style.SUCCESS(f"\nThe shop is open ({seconds:.1f} s):  {client.root}/"))
        self.stdout.write(f"Admin:  {client.root}/admin/   login {LOGIN}, password {PASSWORD}")
        self.stdout.write("Try:")
        for address in tries(client):
            self.stdout.write(f"  {address}")
        self.stdout.write("or drop a picture of anything into the search box.\n")

    def _try_examples(self, client: Client, demo: Plan) -> list[Outcome]:
        outcomes = []
        for example in examples(client, demo.catalogue):
            outcomes.append(self._show(example.run()))
        outcomes.append(self._show(change_is_found(client)))
        return [outcome for outcome in outcomes if outcome.wrong]

    def _show(self, outcome: Outcome) -> Outcome:
        mark = self.style.ERROR("✗") if outcome.wrong else self.style.SUCCESS("✓")
        self.stdout.write(
            f"{mark} {outcome.name:42} {outcome.seconds:6.2f} s  {outcome.wrong or outcome.found}"
        )
        return outcome

    def _wait(self, processes: Processes) -> None:
        self.stdout.write("Ctrl-C stops everything.")
        while True:
            processes.check()
            time.sleep(0.5)

    def _step(self, name: str, text: str) -> None:
        self.stdout.write(f"{name + ':':11} {text}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_ready(url: str, processes: Processes) -> None:
    """Return once the web server at `url` has loaded its model, or is not going to."""
    deadline = time.monotonic() + PATIENCE_S
    with contextlib.suppress(DemoFailed, OSError):  # whoever waits for its pages says so
        wait_for_web(f"{url}/search/v1/live", processes.check)
        while Client(url).get("search/v1/ready").status != 200 and time.monotonic() < deadline:
            processes.check()
            time.sleep(0.2)
