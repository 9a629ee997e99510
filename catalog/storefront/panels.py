"""What the results page shows beside the hits: facets with their counts, chips to remove, sorts, pages to turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from product_search.documents import document
from product_search.retrieval import FacetCounts, FacetValue, SearchAnswer

from ..models import Brand, Category, Collection, Product
from .query import PRODUCTS, ShopQuery

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_TITLES: Mapping[str, StrPromise] = {
    "category": gettext_lazy("Category"),
    "brand": gettext_lazy("Brand"),
    "price": gettext_lazy("Price"),
    "in_stock": gettext_lazy("Availability"),
    "reduced": gettext_lazy("Offers"),
    "collection": gettext_lazy("Collection"),
}
_SORTS: Mapping[str, StrPromise] = {
    "price": gettext_lazy("Price: low to high"),
    "-price": gettext_lazy("Price: high to low"),
    "newest": gettext_lazy("Newest first"),
    "rating": gettext_lazy("Best rated"),
}
_YES_NO: Mapping[str, tuple[StrPromise, StrPromise]] = {
    "in_stock": (gettext_lazy("In stock"), gettext_lazy("Sold out")),
    "reduced": (gettext_lazy("Reduced"), gettext_lazy("Not reduced")),
}
#: Values shown before "more".
SHOWN = 10
#: Of the drawing of a range: how high its highest bar is, and how far each is from the next.
BAR_HEIGHT, BAR_STEP = 40, 10


@dataclass(frozen=True)
class Option:
    """One value of a facet as a link that chooses it, or lets go of it."""

    key: str
    label: str
    count: int
    chosen: bool
    depth: int
    url: str


@dataclass(frozen=True)
class Bar:
    """One bucket of a range as it is drawn, in units of the drawing; `chosen` where the choice reaches into it."""

    x: int
    height: int
    chosen: bool

    @property
    def y(self) -> int:
        """Where its upper end is."""
        return BAR_HEIGHT - self.height


@dataclass(frozen=True)
class Panel:
    """One facet: options to choose, or the two ends of a range with `bars` of what lies between, and them in words."""

    name: str
    title: str
    kind: str
    options: tuple[Option, ...] = ()
    more: tuple[Option, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    bars: tuple[Bar, ...] = ()
    spread: str = ""
    chosen_low: str = ""
    chosen_high: str = ""
    action: str = ""
    hidden: tuple[tuple[str, str], ...] = ()

    @property
    def spread_size(self) -> str:
        """Width and height of the drawing, in its units."""
        return f"{len(self.bars) * BAR_STEP - 1} {BAR_HEIGHT}"


@dataclass(frozen=True)
class Chip:
    """One active choice and what is asked for without it; `facet` is empty for a phrase or an exclusion."""

    key: str
    facet: str
    title: str
    label: str
    less: ShopQuery


@dataclass(frozen=True)
class Sort:
    """One order to choose."""

    key: str
    label: str
    chosen: bool
    url: str


@dataclass(frozen=True)
class Pages:
    """Where one is among the pages; 0 among `numbers` is a gap."""

    number: int
    count: int
    previous: str
    next: str
    numbers: tuple[tuple[int, str], ...]


def panels(answer: SearchAnswer, query: ShopQuery) -> tuple[Panel, ...]:
    """The facets that offer a choice."""
    return tuple(panel for counts in answer.facets if (panel := _panel(counts, query)) is not None)


def chips(answer: SearchAnswer, query: ShopQuery) -> tuple[Chip, ...]:
    """Every filter that is set, by hand or by words, as something to take away; phrases and exclusions too."""
    return (*_chips_of_examples(query), *_chips(answer, query), *_chips_of_words(answer, query))


def sorts(query: ShopQuery) -> tuple[Sort, ...]:
    """The orders that the document declares, after the one that holds without a choice."""
    usual = _("Most popular") if query.browsing else _("Best match")
    labels = {"": usual} | {name: str(_SORTS.get(name, name)) for name in document().sorts}
    return tuple(
        Sort(f"sort:{name}", label, name == query.sort, query.sorted_by(name).url)
        for name, label in labels.items()
    )


def pages(answer: SearchAnswer, query: ShopQuery) -> Pages | None:
    """The pages around this one; None where there is only one."""
    if answer.pages < 2:
        return None
    near = {1, answer.pages, *range(answer.page - 2, answer.page + 3)}
    shown = sorted(number for number in near if 1 <= number <= answer.pages)
    numbers: list[tuple[int, str]] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number > before + 1:
            numbers.append((0, ""))
        numbers.append((number, query.at(number).url))
    return Pages(
        answer.page,
        answer.pages,
        query.at(answer.page - 1).url if answer.page > 1 else "",
        query.at(answer.page + 1).url if answer.page < answer.pages else "",
        tuple(numbers),
    )


def title_of(facet: str) -> str:
    """A facet's name for people."""
    return str(_TITLES.get(facet, facet.replace("_", " ").capitalize()))


