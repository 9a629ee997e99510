"""`manage.py evaluate_search`: how good searches are by kind of query, and whether one set-up beats another."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ...errors import ProductSearchError
from ...evaluation.evaluating import Run, compare, largest, read_least, stored_run, table
from ...evaluation.measures import MEASURES
from ...evaluation.plot import write_plot
from ...evaluation.running import Pictures, measured, opened_pictures
from ...evaluation.setups import LEGS, Setup, in_space, read_setup
from ...evaluation.store import StoredQuery, load
from ...evaluation.weights import LEADING, proposals
from ...models import JudgedQuery, Split

#: Queries shown of either end.
SHOWN = 5


class Command(BaseCommand):
    """Thin: the work is in `evaluation/`."""

    help = (
        "Put judged queries to the real search and measure it by kind of query: nDCG@10, MRR, recall, empty answers. "
        "Exit status 1 where --fail-under is not reached."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--set", metavar="NAME", help="which judgements; needed where there are several sets"
        )
        parser.add_argument(
            "--split",
            choices=Split.values,
            help="check, which figures come from, or tune, which weights are chosen on; check unless weights are",
        )
        parser.add_argument(
            "--kind", action="append", default=[], metavar="KIND", help="only this kind; repeatable"
        )
        parser.add_argument("--sample", type=int, metavar="N", help="at most N queries of each kind")
        parser.add_argument(
            "--legs",
            default="hybrid",
            metavar="SETUP[,SETUP]",
            help=f"what to measure: {', '.join(LEGS)}; a leg alone ranks without the floor",
        )
        parser.add_argument(
            "--space",
            type=int,
            metavar="N",
            help="measure --legs in this embedding space in the place of the serving one, as `hybrid:SPACE=N` does; "
            "with --against hybrid beside the one that serves",
        )
        parser.add_argument(
            "--against",
            metavar="SETUP|FILE.json",
            help="compare the first of --legs with this, query by query: a set-up such as keyword or "
            "hybrid:VECTOR_WEIGHT=0.3, or what --json wrote before",
        )
        parser.add_argument(
            "--fail-under",
            action="append",
            default=[],
            metavar="[KIND:]MEASURE=VALUE",
            help=f"fail where the first of --legs has less; measures: {', '.join(MEASURES)}",
        )
        parser.add_argument(
            "--pictures", type=Path, metavar="DIR_OR_ZIP", help="where the queries' pictures are"
        )
        parser.add_argument(
            "--propose",
            action="store_true",
            help="try weights of the vectors and propose those that suit this shop and its model",
        )
        parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw means and differences")
        parser.add_argument("--json", action="store_true", help="write everything, each query's measures too")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            failed = self._evaluate(options)
        except (ProductSearchError, OSError) as error:
            raise CommandError(str(error)) from error
        for problem in failed:
            self.stderr.write(self.style.ERROR(problem))
        if failed:
            sys.exit(1)

    def _evaluate(self, options: dict[str, Any]) -> list[str]:
        least = [read_least(text) for text in options["fail_under"]]
        setups = [read_setup(in_space(text, options["space"])) for text in _setups(options["legs"])]
        against = options["against"]
        other = None if against is None or against.endswith(".json") else read_setup(against)
        stored = stored_run(Path(against)) if against is not None and other is None else None
        name = options["set"] or _only_set()
        split = options["split"] or (Split.TUNE if options["propose"] else Split.CHECK).value
        queries = _sampled(load(name, split=split, kinds=options["kind"]), options["sample"])
        if not queries:
            raise CommandError(f"Set {name!r} has no query in the part {split}.")
        with opened_pictures(options["pictures"]) as pictures:
            if options["propose"]:
                self._propose(name, split, queries, pictures, options)
                return []
            runs = [self._run(queries, setup, pictures, options) for setup in setups]
            second = stored
            if other is not None:
                known = (run for run in runs if run.setup == other.name)
                second = next(known, None) or self._run(queries, other, pictures, options)
        if options["json"]:
            self._print_json(name, split, runs, second)
        else:
            more = [second] if second is not None and second not in runs else []
            self.stdout.write("\n".join(table([*runs, *more])))
            if second is not None:
                self._print_differences(runs[0], second)
        if options["plot"]:
            write_plot(options["plot"], runs, second, LEADING)
        return [problem for one in least if (problem := one.problem(runs[0])) is not None]

    def _run(
        self, queries: list[StoredQuery], setup: Setup, pictures: Pictures, options: dict[str, Any]
    ) -> Run:
        quiet = options["verbosity"] < 1 or options["json"]
        with tqdm(total=len(queries), desc=setup.name, unit="query", disable=quiet, file=self.stderr) as bar:
            found = measured(queries, setup, pictures, advance=bar.update)
        for notice in found.notices:
            self.stderr.write(f"{setup.name}: {notice}")
        if found.unseen:
            self.stderr.write(
                f"{setup.name}: {found.unseen} judgements are of products that no shopper sees."
            )
        topics = {query.topic.name: query.topic for query in queries}
        return Run(
            setup.name,
            found.scores,
            {name: topic.kind for name, topic in topics.items()},
            {name: topic.text or topic.picture for name, topic in topics.items()},
        )

    def _propose(
        self, name: str, split: str, queries: list[StoredQuery], pictures: Pictures, options: dict[str, Any]
    ) -> None:
        def run(asked: list[StoredQuery], setup: Setup) -> Run:
            return self._run(asked, replace(setup, space=options["space"]), pictures, options)

        found = list(proposals(queries, run))
        if options["json"]:
            tried = {each.weight: {**asdict(each), "best": each.best} for each in found}
            self.stdout.write(json.dumps({"set": name, "split": split, "proposed": tried}, indent=1))
            return
        for each in found:
            self.stdout.write(f"{each.weight}, by the mean {LEADING} over the kinds of queries:")
            for value, reached in each.reached.items():
                mark = "  best" if value == each.best else "  now" if value == each.now else ""
                self.stdout.write(f"  {value:4g}  {reached:.3f}{mark}")
        for each in found:
            if each.best == each.now:
                self.stdout.write(f"{each.weight} may stay as it is: {each.now:g}.")
            else:
                self.stdout.write(f'Set PRODUCT_SEARCH["{each.weight}"] = {each.best:g}.')

    def _print_differences(self, first: Run, second: Run) -> None:
        self.stdout.write(f"\n{LEADING}, {first.setup} less {second.setup} (paired randomisation test):")
        for kind in first.rows:
            found = compare(first, second, kind, LEADING)
            if found is not None:
                self.stdout.write(
                    f"  {kind:14} {found.mean.value:+.3f} ({found.mean.low:+.3f} to {found.mean.high:+.3f}), "
                    f"p = {found.p:.4f}, better {found.better}, worse {found.worse} of {found.mean.queries}"
                )
        for name, less in largest(first, second, LEADING, SHOWN):
            self.stdout.write(f"  {less:+.3f}  {first.kinds[name]}: {first.asked[name]}")

    def _print_json(self, name: str, split: str, runs: list[Run], second: Run | None) -> None:
        written: dict[str, Any] = {"set": name, "split": split, "runs": [run.as_json() for run in runs]}
        if second is not None:
            differences = {
                kind: asdict(found)
                for kind in runs[0].rows
                if (found := compare(runs[0], second, kind, LEADING)) is not None
            }
            written["against"] = {"run": second.as_json(), "measure": LEADING, "differences": differences}
        self.stdout.write(json.dumps(written, ensure_ascii=False, indent=1))


def _setups(text: str) -> list[str]:
    """`hybrid:VECTOR_WEIGHT=0.3,LEG_SIZE=90,keyword` at the commas that end a set-up."""
    found: list[str] = []
    for part in text.split(","):
        if found and "=" in part and ":" not in part:
            found[-1] += f",{part}"
        else:
            found.append(part)
    return found


def _only_set() -> str:
    names = list(JudgedQuery.objects.order_by("set").values_list("set", flat=True).distinct())
    if len(names) == 1:
        return names[0]
    if not names:
        raise CommandError("There are no judgements yet: manage.py judgements import FILE --set NAME.")
    raise CommandError(f"--set is needed; there are {', '.join(names)}.")


def _sampled(queries: list[StoredQuery], count: int | None) -> list[StoredQuery]:
    if count is None:
        return queries
    by_kind = groupby(sorted(queries, key=lambda query: query.topic.kind), key=lambda query: query.topic.kind)
    # Names end in a digest, so the first by name are no particular ones.
    return [query for _, group in by_kind for query in list(group)[:count]]
