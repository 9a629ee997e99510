"""How good a ranking is, by ir-measures; an answer is a group of variants, as a search shows them.

A group has the grade of its best member, and a hit counts where it shows a member of that grade: the right mug in the
wrong colour is no hit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ProductSearchError

#: Our names for ir-measures' own. Relevant is what has all that was asked, or nearly; the gain of nDCG is the grade.
MEASURES: Mapping[str, str] = {
    "nDCG@10": "nDCG@10",
    "MRR": "RR(rel=2)",
    "R@10": "R(rel=2)@10",
    "R@50": "R(rel=2)@50",
}
#: Share of queries without any hit, whatever comes near; ours, as a measure of rankings knows no empty answer.
EMPTY = "empty"
#: Hits that are read of each answer.
DEPTH = 50

#: A query's measures by name.
Scores = Mapping[str, float]


class EvaluationMissing(ProductSearchError):
    """The extra that measures is not installed."""


def score(
    wanted: Mapping[str, Mapping[str, int]], found: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Measures of each query: `wanted` grades by answer, `found` answers in order, both by query.

    Every query has `empty`, 0 or 1; the others only where something is wanted. Raises `EvaluationMissing`.
    """
    try:
        import ir_measures
    except ImportError as error:
        raise EvaluationMissing(
            f'Measuring needs an extra ({error}): pip install "django-product-search[evaluation]".'
        ) from error
    parsed = {ir_measures.parse_measure(formula): name for name, formula in MEASURES.items()}
    scores = {query: {EMPTY: float(not found.get(query))} for query in wanted}
    judged = {query: grades for query, grades in wanted.items() if any(grades.values())}
    qrels = [
        ir_measures.Qrel(query, answer, grade)
        for query, grades in judged.items()
        for answer, grade in grades.items()
    ]
    run = [
        ir_measures.ScoredDoc(query, answer, float(-place))
        for query in judged
        for place, answer in enumerate(found.get(query, ()))
    ]
    # An empty run has no type to iterate over; every measure of it is 0.
    for metric in ir_measures.iter_calc(list(parsed), qrels, run) if run else ():
        scores[metric.query_id][parsed[metric.measure]] = float(metric.value)
    for query in judged:
        for name in MEASURES:
            scores[query].setdefault(name, 0.0)
    return scores


def answers_wanted(
    grades: Mapping[Any, int], groups: Mapping[Any, str], without: str | None = None
) -> dict[str, int]:
    """The best grade of each group among judged products that are in `groups`, but for the group `without`."""
    wanted: dict[str, int] = {}
    for product, grade in grades.items():
        group = groups.get(product)
        if group is not None and group != without:
            wanted[group] = max(grade, wanted.get(group, 0))
    return wanted


def answers_found(
    hits: Sequence[Any],
    grades: Mapping[Any, int],
    groups: Mapping[Any, str],
    wanted: Mapping[str, int],
    without: str | None = None,
) -> list[str]:
    """What `hits` (products, best first) answer: each its group, or nothing wanted where a worse member is shown."""
    found = []
    for product in hits:
        group = groups[product]
        if group != without:
            best = grades.get(product, 0) >= wanted.get(group, 0)
            found.append(group if best else f"{group} (another variant)")
    return found
