"""`manage.py triggers`: database triggers that mark what bulk updates and raw SQL change, made and removed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...conf import settings
from ...errors import ProductSearchError
from ...indexing import triggers
from ...indexing.work import database


class Command(BaseCommand):
    """Thin: the work is in `indexing/triggers.py`."""

    help = (
        "Database triggers on the tables that the document reads. They mark what update(), bulk_create(), raw SQL, "
        "COPY and TRUNCATE change, in the same transaction."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="install|remove|status")
        install = actions.add_parser(
            "install", help="make the triggers, or bring them into step with the document"
        )
        install.add_argument(
            "--sql", action="store_true", help="only print the statements, for the owner of the tables to run"
        )
        actions.add_parser("remove", help="drop every trigger and function of ours")
        actions.add_parser("status", help="compare them with the document; fails where they are not in step")

    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        try:
            if options["action"] == "remove":
                self.stdout.write(f"Removed the triggers of {triggers.remove(using)} tables.")
                self._hint(expected=False, fix="take TRIGGERS out of PRODUCT_SEARCH")
            elif options["action"] == "status":
                self._status(using)
            elif options["sql"]:
                for definition in triggers.expected(using):
                    for statement in triggers.statements(using, definition):
                        self.stdout.write(f"{statement};\n")
            else:
                for table in triggers.install(using):
                    self.stdout.write(f"{table}: every change is marked.")
                self._hint(expected=True, fix='set PRODUCT_SEARCH["TRIGGERS"] to True')
        except ProductSearchError as error:
            raise CommandError(str(error)) from error

    def _hint(self, *, expected: bool, fix: str) -> None:
        if settings().triggers is not expected:
            self.stdout.write(f"Now {fix}, so that `manage.py check` compares them.")

    def _status(self, using: str) -> None:
        if not triggers.is_installed(using):
            self.stdout.write("No triggers are installed: signals alone mark what changes.")
            return
        found = triggers.differences(using)
        if found:
            raise CommandError("\n".join([*found, "Run `manage.py triggers install`."]))
        for definition in triggers.expected(using):
            self.stdout.write(f"{definition.table}: in step with the document.")
