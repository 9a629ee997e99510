"""What a shopper asks, as one validated value: past this line nothing need doubt a page number or a filter's name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from PIL import Image

from ..documents import Facet, document
from ..documents.conditions import range_bounds
from ..errors import InvalidRequest
from .directions import bad, direction

MAX_CHARACTERS = 1000
MAX_WORDS = 100
MAX_PER_PAGE = 100
#: Hits that numbered pages reach; deeper pages would have to rank everything again for each page.
MAX_DEPTH = 1000
MAX_EXAMPLES = 8
MAX_VALUES = 100
MAX_VIEWED = 50
MAX_VALUE_CHARACTERS = 500
#: Of a `where`: clauses, what all of them together say, and what that is to look up: a hundred cost as much as some
#: ten searches.
MAX_CLAUSES = 50
MAX_LITERALS = 200
MAX_ALTERNATIVES = 100
#: What the order without a sort is called.
RELEVANCE = "relevance"

#: PostgreSQL refuses NUL in text; a lone surrogate has no UTF-8. Neither is a character of any language.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Example:
    """What a search should be like, or with a `weight` below 0 unlike: `words`, a `picture`, a `product` by its key, or
    a `vector` of the serving space: of a text or a picture, as `kind` says, and of any length but 0.

    Exactly one of the four; the weight lies in -1..1, and that of a search's own words and picture is 1.
    """

    words: str = ""
    picture: Image.Image | None = None
    product: Any = None
    vector: tuple[float, ...] | None = None
    kind: Literal["text", "picture"] = "picture"
    weight: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", _clean_words(self.words, "examples"))
        given = bool(self.words) + sum(each is not None for each in (self.picture, self.product, self.vector))
        if given != 1:
            raise InvalidRequest(
                "bad_example",
                "examples",
                f"An example is words, a picture, a product or a vector; {given} of them came.",
            )
        if self.vector is not None:
            object.__setattr__(self, "vector", direction(self.vector))
        if self.kind not in ("text", "picture"):
            raise bad(f"A vector is of {str(self.kind)[:40]!r}; expected text or picture.")
        number = isinstance(self.weight, int | float) and not isinstance(self.weight, bool)
        if not number or not -1 <= self.weight <= 1:  # not-a-number is neither
            raise InvalidRequest(
                "bad_weight", "examples", f"A weight is {self.weight!r}; expected a number from -1 to 1."
            )


@dataclass(frozen=True)
class SearchRequest:
    """Words, a picture, or both; with neither it is browsing. Raises `InvalidRequest` for what can't be answered.

    `examples` are further words, pictures and products, MAX_EXAMPLES at most, that count beside them: "this, in red",
    "these two", "this, but not floral". Some one thing must be there to be like. A product among them is not found.

    `filters` maps a facet's name to the chosen values: any of them (paths for a hierarchical facet), one `10..50`,
    `..50` or `10..` for a range, `true` or `false` for a boolean. `facets` names those to count; None counts all.
    `where` are further conditions, never lifted to count a facet: each clause holds where one of its literals does, and
    all clauses must hold. A literal is `facet:value`, the value as `filters` takes it, or `-facet:value`: not so, which
    a product without any value passes, too. With `per_page` 0 only totals and facets are asked for.

    `sort` is one of the document's sorts, which orders what is found and changes nothing else; "" (or "relevance") is
    the best first, and the shop's own order while browsing.

    Without `spelling` words are taken as they were typed. `plain` names facets that words may not set: "under 20" is
    words, then. With `highlight` hits say which places of their texts matched, with `explain` why they are there.

    `viewed` are keys of products that this shopper looked at, the latest first, MAX_VIEWED at most: where the shop has
    switched that on, they decide between products that fit alike, unless not `personal`.
    """

    q: str = ""
    picture: Image.Image | None = None
    examples: tuple[Example, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: tuple[tuple[str, ...], ...] = ()
    page: int = 1
    per_page: int = 24
    facets: tuple[str, ...] | None = None
    sort: str = ""
    spelling: bool = True
    plain: tuple[str, ...] = ()
    highlight: bool = False
    explain: bool = False
    viewed: tuple[Any, ...] = ()
    personal: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", _clean_words(self.q, "q"))
        object.__setattr__(self, "examples", tuple(each for each in self.examples if each.weight))
        self._check_examples()
        declared = document().facets
        object.__setattr__(self, "filters", MappingProxyType(_clean_filters(self.filters, declared)))
        object.__setattr__(self, "where", _clean_where(self.where, declared))
        if self.facets is not None:
            for name in self.facets:
                _known(name, declared, parameter="facets")
            object.__setattr__(self, "facets", tuple(dict.fromkeys(self.facets)))
        for name in self.plain:
            _known(name, declared, parameter="plain")
        object.__setattr__(self, "plain", tuple(dict.fromkeys(self.plain)))
        object.__setattr__(self, "sort", _clean_sort(self.sort, document().sorts))
        object.__setattr__(self, "viewed", tuple(dict.fromkeys(self.viewed)))
        if len(self.viewed) > MAX_VIEWED:
            detail = f"{len(self.viewed)} viewed products; at most {MAX_VIEWED} are taken into account."
            raise InvalidRequest("too_many_viewed", "viewed", detail)
        check_whole("page", self.page, 1, MAX_DEPTH)
        check_whole("per_page", self.per_page, 0, MAX_PER_PAGE)
        if self.page * self.per_page > MAX_DEPTH:
            raise InvalidRequest(
                "too_deep",
                "page",
                f"Page {self.page} of {self.per_page} is beyond the first {MAX_DEPTH} hits; narrow the search instead.",
            )

    @property
    def browsing(self) -> bool:
        """Whether nothing was asked for: every visible product, in the shop's own order."""
        return not self.q and self.picture is None and not self.examples

    @cached_property
    def chosen(self) -> Mapping[str, tuple[str, ...]]:
        """What was chosen of which facet: `filters`, and of `where` each clause that says as much of a facet alone."""
        said = [[literal(each) for each in clause] for clause in self.where]
        clauses = Counter(facet for clause in said for facet in {facet for facet, _, _ in clause})
        alone: dict[str, tuple[str, ...]] = {}
        for clause in said:
            facet = clause[0][0]
            choice = all(name == facet and not negated for name, _, negated in clause)
            spans = document().facets[facet].kind == "range" and len(clause) > 1
            if choice and not spans and clauses[facet] == 1:
                alone[facet] = tuple(value for _, value, _ in clause)
        return MappingProxyType({**alone, **self.filters})

    def _check_examples(self) -> None:
        if len(self.examples) > MAX_EXAMPLES:
            raise InvalidRequest(
                "too_many_examples",
                "examples",
                f"{len(self.examples)} examples; at most {MAX_EXAMPLES} are compared.",
            )
        if self.examples and self.browsing_but_for_unlike:
            raise InvalidRequest(
                "nothing_to_be_like",
                "examples",
                "It only says what to be unlike; add words, a picture or a product to be like.",
            )

    @property
    def browsing_but_for_unlike(self) -> bool:
        """Whether there is nothing that the answer should be like."""
        return not self.q and self.picture is None and all(each.weight < 0 for each in self.examples)


