"""`manage.py audit_tags`: how far tags can be trusted, which groups are seen worse, and which sentences mislead."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from tqdm import tqdm

from ...auditing import AttributeAudit, Audit, audit_tags
from ...auditing.page import audit_page
from ...errors import ProductSearchError


class Command(BaseCommand):
    """Reads alone; nothing of the index or of the tags changes."""

    help = (
        "Measure tags where it is known what is right: precision, recall, calibration, rates by group of products, "
        "and how far each sentence of the vocabulary tells its products from others. Exit status 1 with --strict "
        "where something is named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--attribute", action="append", default=[], metavar="NAME", help="only this one; repeatable"
        )
        parser.add_argument(
            "--by",
            action="append",
            default=[],
            metavar="FACET",
            help="group products by this facet; repeatable; else by all of the shop's own",
        )
        parser.add_argument(
            "--page", type=Path, metavar="FILE.html", help="write a page with plots and pictures"
        )
        parser.add_argument("--json", action="store_true", help="write everything as JSON")
        parser.add_argument(
            "--strict", action="store_true", help="exit status 1 where anything is named as wrong"
        )

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        quiet = options["verbosity"] == 0 or options["json"] or None
        try:
            with tqdm(desc="Auditing", unit=" attributes", disable=quiet, file=self.stderr) as bar:

                def show(done: int, of: int) -> None:
                    bar.total = of
                    bar.update(done - bar.n)

                audit = audit_tags(options["attribute"], by=options["by"], progress=show)
            if options["page"]:
                options["page"].write_text(audit_page(audit), encoding="utf-8")
        except (ProductSearchError, OSError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(audit), ensure_ascii=False, indent=1, default=str))
        else:
            self._tell(audit)
        if options["page"] and not options["json"]:
            self.stdout.write(f"Plots and pictures: {options['page']}")
        if options["strict"] and any(_named(each) for each in audit.attributes):
            sys.exit(1)

    def _tell(self, audit: Audit) -> None:
        self.stdout.write(
            f"{'attribute':16} {'known':>6} {'said of':>8} {'right':>6} {'promised':>8} {'F1':>6} {'ECE':>6}  known by"
        )
        for each in audit.attributes:
            if not each.known:
                self.stdout.write(f"{each.name:16} too few products are known to have a value")
                continue
            right = "-" if each.precision is None else f"{each.precision:.3f}"
            self.stdout.write(
                f"{each.name:16} {each.known:6} {each.said:8.1%} {right:>6} {each.promised:8.2f} "
                f"{each.macro_f1:6.3f} {each.calibration_error:6.3f}  {each.source}"
                + ", pictures alone"
                * each.shown_alone
            )
        for each in audit.attributes:
            for line in _named(each):
                self.stdout.write(self.style.WARNING(line))


def _named(audit: AttributeAudit) -> list[str]:
    """A sentence for each thing that is wrong with an attribute."""
    found = []
    if audit.breaks_promise:
        found.append(f"{audit.name}: right {audit.precision:.1%} of the time, promised {audit.promised:.0%}.")
    for group in audit.worse_groups:
        found.append(
            f"{audit.name}: {group.facet} {group.value!r} is seen worse: right of {group.right:.0%} of "
            f"{group.known} products, others of the same values {group.others_right:.0%}. Look at its pictures."
        )
    for prompt in audit.misleading:
        found.append(
            f"{audit.name}: {prompt.sentence!r} misleads for {prompt.value!r}: it tells its products from others "
            f"{prompt.tells:.0%} of the time, plain words {prompt.plainly:.0%}. Change it or take it away."
        )
    return found
