"""What a shop may declare of its products: texts, pictures, facets. Declarations hold data; others read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import F, Q
from django.db.models.expressions import Combinable

from ..errors import ImproperDocument

Expression = Combinable | Q
#: A field path from the product (`brand__name`), or an ORM expression.
Column = str | Expression
#: `(document, product) -> text`, called once for each language inside `translation.override`.
Reader = Callable[[Any, Any], str]
FacetKind = Literal["value", "range", "boolean"]
#: What a facet is about: three that a shopper may set by writing ("under 20", "size 42", "set of 4"), and whether there
#: is any of it to buy.
Meaning = Literal["price", "size", "count", "stock"]


class Translated:
    """One text in several languages: `Translated("name", de="name_de")`.

    The first argument is the column of the document's first language; a language that has no column, or an empty
    value in its column, falls back to it.
    """

    def __init__(self, default: Column, **columns: Column) -> None:
        self.default = default
        self.columns = columns

    def column(self, language: str) -> Column:
        """The column that holds `language` (`de-at` falls back to `de`, then to the default)."""
        return self.columns.get(language) or self.columns.get(language.split("-")[0]) or self.default

    def every_column(self) -> tuple[Column, ...]:
        return (self.default, *self.columns.values())


@dataclass(frozen=True, eq=False)
class Text:
    """A text that is searched by words and by meaning; `weight` is its share in keyword scores (BM25F)."""

    source: Column | Translated | Reader
    weight: float = 1.0

    def columns(self) -> tuple[Column, ...]:
        """Every column it reads; none when a function reads it."""
        if isinstance(self.source, Translated):
            return self.source.every_column()
        if isinstance(self.source, str | Combinable | Q):
            return (self.source,)
        return ()

    @property
    def reader(self) -> Reader | None:
        """The function that reads it, when it is no column."""
        if isinstance(self.source, str | Combinable | Q | Translated):
            return None
        return self.source


@dataclass(frozen=True, eq=False)
class Images:
    """The product's pictures: a relation whose rows hold a file or an address, or such a field of the product itself.

    `Images("images", file="image", order_by="position")`; a row's primary key is the picture's stable id.
    `Images("photo")` names a file field of the product; its only picture has the id `photo`.
    `Images("photos", url="address")` and `Images("photo_url")` name a column of addresses, fetched as docs/pictures.md
    says. The ids of a second and further `Images` of a document begin with its name: `covers:7`.
    """

    relation: str
    file: str = ""
    order_by: str = ""
    url: str = ""

    @property
    def file_path(self) -> str:
        """Lookup path from the product to the stored file name or address."""
        return f"{self.relation}__{self.column}" if self.column else self.relation

    @property
    def column(self) -> str:
        """The column of a row that names its file or address; empty for a field of the product."""
        return self.file or self.url

    @property
    def key_path(self) -> str:
        """Lookup path from the product to the picture's stable id; empty for a file field of the product."""
        return f"{self.relation}__pk" if self.column else ""

    @property
    def order_path(self) -> str:
        """Lookup path of the order among a product's pictures; empty when they come by primary key."""
        return f"{self.relation}__{self.order_by}" if self.column and self.order_by else ""


@dataclass(frozen=True, eq=False)
class Videos(Images):
    """The product's videos, declared as `Images` are; each gives a few key frames that are found like pictures.

    `Videos("videos", file="file", order_by="position")`. Its first frame has the id of the video, `videos:7`, the next
    ones `videos:7@1` and so on; a hit says at which second its frame is. Needs the extra `video` where it is indexed.
    """


@dataclass(frozen=True, eq=False)
class Facet:
    """Something shoppers filter by and see counted, read from the shop's live tables at each search.

    `kind` is "value", "range" (numbers) or, from a `Q`, "boolean". `hierarchical` values are paths such as
    `kitchen/mugs`; choosing `kitchen` takes the whole branch. `label` names a value for people, in their language.

    `means` says what it is, so that it can be set by words: "price" ("under 20"), "size" ("size 42") or "count" ("set
    of 4"). "stock" says of a `Q` that it is true of what can be bought: nothing else is recommended. Without it, a
    facet that is called `price`, `size` or `in_stock` is taken for one.
    """

    source: Column
    label: Column | Translated | None = None
    kind: FacetKind = "value"
    hierarchical: bool = False
    means: Meaning | None = None

    def __post_init__(self) -> None:
        if isinstance(self.source, Q):
            object.__setattr__(self, "kind", "boolean")
        if self.means == "stock" and self.kind != "boolean":
            raise ImproperDocument(
                f'A facet of kind "{self.kind}" can\'t mean stock; write a condition: Facet(Q(...), means="stock").'
            )
        if self.means not in (None, "stock") and (
            self.kind == "boolean" or (self.means == "price" and self.kind == "value")
        ):
            raise ImproperDocument(
                f'A facet of kind "{self.kind}" can\'t mean a {self.means}; write kind="range", or leave `means` out.'
            )

    @property
    def is_tag(self) -> bool:
        """Whether its values are tags of products, and no column of the shop's."""
        return False

    def meaning(self, name: str) -> Meaning | None:
        """What it is about, called `name` by its document."""
        if self.means is not None:
            return self.means
        if name == "in_stock" and self.kind == "boolean":
            return "stock"
        if name == "price" and self.kind == "range":
            return "price"
        return "size" if name == "size" and self.kind != "boolean" else None

    @property
    def expression(self) -> Combinable | Q:
        """The value as an ORM expression, to annotate with."""
        return F(self.source) if isinstance(self.source, str) else self.source


class TagFacet(Facet):
    """Tags as a facet: `colour = TagFacet("colour")` filters by and counts the accepted tags of the attribute `colour`.

    With `suggested` those count too that nobody decided on yet, which are right as often as their attribute promises.
    The shop needs no column for it. `hierarchical` as for any facet; values are called as the vocabulary says.
    """

    def __init__(self, attribute: str, *, suggested: bool = False, hierarchical: bool = False) -> None:
        super().__init__(attribute, hierarchical=hierarchical)
        object.__setattr__(self, "attribute", attribute)
        object.__setattr__(self, "suggested", suggested)

    attribute: str
    suggested: bool

    @property
    def is_tag(self) -> bool:
        return True

    def meaning(self, name: str) -> Meaning | None:
        """None: words name its values."""
        return None
