"""What a shopper's address asks for, and the addresses that ask for a little more or less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from product_search.documents import document
from product_search.retrieval import Example, InvalidRequest, Relaxation, SearchRequest

PER_PAGE = 24

Filters = Mapping[str, tuple[str, ...]]
#: As the search box writes them: products to be like and unlike, words to be more and less like.
EXAMPLES = ("like", "unlike", "more", "less")
PRODUCTS = EXAMPLES[:2]


@dataclass(frozen=True)
class ShopQuery:
    """Words, the token of an uploaded picture, filters, sort and page, as they stand in the address.

    Without `spelling` the words are searched as they are written; those that would set a `plain` facet are only words.
    """

    q: str = ""
    picture: str = ""
    filters: Filters = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    spelling: bool = True
    plain: tuple[str, ...] = ()
    #: What it should also be like or unlike: a name of EXAMPLES, and a product's id or words.
    examples: tuple[tuple[str, str], ...] = ()
    #: Whether what the visitor looked at may count.
    personal: bool = True

    @property
    def department(self) -> str:
        """The path of the category whose page this is; empty where none or several are chosen."""
        chosen = self.filters.get("category", ())
        return chosen[0] if len(chosen) == 1 else ""

    @property
    def path(self) -> str:
        """The address without parameters: a category has its own."""
        if self.department:
            return reverse("catalog:category", args=[self.department])
        return reverse("catalog:results")

    @property
    def url(self) -> str:
        """The address of this query's results."""
        pairs = self.pairs()
        return self.path + (f"?{urlencode(pairs)}" if pairs else "")

    def pairs(self, *, without: str = "") -> list[tuple[str, str]]:
        """Parameters in a fixed order, so that one page has one address; `without` leaves one facet out."""
        pairs = [("q", self.q)] if self.q else []
        if self.picture:
            pairs.append(("picture", self.picture))
        pairs += self.examples
        left_out = (without, "category" if self.department else without)
        pairs += [
            (name, value) for name, values in self.filters.items() if name not in left_out for value in values
        ]
        if not self.spelling:
            pairs.append(("spelling", "off"))
        pairs += [("plain", name) for name in self.plain]
        if not self.personal:
            pairs.append(("personal", "off"))
        if self.sort:
            pairs.append(("sort", self.sort))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return pairs

    @property
    def browsing(self) -> bool:
        """Whether nothing is searched for: no words, no picture, nothing to be like."""
        return not self.q and not self.picture and not self.examples

    def request(self, picture: Any = None, **options: Any) -> SearchRequest:
        """What the engine is asked, with what `picture` names decoded. Raises `InvalidRequest`."""
        return SearchRequest(
            q=self.q,
            picture=picture,
            examples=tuple(_example(*each) for each in self.examples),
            filters=self.filters,
            sort=self.sort,
            page=self.page,
            spelling=self.spelling,
            personal=self.personal,
            plain=self.plain,
            **({"per_page": PER_PAGE} | options),
        )

    def at(self, page: int) -> ShopQuery:
        """The same on another page."""
        return replace(self, page=page)

    def sorted_by(self, sort: str) -> ShopQuery:
        """The same in another order, from the first page."""
        return replace(self, sort=sort, page=1)

    def toggled(self, facet: str, value: str) -> ShopQuery:
        """With a facet's value chosen, or no longer chosen; from the first page."""
        chosen = self.filters.get(facet, ())
        kept = tuple(other for other in chosen if other != value)
        return self.with_filter(facet, kept if value in chosen else (*chosen, value))

    def only(self, facet: str, value: str) -> ShopQuery:
        """With this value as the facet's only one."""
        return self.with_filter(facet, (value,))

    def with_filter(self, facet: str, values: tuple[str, ...]) -> ShopQuery:
        """With exactly these values of a facet; none removes it."""
        filters = {name: chosen for name, chosen in self.filters.items() if name != facet}
        return replace(self, filters={**filters, facet: values} if values else filters, page=1)

    def relaxed(self, way: Relaxation) -> ShopQuery:
        """With less, as an empty answer has proposed it."""
        filters = {name: chosen for name, chosen in self.filters.items() if name not in way.facets}
        return replace(self, q=way.q, filters=filters, plain=way.plain, page=1)

    def without_filters(self) -> ShopQuery:
        """The words and the picture alone."""
        return replace(self, filters={}, page=1)

    def without_picture(self) -> ShopQuery:
        """The words and the filters alone."""
        return replace(self, picture="", page=1)

    def without_example(self, example: tuple[str, str]) -> ShopQuery:
        """With everything else that it should be like or unlike."""
        return replace(self, examples=tuple(each for each in self.examples if each != example), page=1)

    def without_examples(self) -> ShopQuery:
        """The words, the picture and the filters alone."""
        return replace(self, examples=(), page=1)

    def without_words(self) -> ShopQuery:
        """The picture and the filters alone."""
        return replace(self, q="", spelling=True, plain=(), page=1)

    def with_words(self, q: str) -> ShopQuery:
        """With other words."""
        return replace(self, q=q, page=1)

    def as_written(self) -> ShopQuery:
        """The words without any correction."""
        return replace(self, spelling=False, page=1)

    @property
    def as_for_all(self) -> ShopQuery:
        """In the order that everybody gets."""
        return replace(self, personal=False, page=1)

    def plainly(self, facet: str) -> ShopQuery:
        """With the words that set a facet as plain words."""
        return replace(self, plain=(*self.plain, facet), page=1)