def literal(text: str) -> tuple[str, str, bool]:
    """The facet, the value, and whether it must not be so, of `facet:value` or `-facet:value`."""
    name, _, value = text.partition(":")
    return name.removeprefix("-"), value, name.startswith("-")


def alternatives(
    clause: Iterable[str], declared: Mapping[str, Facet]
) -> list[tuple[str, tuple[str, ...], bool]]:
    """What is to be looked up for one clause: facet, values, and whether it must not be so. Values of one facet are
    looked up at once, but for ranges and for what must not be so.
    """
    found: list[tuple[str, tuple[str, ...], bool]] = []
    listed: dict[str, tuple[str, ...]] = {}
    for facet, value, negated in map(literal, clause):
        if negated or declared[facet].kind == "range":
            found.append((facet, (value,), negated))
        else:
            listed[facet] = (*listed.get(facet, ()), value)
    return [*((facet, values, False) for facet, values in listed.items()), *found]


def _clean_words(q: str, parameter: str) -> str:
    if len(q) > MAX_CHARACTERS:
        raise InvalidRequest(
            "too_long",
            parameter,
            f"The query has {len(q)} characters; at most {MAX_CHARACTERS} are searched.",
        )
    words = unicodedata.normalize("NFC", _NO_TEXT.sub(" ", q)).split()
    if len(words) > MAX_WORDS:
        raise InvalidRequest(
            "too_long", parameter, f"The query has {len(words)} words; at most {MAX_WORDS} are searched."
        )
    return " ".join(words)


