"""`manage.py measure_recall`: how much of what is nearest the indexes find, and how widely they should look."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ...errors import ProductSearchError
from ...retrieval.recall import BREADTHS, PAIRS, QUERIES, SHOWN, WANTED, Report, in_use, measure

MOST = 1000


class Command(BaseCommand):
    """Thin adapter over `retrieval.recall`."""

    help = (
        "Put titles and pictures of the shop to the indexes of vectors and to every row one by one, show how many of "
        f"the nearest {SHOWN} the indexes found, and propose EF_SEARCH. The admin's index page shows it, too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queries", type=int, default=QUERIES, metavar="N", help="queries of each pair")
        parser.add_argument(
            "--ef-search",
            type=int,
            action="append",
            metavar="N",
            help=f"a breadth to measure, 10 to {MOST}; repeatable; {', '.join(map(str, BREADTHS))} unless given",
        )

    def handle(self, *args: Any, queries: int, **options: Any) -> None:
        breadths = options["ef_search"] or BREADTHS
        if queries < 1:
            raise CommandError(f"--queries is {queries}; expected 1 or more.")
        for breadth in breadths:
            if not 10 <= breadth <= MOST:
                raise CommandError(f"--ef-search is {breadth}; expected 10 to {MOST}.")
        quiet = options["verbosity"] == 0
        try:
            with tqdm(desc="Measuring", unit=" queries", disable=quiet or None, file=self.stderr) as bar:
                bar.total = queries * len(PAIRS)
                report = measure(queries, breadths, advance=bar.update)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        if not report.found:
            self.stdout.write(
                "No index of vectors serves, so every scan is exact and misses nothing. `manage.py spaces index` "
                "builds one where the rows justify it."
            )
            return
        self._print(report)

    def _print(self, report: Report) -> None:
        self.stdout.write(f"{'pair':16} {'ef_search':>9} {'mean':>7} {'5th pct':>8} {'ms':>7}")
        for each in report.found:
            now = "  <- in use" if each.ef_search == in_use() else ""
            self.stdout.write(
                f"{each.pair:16} {each.ef_search:9} {each.mean:7.3f} {each.low:8.3f} {each.ms:7.1f}{now}"
            )
        proposed = report.proposed
        if proposed is None:
            self.stdout.write(
                self.style.WARNING(
                    f"No breadth reaches {WANTED} for every pair. Try a larger one, up to --ef-search {MOST}; if "
                    "that is not enough, build the index anew: `manage.py spaces index`."
                )
            )
        elif proposed == in_use():
            self.stdout.write(
                f"EF_SEARCH {proposed}, which is in use, is the smallest that reaches {WANTED}."
            )
        else:
            self.stdout.write(
                f"The smallest that reaches {WANTED} for every pair is {proposed}: set "
                f'PRODUCT_SEARCH["EF_SEARCH"] = {proposed}.'
            )
