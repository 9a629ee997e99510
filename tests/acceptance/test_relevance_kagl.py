"""How good searches of real product photographs are, by kind of query: the part `val` of kagl-fashion.

Its titles and pictures are not ours to ship, nor is a model that was trained on the part `train`: the data set lies
beside the repository, and `KAGL_MODEL` names the model's folder (docs/performance.md says how it is trained).
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Product
from product_search.testing import index_now
from tests.acceptance.conftest import ROOT

from .test_relevance import JUDGEMENTS, copy_some, evaluated, fall, of_kind, report, take

KAGL = ROOT.parent / "shared" / "data" / "kagl-fashion"
PART = "val"


@pytest.fixture
def kagl_settings(settings: Any) -> None:
    """PRODUCT_SEARCH with the model that was trained on the other part."""
    lacking = [] if KAGL.is_dir() else [f"the data set in {KAGL}"]
    if not os.environ.get("KAGL_MODEL"):
        lacking.append(
            "KAGL_MODEL, the folder of a model that `manage.py train_clip` trained on its part train"
        )
    if lacking:
        pytest.fail(
            f"This measurement needs {' and '.join(lacking)}; see docs/performance.md.", pytrace=False
        )
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "ENCODER": f"local-dir:{Path(os.environ['KAGL_MODEL']).resolve()}",
    }


def sell(products: Path, folder: Path) -> None:
    """Import the rows of `products` that are of the part, and index them; what they say less than before is gone."""
    listed = folder / f"{PART}.csv"
    copy_some(products, listed, lambda row: row["split"] == PART)
    call_command("import_products", listed, images=KAGL / "images.zip", verbosity=0)
    index_now()


def proposed(capsys: Any, pictures: Path) -> dict[str, float]:
    """The weights that the part tune asks for, as settings."""
    capsys.readouterr()
    call_command("evaluate_search", set="tune", propose=True, json=True, pictures=pictures, verbosity=0)
    found = json.loads(capsys.readouterr().out)["proposed"]
    return {weight: proposal["best"] for weight, proposal in found.items()}


@pytest.mark.acceptance_size(name="relevance-kagl")
@pytest.mark.django_db
@pytest.mark.usefixtures("kagl_settings")
def test_relevance_of_photographs(tmp_path, capsys, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    judged = tmp_path / "judged"
    call_command("judgements", "make", JUDGEMENTS / "kagl-fashion.toml", judged, verbosity=0)
    pictures = KAGL / "images.zip"

    sell(KAGL / "products.csv", tmp_path)
    take(judged / "tune.csv", "tune")
    weights = proposed(capsys, pictures)
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, **weights}
    take(judged / "check.csv", "kagl")
    runs = evaluated(capsys, "kagl", pictures)
    kinds = {kind: of_kind(runs, kind) for kind in runs["hybrid"].rows}
    falls = {setup: fall(run) for setup, run in runs.items()}

    with (judged / "words-removed" / "products.csv").open(newline="", encoding="utf-8") as file:
        shorter = {row["id"]: row["title"] for row in csv.DictReader(file)}
    changed = sum(shorter[sku] != name for sku, name in Product.objects.values_list("sku", "name"))
    sell(judged / "words-removed" / "products.csv", tmp_path)
    take(judged / "words-removed" / "check.csv", "words-removed")
    kinds["words_removed"] = of_kind(evaluated(capsys, "words-removed", pictures), "words_removed")

    report("relevance-kagl", kinds, falls, changed, judged, weights)