def _clean_filters(
    filters: Mapping[str, Iterable[str]], declared: Mapping[str, Facet]
) -> dict[str, tuple[str, ...]]:
    cleaned: dict[str, tuple[str, ...]] = {}
    for name, given in filters.items():
        facet = _known(name, declared, parameter=name)
        values = (given,) if isinstance(given, str) else given
        values = tuple(dict.fromkeys(_NO_TEXT.sub("", value).strip() for value in values))
        if facet.hierarchical:
            values = tuple(dict.fromkeys(value.strip("/") for value in values))
        values = tuple(filter(None, values))
        if values:
            _check_values(name, facet, values, parameter=name)
            cleaned[name] = values
    return cleaned


def _clean_where(
    where: Iterable[Sequence[str]], declared: Mapping[str, Facet]
) -> tuple[tuple[str, ...], ...]:
    cleaned = tuple(dict.fromkeys(tuple(dict.fromkeys(_clean_clause(each, declared))) for each in where))
    literals = sum(map(len, cleaned))
    apart = sum(len(alternatives(clause, declared)) for clause in cleaned)
    if len(cleaned) > MAX_CLAUSES or literals > MAX_LITERALS or apart > MAX_ALTERNATIVES:
        detail = (
            f"where has {len(cleaned)} clauses with {literals} literals, {apart} where values of one facet count once; "
            f"at most {MAX_CLAUSES} with {MAX_LITERALS}, or {MAX_ALTERNATIVES}, are read."
        )
        raise InvalidRequest("too_many_conditions", "where", detail)
    return cleaned


def _clean_clause(clause: Sequence[str], declared: Mapping[str, Facet]) -> Iterable[str]:
    if isinstance(clause, str) or not clause:
        came = "a text" if isinstance(clause, str) else "empty"
        detail = f'A clause of where is {came}; expected a list: ["brand:acme", "-colour:red"].'
        raise InvalidRequest("bad_where", "where", detail)
    for text in clause:
        name, value, negated = literal(_NO_TEXT.sub("", text))
        value = value.strip()
        facet = _known(name, declared, parameter="where")
        value = value.strip("/") if facet.hierarchical else value
        if not value:
            detail = (
                f"{text[:80]!r} has no value; expected facet:value, or -facet:value for what must not be so."
            )
            raise InvalidRequest("bad_where", "where", detail)
        _check_values(name, facet, (value,), parameter="where")
        yield f"{'-' * negated}{name}:{value}"


def _clean_sort(sort: str, declared: Iterable[str]) -> str:
    if sort in ("", RELEVANCE):
        return ""
    if sort not in declared:
        known = ", ".join((RELEVANCE, *declared))
        raise InvalidRequest("unknown_sort", "sort", f"There is no sort {sort[:80]!r}. Known sorts: {known}.")
    return sort


def _check_values(name: str, facet: Facet, values: tuple[str, ...], *, parameter: str) -> None:
    if len(values) > MAX_VALUES or max(map(len, values)) > MAX_VALUE_CHARACTERS:
        raise InvalidRequest(
            "bad_filter",
            parameter,
            f"{name} takes at most {MAX_VALUES} values of at most {MAX_VALUE_CHARACTERS} characters.",
        )
    if facet.kind == "boolean" and not set(values) <= {"true", "false"}:
        raise InvalidRequest(
            "bad_filter", parameter, f"{name} is {values[0][:80]!r}; expected true or false."
        )
    if facet.kind == "range":
        try:
            if len(values) > 1:
                raise ValueError(values)
            range_bounds(values[0])
        except ValueError:
            came = ", ".join(values)[:80]
            detail = f"{name} is {came!r}; expected one range, lower end first: 10..50, ..50 or 10..."
            raise InvalidRequest("bad_range", parameter, detail) from None


def _known(name: str, declared: Mapping[str, Facet], *, parameter: str) -> Facet:
    facet = declared.get(name)
    if facet is None:
        known = ", ".join(declared) or "none"
        raise InvalidRequest(
            "unknown_filter", parameter[:80], f"There is no facet {name[:80]!r}. Known facets: {known}."
        )
    return facet


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raises `InvalidRequest` for a `value` of the parameter `name` that is not from `low` to `high`."""
    if not low <= value <= high:
        raise InvalidRequest("out_of_range", name, f"{name} is {value}; expected {low} to {high}.")
