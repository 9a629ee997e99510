"""The class a shop subclasses to describe its products; what is declared on it is collected in order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from django.apps import apps
from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django.utils.module_loading import import_string

from ..conf import product_model_name
from ..errors import ImproperDocument
from .fields import Column, Facet, Images, TagFacet, Text
from .scope import SearchScope


class ProductDocument:
    """One shop's description of a product: texts, pictures, facets, who may see it, what a hit shows.

    Subclass it, name the subclass in `PRODUCT_SEARCH["DOCUMENT"]`, and define `visible`: a document without it is a
    system-check error, so that drafts never leak by default.
    """

    texts: ClassVar[Mapping[str, Text]] = MappingProxyType({})
    pictures: ClassVar[Mapping[str, Images]] = MappingProxyType({})
    facets: ClassVar[Mapping[str, Facet]] = MappingProxyType({})

    #: Variants with the same value are one result; None shows every product by itself.
    group_by: ClassVar[Column | None] = None
    #: Languages whose texts are indexed, the shop's own first.
    languages: ClassVar[tuple[str, ...]] = ("en",)
    #: Order without a query; always ends in the primary key.
    browse_order: ClassVar[tuple[str | Combinable, ...]] = ("pk",)
    #: Orders that shoppers can choose, each written as `browse_order` is: {"-price": ("-price",)}.
    sorts: ClassVar[Mapping[str, tuple[str | Combinable, ...]]] = MappingProxyType({})
    #: Currencies and sales channels that a request may name; `visible` and `card` find them in the scope.
    currencies: ClassVar[tuple[str, ...]] = ()
    channels: ClassVar[tuple[str, ...]] = ()
    #: The shop's own serializer for hits in the place of `card`: a class of REST framework's, or its dotted path.
    hit_serializer: ClassVar[Any] = None
    #: For so many seconds caches may hand to others what nobody in particular was answered. Only for a shop in which
    #: everybody without a session sees the same at one address; 0 is never.
    public_seconds: ClassVar[int] = 0
    #: Lookup paths of models that only a function reads: their saves mark the product too.
    related: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared = {name: value for base in reversed(cls.__mro__) for name, value in vars(base).items()}
        cls.texts = MappingProxyType({n: v for n, v in declared.items() if isinstance(v, Text)})
        cls.pictures = MappingProxyType({n: v for n, v in declared.items() if isinstance(v, Images)})
        cls.facets = MappingProxyType({n: v for n, v in declared.items() if isinstance(v, Facet)})
        for name, facet in cls.facets.items():
            if isinstance(facet, TagFacet) and facet.attribute != name:
                raise ImproperDocument(
                    f'{cls.__qualname__}.{name} is TagFacet("{facet.attribute}"); a facet of tags is called as their '
                    f'attribute is: {facet.attribute} = TagFacet("{facet.attribute}").'
                )
        if "Meta" in vars(cls):
            cls._read_meta(vars(cls)["Meta"])

    @classmethod
    def _read_meta(cls, meta: type) -> None:
        known = (
            *("group_by", "languages", "browse_order", "sorts", "related"),
            *("currencies", "channels", "hit_serializer", "public_seconds"),
        )
        for option, value in vars(meta).items():
            if option.startswith("__"):
                continue
            if option not in known:
                raise ImproperDocument(
                    f"{cls.__qualname__}.Meta.{option} is unknown. Known options: {', '.join(known)}."
                )
            if option in ("languages", "related", "currencies", "channels") and isinstance(value, str):
                raise ImproperDocument(
                    f'{cls.__qualname__}.Meta.{option} is {value!r}; write a tuple: ("{value}",).'
                )
            if option == "hit_serializer" and cls.card is not ProductDocument.card:
                raise ImproperDocument(
                    f"{cls.__qualname__} has card() and Meta.hit_serializer; a hit shows what one of them says."
                )
            if option == "public_seconds" and (
                isinstance(value, bool) or not isinstance(value, int) or value < 0
            ):
                raise ImproperDocument(
                    f"{cls.__qualname__}.Meta.public_seconds is {value!r}; write whole seconds, or 0 for never."
                )
            if option == "sorts":
                value = _checked_sorts(cls.__qualname__, value)
            setattr(cls, option, value)

    @property
    def model(self) -> type[Model]:
        """The shop's product model."""
        return apps.get_model(product_model_name())

    def queryset(self) -> QuerySet[Any]:
        """Every product that can be indexed, visible or not; the default manager's unless overridden."""
        return self.model._default_manager.all()

    def visible(self, queryset: QuerySet[Any], scope: SearchScope) -> QuerySet[Any]:
        """The products `scope` may see. Workers, commands and evaluation have no `scope.request`."""
        raise ImproperDocument(
            f"{type(self).__qualname__} has no visible(self, queryset, scope); define it, so that drafts never leak: "
            "return queryset.filter(...) with what a shopper may see."
        )

    def card(self, product: Any, scope: SearchScope) -> dict[str, Any]:
        """What a hit shows, as JSON-serialisable values: a title, or what `Meta.hit_serializer` makes of it."""
        serializer = self.hit_serializer
        if serializer is None:
            return {"title": str(product)}
        if isinstance(serializer, str):
            serializer = import_string(serializer)
        return dict(serializer(product, context={"scope": scope, "request": scope.request}).data)

    def prepare(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The page's products with what `card` reads: add select_related and prefetch_related here."""
        return queryset

    def complements(self, products: Sequence[Any], scope: SearchScope) -> QuerySet[Any] | None:
        """What goes well with `products`, which `scope` sees: any products, for only visible ones in stock are shown.

        In the order that the queryset states by `order_by`, else what is most like `products` first. None: nobody says.
        """
        return None

    def product_sets(self) -> Mapping[str, QuerySet[Any]]:
        """Products that rules may speak of by a name: {"new this month": Product.objects.filter(...)}.

        Asked while searching, so it only builds querysets. Each is cut to what was found, and left out where it takes
        longer than 50 ms.
        """
        return {}

    def recently_viewed(self, scope: SearchScope) -> Sequence[Any] | None:
        """Keys of products that this shopper looked at, the latest first, for results in their taste; kept by the shop.

        None: this shopper does not want that, and what a page says of views is not looked at either.
        """
        return ()

    def merge(self, keep: Any, remove: Any) -> Any:
        """Make one of two products that are the same: what is worth keeping of `remove` goes into `keep`.

        Called in an open transaction, with both rows locked. Returns what `unmerge` needs to take it back, as
        JSON-serialisable values, or None where that can't be done.
        """
        raise ImproperDocument(
            f"{type(self).__qualname__} has no merge(self, keep, remove); define it, so that duplicates can be merged."
        )

    def unmerge(self, keep: Any, remove: Any, done: Any) -> None:
        """Take back a `merge` that returned `done`, in an open transaction, with both rows locked."""
        raise ImproperDocument(
            f"{type(self).__qualname__} has no unmerge(self, keep, remove, done); define it, or let merge return None."
        )

    @property
    def merges(self) -> bool:
        """Whether the shop says how two products become one."""
        return type(self).merge is not ProductDocument.merge

    def keep_tags(
        self, product: Any, tags: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]]
    ) -> None:
        """Keep in the shop's own fields the values that somebody accepted, by attribute; none takes them back.

        `before` has what was kept last: a field that holds anything else is the merchant's own, and is left alone.
        Called by a worker in an open transaction, with the product's row locked. What it raises is shown in the review,
        and it is called again later.
        """

    @property
    def keeps_tags(self) -> bool:
        """Whether the shop has fields of its own for what was decided."""
        return type(self).keep_tags is not ProductDocument.keep_tags

    def alt_texts(self, products: Sequence[Any], language: str) -> Mapping[str, str]:
        """The shop's own words for the pictures of products with the keys `products`, by the pictures' ids.

        For a picture that has some nothing is suggested, and they are never written over.
        """
        return {}

    def keep_alt_text(self, picture: str, language: str, words: str) -> None:
        """Keep in the shop's own field what somebody decided on for the picture of this id; "" takes it back.

        Called within the transaction of the decision: what it raises undoes that.
        """

    def audience(self, scope: SearchScope) -> str:
        """What tells answers of one shopper from another's in caches; a shop may return a price group instead."""
        return "" if scope.user is None else str(scope.user.pk)

    @classmethod
    def naming(cls) -> tuple[str, ...]:
        """The texts that say what a product is called: they weigh more than plain text, or the most of all."""
        most = max((text.weight for text in cls.texts.values()), default=1.0)
        return tuple(name for name, text in cls.texts.items() if text.weight > 1.0 or text.weight == most)

    @classmethod
    def declaration(cls) -> dict[str, Any]:
        """What decides the indexed texts, as JSON: a change here makes a new generation of texts."""
        return {
            "texts": {
                name: [_named(column) for column in text.columns()] or [_function(text)]
                for name, text in cls.texts.items()
            },
            "languages": list(cls.languages),
        }

    @classmethod
    def digest(cls) -> str:
        """Hex SHA-256 of the declaration. Weights are not in it: they belong to the query."""
        return hashlib.sha256(json.dumps(cls.declaration(), sort_keys=True).encode()).hexdigest()


def _checked_sorts(document: str, sorts: Any) -> Mapping[str, tuple[str | Combinable, ...]]:
    for name, terms in sorts.items():
        if not isinstance(terms, tuple):
            raise ImproperDocument(
                f'{document}.Meta.sorts["{name}"] is {terms!r}; write a tuple: ("{name}",).'
            )
    if "relevance" in sorts:
        raise ImproperDocument(
            f'{document}.Meta.sorts has "relevance", which is the order without a sort; name it otherwise.'
        )
    return MappingProxyType(dict(sorts))


def _named(column: Column) -> str:
    return column if isinstance(column, str) else repr(column)


def _function(text: Text) -> str:
    reader = text.reader
    return f"function {getattr(reader, '__qualname__', repr(type(reader).__qualname__))}"
