"""How good searches of the rendered catalogue are in German: its German titles, categories and shoppers' words.

Other words for what is sold are measured without a thesaurus, as the plugin ships, and with one that `manage.py
thesaurus` makes of OpenThesaurus: Debian's package mythes-de, or the file that `MYTHES_DE` names.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Product
from product_search.evaluation.comparing import SEED
from product_search.evaluation.evaluating import compare
from tests.acceptance import reports

from .test_relevance import JUDGEMENTS, evaluated, fall, of_kind, take

MYTHES = Path(os.environ.get("MYTHES_DE", "/usr/share/mythes/th_de_DE_v2.dat"))


@pytest.mark.acceptance_size(name="relevance-german")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_german(tmp_path: Path, model_settings: dict[str, Any], settings: Any, capsys: Any) -> None:
    if not MYTHES.exists():
        pytest.fail(
            f"{MYTHES} is not there: install mythes-de, or name the file in MYTHES_DE.", pytrace=False
        )
    settings.PRODUCT_SEARCH = {**model_settings, "THESAURUS_DIR": str(tmp_path / "thesauri")}
    call_command("judgements", "make", JUDGEMENTS / "catalogue-de.toml", tmp_path / "judged", verbosity=0)
    judged = tmp_path / "judged" / "check.csv"
    take(judged, "german")
    without = evaluated(capsys, "german")
    kinds = {kind: of_kind(without, kind) for kind in without["hybrid"].rows}
    call_command("thesaurus", "de", MYTHES, verbosity=0)
    with_it = evaluated(capsys, "german")
    queries = kinds["all"]["queries"]
    reports.write_report(
        "relevance-german",
        sizes={"queries": queries, "products": Product.objects.count()},
        seeds={"resampling": SEED},
        result={
            "kinds": kinds,
            "typos": {name: fall(run) for name, run in without.items()},
            "with_thesaurus": of_kind(with_it, "shopper_words"),
            "gain": asdict(compare(with_it["hybrid"], without["hybrid"], "shopper_words", "nDCG@10")),
            "digests": {
                "check": hashlib.sha256(judged.read_bytes()).hexdigest(),
                "thesaurus": hashlib.sha256(MYTHES.read_bytes()).hexdigest(),
            },
        },
    )
    for kind in ("known_item", "category", "typo"):
        assert kinds[kind]["less_better_leg"] >= -0.01, kind
    assert kinds["known_item"]["hybrid"]["mrr"] >= 0.98
