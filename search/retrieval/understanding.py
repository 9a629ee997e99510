"""What the shopper's words mean to the legs: terms for the keyword leg, a plain sentence for the encoder, and filters.

In this order: what is said beside the words (phrases, exclusions, prices), what they are names of, how else texts may
say them, and how they are spelt. A query that is a product's whole title or number is taken as it stands.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from PIL import Image

from ..conf import settings
from ..documents import SearchScope
from ..documents.conditions import range_bounds
from ..documents.fields import Meaning
from ..encoders import words_taught
from ..text import Token, is_function_word, located_terms, terms, tokens
from .answer import Correction, Understood
from .attributes import Attribute, attributes_of, unwanted
from .compounds import other_ways
from .conditions import Condition, conditions_of
from .filters import Choices
from .grammar import Said, blanked, read
from .naming import Named, called, filters_named, runs
from .request import Example, SearchRequest
from .serving import Serving
from .sold import Sold
from .spelling import read_spelling, respelt, telling_words
from .synonyms import NO_SYNONYMS, Synonyms, having
from .thesaurus import LookedUp, looked_up, ways_by_term
from .wording import Wording

#: Of a term, other ways in which texts may say it, each of one term or of several that a text must have all.
Alternatives = Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True)
class Query:
    """A request as the legs read it. `terms` are distinct, in order, with how often each was written.

    A text that has a term's `alternatives`, all terms of one of them, has that term. `filters` were read from the
    words; `conditions` are what every product must meet besides.
    """

    text: str
    language: str
    terms: Mapping[str, int]
    picture: Image.Image | None
    alternatives: Alternatives = field(default_factory=dict)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    conditions: tuple[Condition, ...] = ()
    corrections: tuple[Correction, ...] = ()
    corrected: str = ""
    understood: tuple[Understood, ...] = ()
    notices: tuple[str, ...] = ()
    #: What the words name, as the shop says it; "" where that is `text`.
    caption: str = ""
    #: Terms that no visible product says, each with the word as it was written, which a picture may show; "" where none
    #: can, as for a number.
    foreign: Mapping[str, str] = field(default_factory=dict)
    #: What the best hits are told apart by.
    attributes: tuple[Attribute, ...] = ()

    @property
    def browsing(self) -> bool:
        """Whether no words are left to search by, no picture and no example."""
        return not self.text and not self.terms and self.picture is None and not self.examples

    @property
    def sentence(self) -> str:
        """What a text encoder is given."""
        return unicodedata.normalize("NFC", self.caption or self.text)

    @property
    def alone(self) -> tuple[str, ...]:
        """The foreign words that a picture may show."""
        return tuple(dict.fromkeys(filter(None, self.foreign.values())))

    def narrow(self, choices: Choices) -> Choices:
        """`choices` of what the query leaves, under its filters too; those that were chosen by hand come first."""
        if self.conditions:
            visible = choices.visible.filter(*(condition.holds for condition in self.conditions))
            choices = replace(choices, visible=visible)
        return choices.choosing({**self.filters, **choices.filters})

    def ways(self, present: Collection[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
        """For each term, the ways in which a text with the terms `present` says it; none where it lacks the word."""
        return {
            term: tuple(
                way
                for way in ((term,), *self.alternatives.get(term, ()))
                if all(each in present for each in way)
            )
            for term in self.terms
        }


def plain(request: SearchRequest, language: str) -> Query:
    """The words of `request` as they stand, read in `language`, one of the document's."""
    found = Counter(terms(request.q, language))
    return Query(request.q, language, found, request.picture, examples=request.examples)


def understand(
    request: SearchRequest,
    scope: SearchScope,
    language: str,
    choices: Choices,
    serving: Serving,
    synonyms: Synonyms = NO_SYNONYMS,
) -> Query:
    """What `request` asks for, read in `language` against what `scope` may see of the shop; `synonyms` are
    those that count in this search.
    """
    if not request.q or serving.generation is None:
        return plain(request, language)
    taught = frozenset() if serving.space is None else words_taught(serving.space.name)
    return _Reader(request, scope, Sold(choices, serving.generation, language), synonyms, taught).query()