def _panel(counts: FacetCounts, query: ShopQuery) -> Panel | None:
    title = title_of(counts.name)
    if counts.kind == "range":
        # What words have set stands in the answer alone.
        chosen = query.filters.get(counts.name) or tuple(value.value for value in counts.values) or ("",)
        low, _dots, high = chosen[0].partition("..")
        if counts.low is None and not low and not high:
            return None
        hidden = tuple(query.at(1).pairs(without=counts.name))
        return Panel(
            counts.name,
            title,
            counts.kind,
            low=counts.low,
            high=counts.high,
            bars=_bars(counts, low, high),
            spread=_spread(counts),
            chosen_low=low,
            chosen_high=high,
            action=query.with_filter(counts.name, ()).path,
            hidden=hidden,
        )
    chosen_values = tuple(value.value for value in counts.values if value.chosen)
    options = tuple(
        Option(
            f"facet:{counts.name}:{value.value}",
            _label(counts, value),
            value.count,
            value.chosen,
            value.depth,
            _choice(counts, value, query),
        )
        for value in counts.values
        if _offered(counts, value) and _unfolded(value, chosen_values)
    )
    if not options:
        return None
    shown = options[:SHOWN]
    more = options[SHOWN:]
    # What is chosen stays in sight.
    shown += tuple(option for option in more if option.chosen)
    return Panel(
        counts.name, title, counts.kind, shown, tuple(option for option in more if not option.chosen)
    )


def _bars(counts: FacetCounts, low: str, high: str) -> tuple[Bar, ...]:
    """A bar for each bucket; none where there is but one. What has anything is never too low to be seen."""
    most = max((bucket.count for bucket in counts.buckets), default=0)
    if len(counts.buckets) < 2 or not most:
        return ()
    above, below = Decimal(low or "-Infinity"), Decimal(high or "Infinity")
    return tuple(
        Bar(
            number * BAR_STEP,
            max(round(BAR_HEIGHT * bucket.count / most), 2) if bucket.count else 0,
            bucket.high >= above and bucket.low <= below,
        )
        for number, bucket in enumerate(counts.buckets)
    )


def _spread(counts: FacetCounts) -> str:
    """The same in words, for those who don't see it."""
    parts = (
        ngettext(
            "%(low)s to %(high)s: %(count)d product", "%(low)s to %(high)s: %(count)d products", bucket.count
        )
        % {"low": _amount(bucket.low), "high": _amount(bucket.high), "count": bucket.count}
        for bucket in counts.buckets
        if bucket.count
    )
    return "; ".join(parts)


def _amount(number: Decimal) -> str:
    """With cents only where there are some."""
    return number_format(number, decimal_pos=0 if number == number.to_integral_value() else 2)


def _offered(counts: FacetCounts, value: FacetValue) -> bool:
    """Whether a value is worth choosing; nobody looks for what is not reduced or not in stock."""
    return value.chosen or (value.count > 0 and (counts.kind != "boolean" or value.value == "true"))


