"""What a search answers: hits that can say why they are there, and counts over the very set they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ..documents.fields import FacetKind

#: The four ways to find a product; the last three name what is compared with what.
LegName = Literal["keywords", "text-text", "text-picture", "picture-picture", "picture-text"]
#: Whether a total is exact, or only what was found: "gte" when a vector leg was cut by an approximate index.
Relation = Literal["eq", "gte"]


@dataclass(frozen=True)
class FacetValue:
    """One value to filter by; `count` is of results if only this facet's filter were lifted and this value chosen."""

    value: str
    label: str
    count: int
    chosen: bool
    #: Level in a hierarchy; 0 is the top.
    depth: int = 0


@dataclass(frozen=True)
class Bucket:
    """Groups with a number from `low` to below `high`; the highest bucket has what is `high`, too."""

    low: Decimal
    high: Decimal
    count: int


@dataclass(frozen=True)
class FacetCounts:
    """One facet over everything found. A range has `low` and `high`, and its chosen span as its only value.

    Its `buckets`, a dozen at most, are of one round width but for the last, and count what there were without its own
    filter, as values do.
    """

    name: str
    kind: FacetKind
    values: tuple[FacetValue, ...]
    low: Decimal | None = None
    high: Decimal | None = None
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True)
class LegScore:
    """What one leg says of one product: place among all candidates, raw score, calibrated value in 0..1.

    The raw score is BM25F for keywords and an inner product of unit vectors for the others.
    """

    rank: int
    raw: float
    value: float


@dataclass(frozen=True)
class Highlight:
    """A place that matched: `words` are characters `[start, end)` (Unicode code points) of the text `field`.

    The text is the one that is indexed for this product in the language searched in, as the shop wrote it.
    """

    field: str
    start: int
    end: int
    words: str


#: What whoever steers may do: the first few to a search, the others to products on the set.
Deed = Literal[
    "replace", "remove", "filter", "synonym", "redirect", "banner", "pin", "hide", "boost", "bury", "last"
]


@dataclass(frozen=True)
class Steered:
    """What was `did` to a search or a product `by` "rules" (or what else steers), and under which `name`.

    `amount` is the place of a pin (1 is the first), or the points that a boost adds to a score, below 0 for a bury:
    1 is what all words of a query count. `detail` is for people: the words, the address.
    """

    by: str
    name: str
    did: Deed
    amount: float | None = None
    detail: str = ""


@dataclass(frozen=True)
class Banner:
    """What a merchant shows above results: plain text, a page to go to ("" for none), and a picture's address."""

    text: str
    url: str = ""
    image: str = ""


@dataclass(frozen=True)
class Met:
    """A condition that every hit meets: a phrase, an exclusion, the chosen `values` of a facet, or a clause of `where`.

    `words` is what was written for it; of a filter chosen by hand nothing was.
    """

    kind: Literal["phrase", "excluded", "filter", "where"]
    words: str = ""
    facet: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Why a product belongs, or does not: its calibrated `value` beside the `floor`, or every word of the query.

    `found_by` are the legs that reach the floor by themselves; `has`, `tagged` and `lacks` the query's words, as they
    were written: those that its text says, that a tag says in its place, and that neither does. `exact`: one of its
    texts is just the query.
    """

    found_by: tuple[LegName, ...]
    value: float
    floor: float
    exact: bool
    has: tuple[str, ...]
    tagged: tuple[str, ...]
    lacks: tuple[str, ...]
    met: tuple[Met, ...]

    @property
    def margin(self) -> float:
        """By how much the value passes the floor; below 0 every word of the query is there."""
        return self.value - self.floor


@dataclass(frozen=True)
class Hit:
    """One result: the best member of its group. `score` compares within one answer only.

    `highlights` and `explanation` are None unless they were asked for; while browsing there is nothing to explain.
    """

    key: Any
    product: Any
    score: float
    card: Mapping[str, Any]
    #: Stable id of the picture that matched best; None when no picture was compared.
    picture: str | None = None
    legs: Mapping[LegName, LegScore] = field(default_factory=dict)
    highlights: tuple[Highlight, ...] | None = None
    explanation: Explanation | None = None
    #: Where `picture` is a frame of a video, when it is to be seen; seconds from the beginning.
    second: float | None = None
    #: What was done to it by whoever steers, whether or not that was asked for.
    steered: tuple[Steered, ...] = ()

    @property
    def pinned(self) -> bool:
        """Whether it stands where somebody put it."""
        return any(each.did == "pin" for each in self.steered)


@dataclass(frozen=True)
class Correction:
    """A word that no visible product has, and the shop's own word that was searched instead."""

    original: str
    corrected: str


@dataclass(frozen=True)
class Understood:
    """What was read from the words as more than words: a filter, a phrase, what must not be there, or words near to
    one that no product says.

    `words` is how it was written. A filter has its facet, the value that the facet's filter parameter would take, and
    its name; asking again with `facet` among `plain` makes the words plain words. `instead` are the words to ask with
    so that a phrase is words again, or an exclusion or a word looked up gone.
    """

    kind: Literal["filter", "phrase", "excluded", "thesaurus"]
    words: str
    instead: str
    facet: str = ""
    value: str = ""
    label: str = ""


@dataclass(frozen=True)
class Relaxation:
    """A way out where nothing is found: without the filters of `facets`, `total` groups are.

    To ask for it, leave out what was chosen of these facets, and ask with the words `q` and with `plain`.
    """

    facets: tuple[str, ...]
    q: str
    plain: tuple[str, ...]
    total: int
    relation: Relation


@dataclass(frozen=True)
class SearchAnswer:
    """One page of hits. `total` and facet counts are of groups (variants are one), over all pages.

    `corrections` are words searched in another spelling, and `corrected` is then the whole query as it was searched.
    `relaxations` say which filters to drop where nothing passes all of them. `near` are products that have only some of
    the words, where little was found: they are set apart, and count in nothing.

    `redirect` is the page that the shopper should be sent to instead, `banners` are shown above the results, and
    `steered` tells what was done to the search itself; hits tell what was done to them.

    `notices` say what the shopper should know, each beginning with a code: `keywords-only`, `not-indexed`, `disabled`,
    `facets-sampled`, `phrases-cut`, `walk-cut`. Of a walk, `next` is the cursor of the next page, empty on the last.
    """

    hits: tuple[Hit, ...]
    total: int
    relation: Relation
    facets: tuple[FacetCounts, ...]
    page: int
    per_page: int
    pages: int
    notices: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    corrected: str = ""
    understood: tuple[Understood, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    near: tuple[Hit, ...] = ()
    redirect: str = ""
    banners: tuple[Banner, ...] = ()
    steered: tuple[Steered, ...] = ()
    next: str = ""
    took_ms: float = 0.0
    #: Where the search is recorded (`analytics.record_search`): what events that follow it name.
    search_id: str = ""