@dataclass(frozen=True)
class _Reader:
    """Reads one query."""

    request: SearchRequest
    scope: SearchScope
    sold: Sold
    synonyms: Synonyms
    #: Words that the model was taught.
    taught: frozenset[str]

    def query(self) -> Query:
        request, sold, language = self.request, self.sold, self.sold.language
        said, chips, filters = self._beside()
        said, chips = self._sayable(said, chips)
        said = self._framed(said)
        hidden = [each for each in said if each.kind != "phrase"]
        words = _unquoted(blanked(request.q, hidden), said)
        # A minus is no word, so with one the words are not the whole query.
        minus = any(each.kind == "excluded" and not each.negator for each in said)
        if said and not minus and sold.exactly(terms(request.q, language)):
            return plain(request, language)
        denied = unwanted(words, said, request, sold)
        words, chips = denied.words, [*chips, *denied.chips]
        located = located_terms(words, language)
        spelt = [sold.saying_word(word) for word in telling_words(located, language)]
        candidates = called([term for term, _ in located], sold, spelt)
        ways, found = self._ways(words, located, candidates)
        corrected = request.q
        doubtful = {term for each in found if not each.fits for term in each.terms}
        known = self._known(located, candidates, ways, said) - doubtful
        spelling = read_spelling(
            words, sold, known=known, doubtful=doubtful, taught=self.taught, correct=request.spelling
        )
        corrections = tuple(each.correction for each in spelling.spelled)
        if corrections:
            words, corrected = respelt(words, spelling.spelled), respelt(request.q, spelling.spelled)
            located = located_terms(words, language)
            candidates = called([term for term, _ in located], sold)
            ways, found = self._ways(words, located, candidates)
        wording = Wording.of([term for term, _ in located], ways, sold, nearest=ways_by_term(found))
        names = self._names(located, wording, candidates, said, filters)
        for named in names:
            filters[named.facet] = tuple(name.value for name in named.names)
            written = words[located[named.start][1].start : located[named.end - 1][1].end]
            chips += [
                Understood("filter", written, corrected, name.facet, name.value, name.label)
                for name in named.names
            ]
        covered = {at: named.written for named in names for at in range(named.start, named.end)}
        left = [pair for at, pair in enumerate(located) if covered.get(at, True)]
        if names and all(
            at in covered or is_function_word(token.text, language) for at, (_, token) in enumerate(located)
        ):
            left = []  # names alone are a place to browse
        left = self._telling(left, located)
        chips += [each.chip(words, corrected, wording, sold) for each in found]
        conditions, notices = conditions_of(said, sold)
        text = " ".join(words.split()) if left or not names else ""
        return Query(
            text,
            language,
            Counter(term for term, _ in left),
            request.picture,
            alternatives=ways if left == located else {**self._alternatives(left), **ways_by_term(found)},
            filters=filters,
            examples=request.examples,
            conditions=conditions,
            corrections=corrections,
            corrected=corrected if corrections else "",
            understood=tuple(chips),
            notices=notices,
            caption=wording.caption(words, located, language) if text else "",
            foreign={term: word for term, word in spelling.foreign.items() if term in dict(left)},
            attributes=(
                *attributes_of(candidates, [term for term, _ in located], [*request.plain, *filters], sold),
                *denied.attributes,
            ),
        )

    def _sayable(self, said: list[Said], chips: list[Understood]) -> tuple[list[Said], list[Understood]]:
        """Without phrases that have a word which no visible product says: those are words, and may be misspelt."""
        phrases = {
            each.value: {token.text for token in tokens(each.value)} for each in said if each.kind == "phrase"
        }
        if not phrases:
            return said, chips
        own = self.sold.words({word for each in phrases.values() for word in each})
        unsaid = {value for value, words in phrases.items() if not words <= own}
        return (
            [each for each in said if each.kind != "phrase" or each.value not in unsaid],
            [chip for chip in chips if chip.kind != "phrase" or chip.label not in unsaid],
        )

    def _framed(self, said: list[Said]) -> list[Said]:
        """Without frames where some product says all of it: who looks for "a photo of the sea" may mean a photo."""
        if not any(each.kind == "frame" for each in said):
            return said
        words = blanked(self.request.q, [each for each in said if each.kind not in ("phrase", "frame")])
        language = self.sold.language
        asked = [
            term
            for term, token in located_terms(words, language)
            if not is_function_word(token.text, language)
        ]
        return (
            [each for each in said if each.kind != "frame"]
            if self.sold.hold([self.sold.saying(asked)])[0]
            else said
        )

    def _telling(
        self, left: list[tuple[str, Token]], located: Sequence[tuple[str, Token]]
    ) -> list[tuple[str, Token]]:
        """`left` without function words, unless there are no others or all of it is just what some text says."""
        language = self.sold.language
        telling = [pair for pair in left if not is_function_word(pair[1].text, language)]
        if not telling or len(telling) == len(left):
            return left
        return left if self.sold.exactly([term for term, _ in located]) else telling

    def _beside(self) -> tuple[list[Said], list[Understood], dict[str, tuple[str, ...]]]:
        """What is said beside the words and counts, with its chips and the filters it sets."""
        request, shop = self.request, self.sold.choices.document
        facets: dict[Meaning, str] = {}
        for name, declared in shop.facets.items():
            if (meaning := declared.meaning(name)) and name not in request.plain:
                facets.setdefault(meaning, name)
        kept: list[Said] = []
        chips: list[Understood] = []
        filters: dict[str, tuple[str, ...]] = {}
        for each in read(request.q, self.sold.language, facets):
            written = request.q[each.start : each.end]
            if each.kind == "frame":
                kept.append(each)
                continue
            if each.kind == "phrase" or each.kind == "excluded":
                rest = each.value if each.kind == "phrase" else ""
                instead = " ".join((request.q[: each.start] + rest + request.q[each.end :]).split())
                chips.append(Understood(each.kind, written, instead, label=each.value))
                kept.append(each)
                continue
            facet = facets[each.kind]
            chosen = self._chosen(facet, each, filters)
            if chosen is None:
                continue
            kept.append(each)
            if facet not in request.chosen:
                value, label = chosen
                filters[facet] = (value,)
                chips = [chip for chip in chips if chip.facet != facet]
                chips.append(Understood("filter", written, request.q, facet, value, label))
        return kept, chips, filters

    def _chosen(
        self, facet: str, said: Said, filters: Mapping[str, tuple[str, ...]]
    ) -> tuple[str, str] | None:
        """The facet's value and its label; None where the shop has no such thing, and the words stay words."""
        ranged = self.sold.choices.document.facets[facet].kind == "range"
        if said.kind == "price":
            if said.currency and self.scope.currency and said.currency != self.scope.currency.upper():
                return None
            both = _within(filters.get(facet, (".",))[0], said.value)
            return None if both is None else (both, both)
        if ranged:
            number = said.value.replace(",", ".")
            return (f"{number}..{number}",) * 2 if number.replace(".", "", 1).isdigit() else None
        for named in called(terms(said.value, self.sold.language), self.sold):
            inside = self.sold.some(self.sold.keys_inside(named.names[:1]))
            if named.facet == facet and self.sold.hold([inside])[0]:
                return named.names[0].value, named.names[0].label
        return None

    def _known(
        self,
        located: Sequence[tuple[str, Token]],
        candidates: Sequence[Named],
        ways: Alternatives,
        said: Sequence[Said],
    ) -> set[str]:
        """Terms that are no misspelling although no text may have them: names, synonyms, compounds, and phrases."""
        known = {located[at][0] for named in candidates for at in range(named.start, named.end)}
        return known | self._quoted(said) | set(ways)

    def _quoted(self, said: Sequence[Said]) -> set[str]:
        language = self.sold.language
        return {term for each in said if each.kind == "phrase" for term in terms(each.value, language)}

    def _names(
        self,
        located: Sequence[tuple[str, Token]],
        wording: Wording,
        candidates: Sequence[Named],
        said: Sequence[Said],
        filters: Mapping[str, tuple[str, ...]],
    ) -> list[Named]:
        """Those of `candidates` that become filters: not where the facet is chosen already, nor within quotes."""
        taken, quoted = {*self.request.plain, *self.request.chosen, *filters}, self._quoted(said)
        own = [term for term, _ in located]
        candidates = [
            named
            for named in candidates
            if named.filterable
            and named.facet not in taken
            and quoted.isdisjoint(own[named.start : named.end])
        ]
        if not candidates or self.sold.exactly(own):
            return []
        telling = [not is_function_word(token.text, self.sold.language) for _, token in located]
        usual = [wording.term(term) for term in own]
        return filters_named(own, candidates, self.sold, telling=telling, usual=usual)

    def _ways(
        self, words: str, located: Sequence[tuple[str, Token]], candidates: Sequence[Named]
    ) -> tuple[Alternatives, list[LookedUp]]:
        """How else texts may say each of the terms; and what of that only a thesaurus knows."""
        ways = self._alternatives(located)
        if not (self.request.spelling and settings().thesaurus):
            return ways, []
        named = {located[at][0] for each in candidates for at in range(each.start, each.end)}
        found = looked_up(words, located, named | set(ways), self.sold)
        return {**ways, **ways_by_term(found)}, found

    def _alternatives(self, located: Sequence[tuple[str, Token]]) -> Alternatives:
        """How else texts may say each of the terms, as this shop has it."""
        sold = self.sold
        own = [term for term, _ in located]
        found: dict[str, list[tuple[str, ...]]] = {}
        said = (own[start:end] for start, end in runs(own))
        for source, targets in having(said, self.synonyms).items():
            for term in source:
                found.setdefault(term, []).extend(targets)
        for term, others in other_ways(located, sold.language, sold.generation, using=sold.using).items():
            found.setdefault(term, []).extend(others)
        return {
            term: tuple(dict.fromkeys(tuple(dict.fromkeys(way)) for way in ways))
            for term, ways in found.items()
        }


def _unquoted(words: str, said: Iterable[Said]) -> str:
    """`words` with spaces for the quotes of phrases, every letter in its place."""
    for each in said:
        if each.kind == "phrase":
            words = words[: each.start] + " " + words[each.start + 1 : each.end - 1] + " " + words[each.end :]
    return words


def _within(one: str, other: str) -> str | None:
    """The range that lies within both; `.` is no bound at all. None where there is none."""
    bounds = [range_bounds(each) for each in (one, other) if each != "."]
    lows, highs = ([end for end in ends if end is not None] for ends in zip(*bounds, strict=True))
    if lows and highs and max(lows) > min(highs):
        return None
    return f"{max(lows) if lows else ''}..{min(highs) if highs else ''}"