def read_query(parameters: QueryDict, department: str = "") -> ShopQuery:
    """Read an address, of a category's page where `department` is its path.

    Parameters that are not ours (a campaign's) are ignored. Raises `InvalidRequest`.
    """
    filters: dict[str, tuple[str, ...]] = {}
    for name, facet in document().facets.items():
        values = [value for value in parameters.getlist(name) if value]
        if facet.kind == "range":
            values = _range(parameters, name) or values
        if facet.hierarchical:
            values = [path for value in values if (path := value.strip("/"))]
        if name == "category" and department:
            values = [department, *values]
        if values:
            filters[name] = tuple(dict.fromkeys(values))
    sort = parameters.get("sort", "")
    query = ShopQuery(
        parameters.get("q", "").strip(),
        parameters.get("picture", ""),
        filters,
        "" if sort == "relevance" else sort,
        spelling=parameters.get("spelling") != "off",
        personal=parameters.get("personal") != "off",
        plain=tuple(dict.fromkeys(name for name in parameters.getlist("plain") if name in document().facets)),
        examples=tuple(
            (name, value.strip())
            for name in EXAMPLES
            for value in dict.fromkeys(parameters.getlist(name))
            if value.strip()
        ),
    )
    return query.at(_page(parameters.get("page", "") or "1"))


def _example(name: str, value: str) -> Example:
    weight = 1.0 if name in ("like", "more") else -1.0
    if name in PRODUCTS:
        return Example(product=value, weight=weight)
    return Example(words=value, weight=weight)


def asks_for_something(parameters: QueryDict) -> bool:
    """Whether an address holds anything that `read_query` would read."""
    known = {"q", "picture", "sort", "page", *EXAMPLES}
    for name, facet in document().facets.items():
        known |= {name, f"{name}_from", f"{name}_to"} if facet.kind == "range" else {name}
    return not known.isdisjoint(parameters)


def _range(parameters: QueryDict, name: str) -> list[str]:
    """The two fields of a from-to form as one value; a German comma is taken for a point."""
    low, high = (parameters.get(f"{name}_{end}", "").strip().replace(",", ".") for end in ("from", "to"))
    return [f"{low}..{high}"] if low or high else []


def _page(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) < 1:
        raise InvalidRequest("bad_page", "page", _("There is no page “%(page)s”.") % {"page": text[:20]})
    return int(text)
