"""The keyword leg beside BM25F in plain Python: the same order of what it found, and rankings that are no worse.

tests/integration/retrieval/test_bm25f.py compares the scores themselves, in a small shop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import mean
from typing import Any

import pytest
from django.core.management import call_command

from product_search.conf import settings as search_settings
from product_search.documents import SearchScope, document
from product_search.evaluation import store
from product_search.evaluation.measures import DEPTH, answers_found, answers_wanted, score
from product_search.evaluation.running import groups_of, measured
from product_search.evaluation.setups import read_setup
from product_search.models import State, Text
from product_search.retrieval import SearchRequest
from product_search.retrieval.engine import find
from product_search.text import terms
from tests.acceptance import reports
from tests.acceptance.conftest import ROOT
from tests.integration.retrieval.bm25f import Reference

CHECK = ROOT / "fixtures" / "judgements" / "check.csv"
KINDS = ("known_item", "category", "attribute", "phrase", "typo")
EN = SearchScope(language="en")
TOP = 10


@pytest.fixture
def reference() -> Reference:
    """Over the indexed texts of the catalogue, counted anew."""
    rows = Text.objects.filter(language="en", generation__state=State.SERVING)
    weights = {name: text.weight for name, text in document().texts.items()}
    return Reference(dict(rows.values_list("product", "fields")), weights, "en")


def agreement(q: str, reference: Reference) -> float | None:
    """The share of the leg's first ten that are among the reference's, of the same products; None for what is browsed.

    Where scores are equal each may be the tenth.
    """
    conf = replace(search_settings(), relevance_floor=0.0)
    found = find(SearchRequest(q, facets=(), per_page=1), EN, conf=conf, only={"keywords"})
    if found.judging is None:
        return None
    matched = found.judging.candidates.keywords
    if not matched:
        return None
    scores = reference.scores(found.query.terms)
    ours = sorted(matched, key=lambda key: (-matched[key].raw, key))[:TOP]
    theirs = sorted((scores.get(key, 0.0) for key in matched), reverse=True)[:TOP]
    return mean(scores.get(key, 0.0) >= theirs[-1] - 1e-9 for key in ours)


def reference_ndcg(queries: Sequence[store.StoredQuery], reference: Reference) -> dict[str, float]:
    """nDCG@10 of every product with any word of the query, the best BM25F first."""
    groups = groups_of(list(reference.counts), EN)
    wanted: dict[str, Mapping[str, int]] = {}
    found: dict[str, list[str]] = {}
    for query in queries:
        scores = reference.scores(terms(query.topic.text, "en"))
        shown: dict[str, Any] = {}  # of each group of variants the best, as a search shows them
        for key in sorted(scores, key=lambda key: (-scores[key], key)):
            if key in groups:
                shown.setdefault(groups[key], key)
        name = query.topic.name
        wanted[name] = answers_wanted(query.grades, groups)
        found[name] = answers_found(list(shown.values())[:DEPTH], query.grades, groups, wanted[name])
    return {name: measures["nDCG@10"] for name, measures in score(wanted, found).items()}


def compared(queries: Sequence[store.StoredQuery], reference: Reference) -> dict[str, Any]:
    agreements = [found for query in queries if (found := agreement(query.topic.text, reference)) is not None]
    runs = {
        name: {
            query: measures["nDCG@10"]
            for query, measures in measured(queries, read_setup(setup), lambda _: None).scores.items()
        }
        for name, setup in {"leg": "keyword", "leg_as_typed": "keyword:UNDERSTANDING=off"}.items()
    }
    runs["reference"] = reference_ndcg(queries, reference)
    kinds = dict.fromkeys(query.topic.kind for query in queries)
    return {
        "queries": len(agreements),
        "agreement": mean(agreements),
        "worst": min(agreements),
        "ndcg10": {name: mean(run.values()) for name, run in runs.items()},
        "kinds": {
            kind: {
                name: mean(run[query.topic.name] for query in queries if query.topic.kind == kind)
                for name, run in runs.items()
            }
            for kind in kinds
        },
    }


@pytest.mark.acceptance_size(name="keyword-leg")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_keyword_leg(model_settings, settings, reference):
    settings.PRODUCT_SEARCH = model_settings
    call_command("judgements", "import", CHECK, set="check", key="sku", verbosity=0)
    found = compared(store.load("check", kinds=KINDS), reference)
    reports.write_report(
        "keyword-leg",
        sizes={"queries": found["queries"], "products": len(reference.counts)},
        seeds={},
        result=found,
    )
    assert found["agreement"] >= 0.98
    assert found["ndcg10"]["leg"] >= found["ndcg10"]["reference"]
