"""Which words shoppers use for one another: those that they replace when they find nothing, and those of queries that
lead to the same products. Pure functions; what is privacy's and what is chance's is decided here.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from ..models.suggested_synonym import LEAST_SESSIONS
from ..text import stem, tokens
from ..text.spelling import allowed_edits, edits_between

#: Longer phrases are hardly anybody's synonym.
MOST_WORDS = 3
#: Of the sessions that failed with the words, as many must have gone on with the others.
LEAST_SHARE = 0.1
#: Cosine of what two queries' clicks went to, and so many products for both.
LEAST_ALIKE, LEAST_SHARED = 0.7, 3
#: Examples that are kept as evidence.
MOST_EXAMPLES = 5
#: Queries that one product may bring together; a bestseller says nothing of words.
MOST_OF_A_PRODUCT = 50


@dataclass(frozen=True)
class Failed:
    """A `session` that clicked nothing after the query `before`; `after` is what it searched for next and clicked, or
    empty.
    """

    session: Any
    language: str
    before: str
    after: str = ""


@dataclass(frozen=True)
class Clicked:
    """A query whose clicks went to `products`, so many to each, from so many distinct `sessions`."""

    language: str
    query: str
    sessions: int
    products: Mapping[Any, float]


@dataclass
class Suggestion:
    """`words` for `means`, with the evidence: pairs of queries."""

    language: str
    words: str
    means: str
    sessions: int
    two_way: bool = False
    rephrased: list[tuple[str, str, int]] = field(default_factory=list)
    shared: list[tuple[str, str, int, float]] = field(default_factory=list)


def replaced(before: str, after: str, language: str) -> tuple[str, str] | None:
    """The words of `before` that `after` has others for, and those; None where that is no replacing of words by words
    that may mean the same: something was added or left out, a number changed, a slip was mended.
    """
    one, other = tokens(before), tokens(after)
    stems, others = ([stem(token.text, language) for token in side] for side in (one, other))
    start = 0
    while start < min(len(one), len(other)) and stems[start] == others[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and stems[-1 - end] == others[-1 - end]:
        end += 1
    mine, theirs = one[start : len(one) - end], other[start : len(other) - end]
    if not (0 < len(mine) <= MOST_WORDS and 0 < len(theirs) <= MOST_WORDS):
        return None
    if set(stems[start : len(one) - end]) & set(others[start : len(other) - end]):
        return None
    words, means = before[mine[0].start : mine[-1].end], after[theirs[0].start : theirs[-1].end]
    if any(letter.isdigit() for letter in words + means):
        return None
    if len(mine) == len(theirs) == 1:
        most = max(allowed_edits(mine[0].text), 1)
        if edits_between(mine[0].text, theirs[0].text, language, most) is not None:
            return None
    return words, means


def from_rephrasing(failed: Iterable[Failed]) -> list[Suggestion]:
    """What enough sessions replaced, and often enough of those that failed. What is shown as evidence are pairs of
    queries that LEAST_SESSIONS made, too.
    """
    failing: defaultdict[tuple[str, str], set[Any]] = defaultdict(set)
    pairs: defaultdict[tuple[str, str, str], set[Any]] = defaultdict(set)
    for each in failed:
        failing[each.language, each.before].add(each.session)
        if each.after:
            pairs[each.language, each.before, each.after].add(each.session)
    whole: dict[tuple[str, str, str], set[Any]] = {}
    examples: defaultdict[tuple[str, str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for (language, before, after), sessions in pairs.items():
        pair = replaced(before, after, language)
        if pair is not None:
            key = (language, *pair)
            whole.setdefault(key, set()).update(sessions)
            examples[key][before, after] = len(sessions)
    found: dict[tuple[str, str, str], Suggestion] = {}
    for key, sessions in whole.items():
        language, words, means = key
        all_failed = set().union(*(failing[language, before] for before, _ in examples[key]))
        if len(sessions) < LEAST_SESSIONS or len(sessions) < LEAST_SHARE * len(all_failed):
            continue
        told = [(*pair, count) for pair, count in examples[key].most_common(MOST_EXAMPLES)]
        told = [each for each in told if each[2] >= LEAST_SESSIONS]
        back = found.get((language, means, words))
        if back is not None:  # both fail for some, and each is what the others want
            back.two_way, back.sessions = True, back.sessions + len(sessions)
            back.rephrased += told
        else:
            found[key] = Suggestion(language, words, means, len(sessions), rephrased=told)
    return list(found.values())


def from_clicks(queries: Iterable[Clicked]) -> list[Suggestion]:
    """What differs between queries that lead to the same products; both ways."""
    known = [each for each in queries if each.sessions >= LEAST_SESSIONS]
    of_product: defaultdict[tuple[str, Any], list[int]] = defaultdict(list)
    for number, query in enumerate(known):
        for product in query.products:
            of_product[query.language, product].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in of_product.values():
        if len(numbers) <= MOST_OF_A_PRODUCT:
            shared.update(combinations(numbers, 2))
    found: dict[tuple[str, str, str], Suggestion] = {}
    for (at, behind), products in shared.items():
        one, other = known[at], known[behind]
        if products < LEAST_SHARED or (alike := likeness(one.products, other.products)) < LEAST_ALIKE:
            continue
        pair = replaced(one.query, other.query, one.language)
        if pair is None:
            continue
        words, means = sorted(pair)
        sessions = min(one.sessions, other.sessions)
        suggestion = found.setdefault(
            (one.language, words, means), Suggestion(one.language, words, means, 0, two_way=True)
        )
        suggestion.sessions += sessions
        if len(suggestion.shared) < MOST_EXAMPLES:
            suggestion.shared.append((one.query, other.query, products, round(alike, 3)))
    return list(found.values())


def together(rephrased: Iterable[Suggestion], shared: Iterable[Suggestion]) -> list[Suggestion]:
    """Both, each pair of words once; who rephrases says which way, unless clicks speak for both."""
    found = {(each.language, frozenset((each.words, each.means))): each for each in rephrased}
    for each in shared:
        known = found.setdefault((each.language, frozenset((each.words, each.means))), each)
        if known is not each:
            known.two_way, known.shared = True, each.shared
            known.sessions = max(known.sessions, each.sessions)
    return sorted(found.values(), key=lambda each: (-each.sessions, each.language, each.words, each.means))


def likeness(one: Mapping[Any, float], other: Mapping[Any, float]) -> float:
    """Cosine of two sets of clicks, 0 to 1."""
    product = sum(clicks * other.get(key, 0.0) for key, clicks in one.items())
    lengths = math.hypot(*one.values()) * math.hypot(*other.values())
    return product / lengths if lengths else 0.0
