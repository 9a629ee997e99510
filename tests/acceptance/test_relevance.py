"""How good searches of the rendered catalogue are, by kind of query: hybrid beside each of its legs alone.

Queries and judgements are made from the catalogue's attributes (`manage.py judgements make`); all figures are of their
part `check`.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Product
from product_search.evaluation import Run
from product_search.evaluation.catalogue import read_items
from product_search.evaluation.comparing import SEED, difference, mean
from product_search.evaluation.evaluating import compare
from product_search.evaluation.files import write_csv
from product_search.evaluation.making import make
from product_search.evaluation.removal import write_stripped
from product_search.evaluation.spec import read_spec
from product_search.testing import index_now
from tests.acceptance import reports
from tests.acceptance.conftest import CATALOGUE, ROOT

JUDGEMENTS = ROOT / "fixtures" / "judgements"
#: Each leg alone; and the words as they were typed, which is what a plain keyword box does.
LEGS = {
    "keyword": "keyword",
    "text": "text",
    "picture": "picture",
    "typed": "keyword:UNDERSTANDING=off",
}
#: Names without signs, as the docs' marks ask for them.
NAMES = {"nDCG@10": "ndcg10", "MRR": "mrr", "R@10": "recall10", "R@50": "recall50", "empty": "empty"}
#: A leg is better than hybrid where its nDCG@10 is higher by more.
WORSE = 0.01
#: Mugs, sofas, dresses and sneakers.
PART = ("MUG", "SOF", "DRE", "SNE")
#: Of hybrid, for that part of the catalogue: a little under what is reached.
LIMITS = ["known_item:MRR=0.98", "picture:nDCG@10=0.3", "typo:nDCG@10=0.6", "nDCG@10=0.45"]


def evaluated(capsys: Any, judgements: str, pictures: Path = CATALOGUE / "images") -> dict[str, Run]:
    """The runs of hybrid and of each leg, by set-up, through the command itself."""
    capsys.readouterr()
    call_command(
        "evaluate_search",
        set=judgements,
        legs=",".join(("hybrid", *LEGS.values())),
        pictures=pictures,
        json=True,
        verbosity=0,
    )
    written = json.loads(capsys.readouterr().out)
    return {
        name: Run(run["setup"], run["scores"], run["kinds"], run["asked"])
        for name, run in zip(("hybrid", *LEGS), written["runs"], strict=True)
    }


def of_kind(runs: dict[str, Run], kind: str) -> dict[str, Any]:
    """One kind's figures: each set-up's measures, and hybrid less each leg."""
    found: dict[str, Any] = {}
    for setup, run in runs.items():
        means = run.means(kind)
        found[setup] = {NAMES[measure]: value.value for measure, value in means.items()}
        found[setup] |= {"low": means["nDCG@10"].low, "high": means["nDCG@10"].high}
    found["queries"] = means["nDCG@10"].queries
    found["less"] = {leg: asdict(compare(runs["hybrid"], runs[leg], kind, "nDCG@10")) for leg in LEGS}
    found["better_leg"] = max(LEGS, key=lambda leg: found[leg]["ndcg10"])
    found["less_better_leg"] = found["less"][found["better_leg"]]["mean"]["value"]
    return found


def fall(run: Run) -> dict[str, float]:
    """What slips cost: nDCG@10 of misspelt queries less that of the same ones without slips, in parts of the latter."""
    typed = run.of("typo", "nDCG@10")
    plain = [run.scores[name.split("~")[0]]["nDCG@10"] for name in typed]
    found = difference(list(typed.values()), plain)
    return {"with": mean(list(typed.values())).value, "without": mean(plain).value, "p": found.p} | {
        "fall": -found.mean.value / mean(plain).value
    }


def told(kinds: dict[str, Any], falls: dict[str, Any], changed: int, judgements: Path) -> dict[str, Any]:
    """The result of a report: by kind, what slips cost, and of which files."""
    return {
        "kinds": kinds,
        "loses": ", ".join(
            name.replace("_", " ")
            for name, found in kinds.items()
            if found["less_better_leg"] < -WORSE and name != "all"
        ),
        "typos": falls,
        "products_that_say_less": changed,
        "digests": {
            f"{name}{part}": hashlib.sha256((judgements / folder / f"{part}.csv").read_bytes()).hexdigest()
            for name, folder in (("", "."), ("words_removed/", "words-removed"))
            for part in ("tune", "check")
        },
    }


def report(
    name: str,
    kinds: dict[str, Any],
    falls: dict[str, Any],
    changed: int,
    judgements: Path,
    weights: dict[str, float] | None = None,
) -> None:
    """Write the report `name`, and hold it to the queries that are asked for and to products found by their titles.

    `weights` are those of the settings that differ from the shipped ones.
    """
    queries = sum(found["queries"] for kind, found in kinds.items() if kind != "all")
    reports.write_report(
        name,
        sizes={"queries": queries, "products": Product.objects.count()},
        seeds={"resampling": SEED},
        result=told(kinds, falls, changed, judgements) | {"weights": weights or {}},
    )
    assert queries >= reports.asked(name)["queries"]
    assert kinds["known_item"]["hybrid"]["mrr"] >= 0.98


def copy_some(products: Path, to: Path, keep: Callable[[dict[str, str]], bool]) -> None:
    """A catalogue `to` with the rows of `products` that are to `keep`."""
    with products.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with to.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row in rows if keep(row))


def take(path: Path, name: str) -> None:
    call_command("judgements", "import", path, set=name, key="sku", verbosity=0)


@pytest.mark.django_db
def test_a_part_of_the_catalogue_is_searched_as_well_as_ever(tmp_path, model_settings, settings, capsys):
    """What CI holds: a small catalogue with judgements of its own."""
    settings.PRODUCT_SEARCH = model_settings
    settings.MEDIA_ROOT = tmp_path / "media"
    copy_some(CATALOGUE / "products.csv", tmp_path / "products.csv", lambda row: row["sku"].startswith(PART))
    call_command("import_products", tmp_path / "products.csv", images=CATALOGUE / "images", verbosity=0)
    index_now()
    spec = replace(read_spec(JUDGEMENTS / "catalogue.toml"), products=tmp_path / "products.csv", limit=8)
    made = make(spec, read_items(spec)).queries
    write_csv(tmp_path / "check.csv", [query for query in made if query.topic.split == "check"])
    take(tmp_path / "check.csv", "part")
    call_command(
        "evaluate_search",
        pictures=CATALOGUE / "images",
        fail_under=LIMITS,
        verbosity=0,
    )


@pytest.mark.acceptance_size(name="relevance")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_relevance(tmp_path, model_settings, settings, capsys):
    settings.PRODUCT_SEARCH = model_settings
    take(JUDGEMENTS / "check.csv", "catalogue")
    runs = evaluated(capsys, "catalogue")
    kinds = {kind: of_kind(runs, kind) for kind in runs["hybrid"].rows}
    falls = {setup: fall(run) for setup, run in runs.items()}

    spec = read_spec(JUDGEMENTS / "catalogue.toml")
    changed = write_stripped(tmp_path / "products.csv", spec, read_items(spec))
    call_command("import_products", tmp_path / "products.csv", images=CATALOGUE / "images", verbosity=0)
    index_now()
    take(JUDGEMENTS / "words-removed" / "check.csv", "words-removed")
    kinds["words_removed"] = of_kind(evaluated(capsys, "words-removed"), "words_removed")

    report("relevance", kinds, falls, changed, JUDGEMENTS)
