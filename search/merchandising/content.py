"""What a rule says: when it applies, and what it does then; as one value, and as the JSON that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Literal, get_args

from ..retrieval.answer import Deed

#: How the words of a query are looked at. `none`: there are no words, as on a category page.
About = Literal["any", "none", "is", "contains", "pattern"]
Filters = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Conditions:
    """All of them must hold: each that is empty does.

    `words` are several queries, or words in them, or patterns: one suffices. `filters` are chosen by the shopper, just
    these values of each facet: a category's page has its category chosen. A `picture` is there (True), or not (False).
    """

    about: About = "any"
    words: tuple[str, ...] = ()
    picture: bool | None = None
    filters: Filters = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Which:
    """Products by their keys, and those that pass the `filters` of facets and are in the set `among`, which the shop's
    document names (`product_sets`).
    """

    products: tuple[str, ...] = ()
    filters: Filters = field(default_factory=dict)
    among: str = ""

    @property
    def asks(self) -> bool:
        """Whether only the database knows which they are."""
        return bool(self.filters or self.among)

    def __bool__(self) -> bool:
        return bool(self.products) or self.asks


@dataclass(frozen=True)
class Pin:
    """The products stand at `place` (1 is the first of all) and those after it; what is not there leaves its place to
    whatever comes next.
    """

    do: ClassVar[Deed] = "pin"
    products: tuple[str, ...] = ()
    place: int = 1


@dataclass(frozen=True)
class Hide:
    """They are in no result."""

    do: ClassVar[Deed] = "hide"
    which: Which = field(default_factory=Which)


@dataclass(frozen=True)
class Boost:
    """They come earlier by `points`, or later where those are below 0: 1 is what all words of the query count."""

    do: ClassVar[Deed] = "boost"
    which: Which = field(default_factory=Which)
    points: float = 0.3


@dataclass(frozen=True)
class Last:
    """They come behind all others."""

    do: ClassVar[Deed] = "last"
    which: Which = field(default_factory=Which)


@dataclass(frozen=True)
class Redirect:
    """The shopper is sent to `url` instead."""

    do: ClassVar[Deed] = "redirect"
    url: str = ""


@dataclass(frozen=True)
class ShowBanner:
    """Plain text above the results, which may lead to `url` and have a picture."""

    do: ClassVar[Deed] = "banner"
    text: str = ""
    url: str = ""
    image: str = ""


@dataclass(frozen=True)
class Replace:
    """`words` of the query become `instead`; without `words` the whole query does."""

    do: ClassVar[Deed] = "replace"
    words: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Remove:
    """Each of `words` is left out, unless nothing would be left: stop words."""

    do: ClassVar[Deed] = "remove"
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """Filters that count where the shopper has chosen nothing of the facet."""

    do: ClassVar[Deed] = "filter"
    filters: Filters = field(default_factory=dict)


@dataclass(frozen=True)
class Synonym:
    """Each of `words` also finds what any of `means` says; the other way round only if it is `two_way`."""

    do: ClassVar[Deed] = "synonym"
    words: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    two_way: bool = True


Action = Pin | Hide | Boost | Last | Redirect | ShowBanner | Replace | Remove | Filter | Synonym
ACTIONS: Mapping[str, type[Action]] = {each.do: each for each in get_args(Action)}


@dataclass(frozen=True)
class Content:
    """A rule but for its name and precedence. `language` is one of the document's, "" for all; it acts from `starts` to
    before `ends`, aware moments or None. `note` is for colleagues.
    """

    conditions: Conditions = field(default_factory=Conditions)
    actions: tuple[Action, ...] = ()
    language: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    note: str = ""

    @property
    def always(self) -> bool:
        """Whether it applies to every search in its language, at any time."""
        return self.conditions == Conditions() and self.starts is None and self.ends is None

    def as_json(self) -> dict[str, Any]:
        """What is kept of it; `reading.read` makes it again."""
        kept: dict[str, Any] = {
            "conditions": _without_defaults(self.conditions),
            "actions": [{"do": action.do, **_without_defaults(action)} for action in self.actions],
        }
        for name in ("language", "note"):
            if getattr(self, name):
                kept[name] = getattr(self, name)
        for name in ("starts", "ends"):
            if (moment := getattr(self, name)) is not None:
                kept[name] = moment.isoformat()
        return kept


def _without_defaults(value: Any) -> dict[str, Any]:
    """A dataclass as JSON, but for what is as it is by default."""
    empty = type(value)()
    kept = {}
    for each in fields(value):
        own = getattr(value, each.name)
        if own == getattr(empty, each.name):
            continue
        kept[each.name] = _plain(own)
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, Which):
        return _without_defaults(value)
    if isinstance(value, Mapping):
        return {name: list(values) for name, values in value.items()}
    return list(value) if isinstance(value, tuple) else value
