"""What a shopper asks, as one validated value: past this line nothing need doubt a page number or a filter's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
        check_whole("per_page", self.per_page, 1, MAX_PER_PAGE)
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
            _check_values(name, facet, values)
            cleaned[name] = values
    return cleaned


def _clean_sort(sort: str, declared: Iterable[str]) -> str:
    if sort in ("", RELEVANCE):
        return ""
    if sort not in declared:
        known = ", ".join((RELEVANCE, *declared))
        raise InvalidRequest("unknown_sort", "sort", f"There is no sort {sort[:80]!r}. Known sorts: {known}.")
    return sort


def _check_values(name: str, facet: Facet, values: tuple[str, ...]) -> None:
    if len(values) > MAX_VALUES or max(map(len, values)) > MAX_VALUE_CHARACTERS:
        raise InvalidRequest(
            "bad_filter",
            name,
            f"{name} takes at most {MAX_VALUES} values of at most {MAX_VALUE_CHARACTERS} characters.",
        )
    if facet.kind == "boolean" and not set(values) <= {"true", "false"}:
        raise InvalidRequest("bad_filter", name, f"{name} is {values[0][:80]!r}; expected true or false.")
    if facet.kind == "range":
        try:
            if len(values) > 1:
                raise ValueError(values)
            range_bounds(values[0])
        except ValueError:
            came = ", ".join(values)[:80]
            detail = f"{name} is {came!r}; expected one range, lower end first: 10..50, ..50 or 10..."
            raise InvalidRequest("bad_range", name, detail) from None


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
