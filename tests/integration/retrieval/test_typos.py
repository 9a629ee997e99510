"""How often a slip of the hand is mended, and that what was written right never is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from product_search.documents import SearchScope, document
from product_search.models import TermFrequency
from product_search.retrieval.filters import Choices
from product_search.retrieval.request import SearchRequest
from product_search.retrieval.serving import Serving
from product_search.retrieval.understanding import Query, understand
from product_search.text import stem
from tests.acceptance import reports

from .shelf import Shelf
from .typos import KINDS, fill, slips

SEED = 6
Understand = Callable[[str, str], Query]


@pytest.fixture
def titles(shelf: Shelf) -> list[tuple[str, str]]:
    return fill(shelf)


def reader() -> Understand:
    """Reads a query as a search does, up to where the legs begin."""
    scopes = {language: SearchScope(language=language) for language in document().languages}
    serving = {language: Serving.now(language, using="default") for language in scopes}

    def read(q: str, language: str) -> Query:
        choices = Choices.of(document(), scopes[language], {})
        return understand(SearchRequest(q), scopes[language], language, choices, serving[language])

    return read


def mended(
    titles: list[tuple[str, str]], number: int
) -> tuple[dict[str, float], int, list[tuple[str, str, str]]]:
    """By kind of slip, the share whose first correction is the word itself or its inflection; how many; the others.

    A slip that makes another word of the shop (or leaves the stem as it was) is not one that anybody could see.
    """
    read = reader()
    sold = set(TermFrequency.objects.values_list("language", "term"))
    found: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    wrong = []
    for kind, word, slipped, title, language in slips(titles, number, seed=SEED):
        if (language, stem(slipped, language)) in sold:
            continue
        query = read(title, language)
        meant = {each.original.lower(): each.corrected for each in query.corrections}.get(slipped, "")
        right = bool(meant) and stem(meant, language) == stem(word, language)
        found[kind][right] += 1
        if not right:
            wrong.append((word, slipped, meant))
    return (
        {kind: count[True] / count.total() for kind, count in found.items()},
        sum(count.total() for count in found.values()),
        wrong,
    )


def test_slips_are_mended_and_titles_left_alone(titles: list[tuple[str, str]]) -> None:
    shares, seen, wrong = mended(titles, 60)
    assert set(shares) == set(KINDS)
    assert seen >= 40
    assert len(wrong) <= 0.1 * seen, wrong
    read = reader()
    for title, language in titles[::12]:
        assert not read(title, language).corrections, title


@pytest.mark.acceptance_size(name="typos")
def test_slips_and_titles_at_full_size(titles: list[tuple[str, str]]) -> None:
    sizes = reports.asked("typos")
    read = reader()
    untouched = titles[: int(sizes["titles"])]
    corrected = [title for title, language in untouched if read(title, language).corrections]
    shares, seen, wrong = mended(titles, int(sizes["slips"] * 1.2))
    result: dict[str, Any] = {
        "titles_corrected": len(corrected),
        "right": 1 - len(wrong) / seen,
        "right_by_kind": shares,
        "slips_seen": seen,
    }
    reports.write_report(
        "typos", sizes={"titles": len(untouched), "slips": seen}, seeds={"slips": SEED}, result=result
    )
    assert corrected == []
    assert result["right"] >= 0.9
