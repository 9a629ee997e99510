"""Which judged queries a rule makes better and worse, measured as `evaluate_search` measures them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..documents import SearchScope, document
from ..errors import InvalidRequest
from ..evaluation.measures import MEASURES, EvaluationMissing
from ..evaluation.running import NoPictures, measured, opened_pictures
from ..evaluation.setups import read_setup
from ..evaluation.store import StoredQuery, load
from ..models import JudgedQuery
from ..retrieval import SearchRequest
from .preview import RuleTrial

#: What decides, and how many queries are measured at most.
LEADING = next(iter(MEASURES))
MOST_MEASURED = 20
#: A smaller difference is none.
WORTH = 0.0005


@dataclass(frozen=True)
class JudgedShift:
    """One judged query, its measure now and after, 0 to 1."""

    set: str
    text: str
    language: str
    before: float
    after: float


@dataclass(frozen=True)
class JudgedShifts:
    """The queries that get `better` and `worse`, most of all first, and how many stay the `same`.

    Of `of` judged queries that the rule touches `measured` were measured; `problem` says why none was.
    """

    better: tuple[JudgedShift, ...] = ()
    worse: tuple[JudgedShift, ...] = ()
    same: int = 0
    measured: int = 0
    of: int = 0
    problem: str = ""


def judged_shifts(trial: RuleTrial) -> JudgedShifts:
    """The judged queries of all sets that the rule touches, by words alone, put to the search now and after."""
    stored = [(name, query) for name in _sets() for query in load(name) if _asks(trial, query)]
    by_digest = sorted(
        stored, key=lambda each: hashlib.sha256(f"{each[0]}/{each[1].topic.name}".encode()).digest()
    )
    chosen = by_digest[:MOST_MEASURED]
    if not chosen:
        return JudgedShifts()
    try:
        differences = list(_differences(trial, chosen))
    except (EvaluationMissing, NoPictures) as error:
        return JudgedShifts(of=len(stored), problem=str(error))
    better = sorted(
        (each for each in differences if each.after - each.before > WORTH), key=_gain, reverse=True
    )
    worse = sorted((each for each in differences if each.before - each.after > WORTH), key=_gain)
    return JudgedShifts(
        tuple(better),
        tuple(worse),
        len(differences) - len(better) - len(worse),
        len(differences),
        len(stored),
    )


def _differences(trial: RuleTrial, chosen: Sequence[tuple[str, StoredQuery]]) -> list[JudgedShift]:
    # Names are unique within a set alone.
    named = [replace(query, topic=replace(query.topic, name=f"{at}")) for at, (_, query) in enumerate(chosen)]
    scores = []
    with opened_pictures(None) as pictures:
        for steering in (trial.before, trial.after):
            setup = replace(read_setup("hybrid"), steering=steering, moment=trial.moment)
            scores.append(measured(named, setup, pictures).scores)
    before, after = scores
    return [
        JudgedShift(
            name, query.topic.text, query.topic.language, before[f"{at}"][LEADING], after[f"{at}"][LEADING]
        )
        for at, (name, query) in enumerate(chosen)
        if LEADING in before[f"{at}"] and LEADING in after[f"{at}"]
    ]


def _gain(shift: JudgedShift) -> float:
    return shift.after - shift.before


def _asks(trial: RuleTrial, query: StoredQuery) -> bool:
    """Whether the rule acts on it, which only words tell."""
    topic = query.topic
    if not topic.text or topic.picture or topic.language not in document().languages:
        return False
    try:
        return trial.applies(SearchRequest(q=topic.text), SearchScope(language=topic.language))
    except InvalidRequest:
        return False


def _sets() -> list[str]:
    return list(JudgedQuery.objects.order_by("set").values_list("set", flat=True).distinct())
