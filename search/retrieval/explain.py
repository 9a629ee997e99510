"""Why a hit is there: which legs found it, which of the query's words it has, what it met, and how far above the floor.

Nothing is judged anew: this asks the functions that the search asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..text import located_terms
from .answer import Explanation, Hit, LegName, Met
from .found import Judging
from .fusion import Evidence, fuse
from .highlights import highlights, stored_texts
from .request import SearchRequest
from .understanding import Query

#: Some of a query's words, as they were written.
Words = tuple[str, ...]


def described(
    hits: tuple[Hit, ...], request: SearchRequest, judging: Judging | None, *, using: str
) -> tuple[Hit, ...]:
    """`hits` with the places that matched in them and with why they are there, as far as `request` asks for either.

    Without `judging` (browsing) nothing matched, and they are there because they exist.
    """
    if request.highlight:
        hits = tuple(replace(hit, highlights=()) for hit in hits)
    if judging is None or not hits or not (request.highlight or request.explain):
        return hits
    query, keys = judging.query, [hit.key for hit in hits]
    texts = stored_texts(keys, query, judging.serving, using=using)
    if request.highlight:
        hits = tuple(
            replace(hit, highlights=highlights(*texts[hit.key], query)) if hit.key in texts else hit
            for hit in hits
        )
    if request.explain:
        found = judging.candidates
        evidence = Evidence.of(keys, found.keywords, found.vectors, found.foreign)
        because = explanations(evidence, texts, request, judging)
        hits = tuple(
            replace(hit, explanation=explanation) for hit, explanation in zip(hits, because, strict=True)
        )
    return hits


def explanations(
    evidence: Evidence,
    texts: Mapping[Any, tuple[Mapping[str, str], Collection[str]]],
    request: SearchRequest,
    judging: Judging,
) -> list[Explanation]:
    """Of each product of `evidence`, of whose `texts` these are stored with their terms, why it belongs or does not."""
    keywords = judging.legs.keywords
    tagged = {} if keywords is None else keywords.tagged_terms(evidence.keys)
    conf, query = judging.conf, judging.query
    fused = fuse(evidence, conf, words=judging.words, picture=judging.picture)
    met = conditions_met(request, query)
    found: list[Explanation] = []
    for at, (key, value) in enumerate(zip(evidence.keys, fused.values.tolist(), strict=True)):
        present = texts[key][1] if key in texts else ()
        has, by_tags, lacks = words_said(query, present, tagged.get(key, ()))
        floor = conf.relevance_floor
        found.append(
            Explanation(
                found_by=_found_by(evidence, at, floor),
                value=value,
                floor=floor,
                exact=bool(evidence.exact[at]),
                has=has,
                tagged=by_tags,
                lacks=lacks,
                met=met,
            )
        )
    return found


def judged_anew(
    keys: Sequence[Any], request: SearchRequest, judging: Judging, *, using: str
) -> tuple[Evidence, list[Explanation]]:
    """What all legs say of products that were not found, and of each why it does not belong; asked anew, so within the
    transaction of a search.
    """
    evidence = judging.legs.evidence(keys)
    texts = stored_texts(keys, judging.query, judging.serving, using=using)
    return evidence, explanations(evidence, texts, request, judging)


def values_at(evidence: Evidence, at: int) -> dict[LegName, float]:
    """What each leg says of one product, in 0..1; nothing where it has nothing to compare."""
    columns: Mapping[LegName, Any] = {"keywords": evidence.share, **evidence.vectors}
    return {name: float(column[at]) for name, column in columns.items() if not np.isnan(column[at])}


def words_said(query: Query, present: Collection[str], tagged: Collection[str]) -> tuple[Words, Words, Words]:
    """The words of `query`, as they are searched, that a text with the terms `present` has, that it lacks but tags say
    (their terms are `tagged`), and that neither says.
    """
    written: dict[str, str] = {}
    for term, token in located_terms(query.text, query.language):
        written.setdefault(term, query.text[token.start : token.end])
    ways = query.ways(present)
    has, by_tags, lacks = (
        tuple(dict.fromkeys(written.get(term, term) for term in said))
        for said in (
            [term for term in query.terms if ways[term]],
            [term for term in query.terms if not ways[term] and term in tagged],
            [term for term in query.terms if not ways[term] and term not in tagged],
        )
    )
    return has, by_tags, lacks


def conditions_met(request: SearchRequest, query: Query) -> tuple[Met, ...]:
    """What all that is found has met: phrases, exclusions, filters from words, filters chosen by hand, conditions."""
    written = {chip.facet: chip.words for chip in query.understood if chip.kind == "filter"}
    return (
        *(Met(condition.kind, condition.words) for condition in query.conditions),
        *(Met("filter", written.get(name, ""), name, values) for name, values in query.filters.items()),
        *(Met("filter", "", name, values) for name, values in request.filters.items()),
        *(Met("where", " | ".join(clause)) for clause in request.where),
    )


def _found_by(evidence: Evidence, at: int, floor: float) -> tuple[LegName, ...]:
    """The legs in which a product reaches the floor by itself, or has every word."""
    found: list[LegName] = []
    if evidence.complete[at] or evidence.share[at] >= floor > 0:
        found.append("keywords")
    found += [
        name for name, column in evidence.vectors.items() if not np.isnan(column[at]) and column[at] >= floor
    ]
    return tuple(found)