def _unfolded(value: FacetValue, chosen: tuple[str, ...]) -> bool:
    """Whether a value of a tree is shown: the top always, a branch where something on it or above it is chosen."""
    parent = value.value.rpartition("/")[0]
    return value.depth == 0 or any(path == parent or path.startswith(f"{parent}/") for path in chosen)


def _choice(counts: FacetCounts, value: FacetValue, query: ShopQuery) -> str:
    if value.chosen and counts.name not in query.filters:
        return query.plainly(counts.name).url
    if counts.kind == "boolean" and not value.chosen:
        return query.only(counts.name, value.value).url
    if not value.chosen and counts.name in query.filters:
        # In a tree a value takes the place of those above and below it, which would make it mean nothing.
        apart = tuple(path for path in query.filters[counts.name] if not _on_one_branch(path, value.value))
        return query.with_filter(counts.name, (*apart, value.value)).url
    return query.toggled(counts.name, value.value).url


def _on_one_branch(path: str, other: str) -> bool:
    return path.startswith(f"{other}/") or other.startswith(f"{path}/")


def _label(counts: FacetCounts, value: FacetValue) -> str:
    if counts.name in _YES_NO:
        return str(_YES_NO[counts.name][value.value != "true"])
    return value.label if value.count else _name(counts.name, value.value)


def _chips_of_examples(query: ShopQuery) -> Iterator[Chip]:
    titles = {"like": _("Like"), "unlike": _("Unlike"), "more": _("More"), "less": _("Less")}
    keys = [value for name, value in query.examples if name in PRODUCTS]
    names = {str(product.pk): product.local_name for product in Product.objects.filter(pk__in=keys)}
    for name, value in query.examples:
        label = names.get(value, value) if name in PRODUCTS else value
        yield Chip(f"chip:{name}:{value}", "", titles[name], label, query.without_example((name, value)))


def _chips(answer: SearchAnswer, query: ShopQuery) -> Iterator[Chip]:
    labels = {
        (counts.name, value.value): _label(counts, value)
        for counts in answer.facets
        for value in counts.values
    }
    for name, values in query.filters.items():
        for value in values:
            label = labels.get((name, value)) or _name(name, value)
            if document().facets[name].kind == "range":
                label = _span(*value.split("..", 1))
            yield Chip(f"chip:{name}:{value}", name, title_of(name), label, query.toggled(name, value))


def _chips_of_words(answer: SearchAnswer, query: ShopQuery) -> Iterator[Chip]:
    """What was read from the words as more than words."""
    for number, understood in enumerate(answer.understood):
        titles = {
            "phrase": _("Exactly"),
            "excluded": _("Without"),
            "thesaurus": _("Instead of “%(words)s”") % {"words": understood.words},
        }
        key = f"chip:words:{number}"
        if understood.kind != "filter":
            yield Chip(
                key, "", titles[understood.kind], understood.label, query.with_words(understood.instead)
            )
            continue
        facet, label = understood.facet, understood.label
        if document().facets[facet].kind == "range":
            label = _span(*understood.value.split("..", 1))
        elif not understood.words:  # a rule added it
            label = _name(facet, understood.value)
        yield Chip(key, facet, title_of(facet), label, query.plainly(facet))


def _name(facet: str, value: str) -> str:
    """What people call a value that no product of the answer has, so that no facet names it."""
    row: Category | Brand | Collection | None = None
    if facet == "category":
        row = Category.objects.filter(path=value).first()
    elif facet in ("brand", "collection"):
        row = (Brand if facet == "brand" else Collection).objects.filter(slug=value).first()
    if row is None:
        return value
    return row.local_name if isinstance(row, Category) else row.name


def _span(low: str, high: str) -> str:
    if low and high:
        return f"{low} – {high}"
    return _("from %(low)s") % {"low": low} if low else _("up to %(high)s") % {"high": high}
