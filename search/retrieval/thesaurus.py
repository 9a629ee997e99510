"""What a language's thesaurus says of a word that no product does: other words for it, in which the shop says it.

A word that some visible product says means what it means there, and a merchant's own synonyms come before any book.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..models import Word
from ..text import Token, is_function_word, terms, thesaurus
from .answer import Understood
from .naming import runs
from .sold import Sold
from .wording import Wording

#: Words near to one that are looked up for one that is asked, and those asked for among what the scope may see.
MOST_NEAR, MOST_TRIED = 100, 12
#: Ways to say one word that count, the nearest first.
MOST_WAYS = 6
#: Ways that a chip names.
MOST_NAMED = 3


@dataclass(frozen=True)
class LookedUp:
    """Words of a query, `[start, end)` of its text, with their terms, and the `ways` near to them in which visible
    products are called, each as its terms.
    """

    start: int
    end: int
    terms: tuple[str, ...]
    ways: tuple[tuple[str, ...], ...]
    #: Whether some visible product is called by one of them and says the rest of the query.
    fits: bool

    def chip(self, words: str, asked: str, wording: Wording, sold: Sold) -> Understood:
        """What was looked for in their place, as products write it; taken back, `asked` is without them. Both have them
        at `start`.
        """
        without = " ".join((asked[: self.start] + asked[self.end :]).split())
        shown = (" ".join(_shown(term, wording, sold) for term in way) for way in self.ways[:MOST_NAMED])
        return Understood("thesaurus", words[self.start : self.end], without, label=", ".join(shown))


def _shown(term: str, wording: Wording, sold: Sold) -> str:
    """The commonest form of `term` with its accents, where one of the texts that are read has it."""
    common = wording.forms.get(term, term)
    return next((shown for form, shown in sold.forms(term) if form == common), common)


def ways_by_term(found: Iterable[LookedUp]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Of each term of words that were looked up, how else texts may say it, the nearest way first."""
    return {term: each.ways for each in found for term in each.terms}


def looked_up(
    words: str, located: Sequence[tuple[str, Token]], known: Collection[str], sold: Sold
) -> list[LookedUp]:
    """Of the words in `words` that no visible product says and that are not `known` otherwise, what is near to them.

    Neighbouring words are looked up together first ("tennis shoes").
    """
    book = thesaurus(sold.language)
    if book is None:
        return []
    written = list(_written(located, sold.language))
    asked = {at for at, group in enumerate(written) if not any(term in known for term, _ in group)}
    unsaid = {at for at in asked if not _is_said(written[at], sold)} if asked else set()
    near: dict[tuple[int, int], list[tuple[str, ...]]] = {}
    for start, end in runs(range(len(written))) if unsaid else ():
        within = set(range(start, end))
        if within & unsaid and not within - asked and not any(within & set(range(*run)) for run in near):
            text = " ".join(
                words[group[0][1].start : group[0][1].end].lower() for group in written[start:end]
            )
            found = [tuple(terms(each, sold.language)) for each in book.related(text)[:MOST_NEAR]]
            if ways := _in_the_shop(found, sold):
                near[start, end] = ways
    beside = [group[0][0] for at, group in enumerate(written) if at not in unsaid]
    return [
        LookedUp(
            written[start][0][1].start,
            written[end - 1][0][1].end,
            tuple(term for group in written[start:end] for term, _ in group),
            tuple(ways),
            _fits(ways, beside, sold),
        )
        for (start, end), ways in sorted(near.items())
    ]


def _written(located: Sequence[tuple[str, Token]], language: str) -> Iterator[list[tuple[str, Token]]]:
    """Each written word that tells something, with its terms, the whole before its parts."""
    for _, group in groupby(located, key=lambda pair: pair[1].word):
        word = list(group)
        if word[0][1].kind == "word" and not is_function_word(word[0][1].text, language):
            yield word


def _is_said(word: Sequence[tuple[str, Token]], sold: Sold) -> bool:
    """Whether some visible product says it, or all of its parts."""
    whole, *parts = sold.hold([sold.saying_word(token.text) for _, token in word])
    return whole or (bool(parts) and all(parts))


def _fits(ways: Sequence[tuple[str, ...]], beside: Sequence[str], sold: Sold) -> bool:
    return not beside or any(sold.hold([sold.saying([*way, *beside]) for way in ways]))


def _in_the_shop(found: Sequence[tuple[str, ...]], sold: Sold) -> list[tuple[str, ...]]:
    """Those of `found` that a visible product is called by, in their order."""
    if not found:
        return []
    rows = Word.objects.using(sold.using).filter(
        generation=sold.generation, language=sold.language, term__in={term for each in found for term in each}
    )
    there = set(rows.values_list("term", flat=True))
    tried = [each for each in dict.fromkeys(found) if each and there.issuperset(each)][:MOST_TRIED]
    held = sold.hold([sold.calling(each) for each in tried]) if tried else []
    return [each for each, said in zip(tried, held, strict=True) if said][:MOST_WAYS]
