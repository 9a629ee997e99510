"""`manage.py rules`: look through the rules, and copy them between environments."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...merchandising import changing, copying
from ...merchandising.findings import findings
from ...merchandising.reading import BadRule
from ...models import Rule


class Command(BaseCommand):
    """Check, list, export or import merchants' rules."""

    help = "Check, list, export or import the rules by which merchants steer searches."

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True)
        ways.add_parser("list", help="All rules in their order of precedence.")
        ways.add_parser("check", help="What is wrong with published rules; status 1 where something is.")
        out = ways.add_parser("export", help="All rules as JSON, on standard output or into a file.")
        out.add_argument("file", nargs="?", type=Path, metavar="FILE")
        into = ways.add_parser("import", help="Take over the rules of such a file, by their names.")
        into.add_argument("file", type=Path, metavar="FILE")
        into.add_argument("--dry-run", action="store_true", help="Only say what would change.")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['way']}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        for row in Rule.objects.using(changing.database()).order_by("position", "pk"):
            draft = " (with a draft)" if row.draft is not None and row.live is not None else ""
            self.stdout.write(
                f"{row.position:4}  {row.state:6} {row.name}{draft}{' BROKEN' * bool(row.fault)}"
            )

    def _check(self, options: dict[str, Any]) -> None:
        found = findings(changing.database())
        for each in found:
            self.stdout.write(f"{each.name}: {each.message} [{each.kind}]")
        if found:
            sys.exit(1)
        self.stdout.write("Nothing is wrong with the published rules.")

    def _export(self, options: dict[str, Any]) -> None:
        written = json.dumps(copying.exported(), ensure_ascii=False, indent=2)
        if options["file"] is None:
            self.stdout.write(written)
        else:
            options["file"].write_text(written + "\n", encoding="utf-8")

    def _import(self, options: dict[str, Any]) -> None:
        try:
            file = json.loads(options["file"].read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except ValueError as error:
            raise CommandError(f"{options['file']} is no JSON: {error}") from error
        try:
            done = copying.take_over(file, dry_run=options["dry_run"])
        except BadRule as error:
            raise CommandError(str(error)) from error
        for name, products in done.missing.items():
            self.stderr.write(f"{name}: this shop has no product {', '.join(products)}")
        would = "would change" if options["dry_run"] else "changed"
        self.stdout.write(f"{len(done.changed)} {would}, {len(done.same)} were the same.")
