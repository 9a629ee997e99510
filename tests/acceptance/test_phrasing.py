"""The same asked in other words finds the same: paraphrases of queries overlap in their first ten products.

A few of them are held in test_nothing_fits.py, which has the catalogue indexed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from statistics import mean
from typing import Any

import pytest

from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search
from tests.acceptance import reports
from tests.acceptance.paraphrasing import JUDGEMENTS, SEED, WAYS, paraphrased, synonyms
from tests.synonyms import add_synonym

EN = SearchScope(language="en")
TOP = 10


def first(q: str) -> set[Any]:
    return {hit.key for hit in search(SearchRequest(q, facets=(), per_page=TOP), EN).hits}


def overlaps(part: str, number: int) -> dict[str, list[float]]:
    """For each way to say it, of each query the share of the first ten that both have: of the longer of the two lists.

    What means the same is a rule, as a merchant would have made it.
    """
    for words, means in synonyms(part).items():
        add_synonym(words, means, language="en")
    found: defaultdict[str, list[float]] = defaultdict(list)
    for said in paraphrased(part, number):
        plain = first(said.q)
        for way, q in said.ways.items():
            other = first(q)
            found[way].append(len(plain & other) / max(len(plain), len(other), 1))
    return found


def every(found: dict[str, list[float]]) -> list[float]:
    return [value for values in found.values() for value in values]


@pytest.mark.acceptance_size(name="phrasing")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_phrasing(model_settings, settings):
    settings.PRODUCT_SEARCH = model_settings
    queries = int(reports.asked("phrasing")["queries"])
    found = overlaps("check", queries)
    values = every(found)
    reports.write_report(
        "phrasing",
        sizes={"queries": len(paraphrased("check", queries))},
        seeds={"paraphrases": SEED},
        result={
            "overlap": mean(values),
            "paraphrases": len(values),
            "at_least_half": mean(value >= 0.5 for value in values),
            "ways": {way: {"overlap": mean(found[way]), "paraphrases": len(found[way])} for way in WAYS},
            "lists": hashlib.sha256((JUDGEMENTS / "paraphrases.toml").read_bytes()).hexdigest(),
        },
    )
    assert mean(values) >= 0.8
