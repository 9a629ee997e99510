"""What is known for sure of products, by language: titles, categories, values of facets and of accepted tags.

The shop's own facet comes before tags of its name, and what somebody rejected is never said. Sizes, counts, numbers and
prices are nothing that a picture shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..documents import Facet, SearchScope, document, visible_products
from ..documents.facet_values import facet_label, facet_value
from ..documents.reading import ProductContent
from ..models import AttributeValue, Tag, TagState
from ..models.attribute import in_language
from ..tagging.guessable import is_guessable
from ..tagging.reading import category_facet
from ..tagging.said import title_fields

#: Values of one facet that are said of a product, such as the collections it is in.
MOST_VALUES = 4


@dataclass(frozen=True)
class Said:
    """A product's title, its category's name and values such as its colour, in one language; "" or () if unknown."""

    title: str = ""
    category: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Value:
    """A value of a facet or of an attribute, as it is filtered by and as people call it."""

    of: str
    value: str
    label: str


def said_of(contents: Mapping[Any, ProductContent], *, using: str) -> dict[Any, dict[str, Said]]:
    """By product and language, what is said of `contents`; a language in which shoppers don't see it is absent.

    What falls back to the first language is said there alone. The number of statements does not depend on how many.
    """
    shop, keys = document(), list(contents)
    found: dict[Any, dict[str, Said]] = defaultdict(dict)
    tags = _Tags(keys, using=using)
    categories = category_facet()
    for language in shop.languages:
        scope = SearchScope(language=language)
        seen = set(visible_products(scope).filter(pk__in=keys).values_list("pk", flat=True))
        of_category: dict[Any, list[_Value]] = {}
        values: dict[Any, list[_Value]] = defaultdict(list)
        for name, facet in _telling_facets():
            told = _in_facet(name, facet, keys, language, using=using)
            if categories is not None and name == categories[0]:
                of_category = told
                continue
            for key, those in told.items():
                values[key] += tags.unless_rejected(key, those)
        for key in keys:
            if key not in seen:
                continue
            own = values.get(key, [])
            own = [*own, *tags.accepted(key, language, {each.of for each in own})]
            first = next(iter(tags.unless_rejected(key, of_category.get(key, []))), None)
            found[key][language] = Said(
                _title(contents[key], language),
                "" if first is None else first.label,
                tuple(dict.fromkeys(each.label for each in own if is_guessable(each.label))),
            )
    for by_language in found.values():
        _without_repeats(by_language, shop.languages[0])
    return dict(found)


def category_values(keys: Sequence[Any], *, using: str) -> dict[Any, str]:
    """The value of the shop's category facet of each product that has one: what is alike stands in one category."""
    found = category_facet()
    if found is None:
        return {}
    told = _in_facet(*found, keys, document().languages[0], using=using)
    return {key: values[0].value for key, values in told.items()}


def _title(content: ProductContent, language: str) -> str:
    texts = content.texts.get(language, {})
    return next((clean for name in title_fields() if (clean := _clean(texts.get(name, "")))), "")


def _telling_facets() -> Iterator[tuple[str, Facet]]:
    for name, facet in document().facets.items():
        if not facet.is_tag and facet.kind == "value" and facet.meaning(name) is None:
            yield name, facet


def _in_facet(
    name: str, facet: Facet, keys: Sequence[Any], language: str, *, using: str
) -> dict[Any, list[_Value]]:
    shop = document()
    products = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
    rows: Any = products.annotate(ps_value=facet_value(shop, facet)).values_list("pk", "ps_value")
    label = facet_label(facet, language)
    if label is not None:
        rows = products.annotate(ps_value=facet_value(shop, facet), ps_label=label).values_list(
            "pk", "ps_value", "ps_label"
        )
    found: dict[Any, list[_Value]] = defaultdict(list)
    for key, value, *labels in rows.order_by("pk", "ps_value").distinct():
        if value and len(found[key]) < MOST_VALUES:
            words = _clean((labels[0] if labels else "") or value.rpartition("/")[2])
            found[key].append(_Value(name, value, words))
    return {key: values for key, values in found.items() if values}


class _Tags:
    """What somebody decided of the products' tags."""

    def __init__(self, keys: Sequence[Any], *, using: str) -> None:
        rows = Tag.objects.using(using).filter(product__in=list(keys)).exclude(state=TagState.SUGGESTED)
        self._accepted: dict[Any, list[tuple[str, str]]] = defaultdict(list)
        self._rejected: dict[Any, set[tuple[str, str]]] = defaultdict(set)
        for key, attribute, value, state in rows.order_by("attribute", "value").values_list(
            "product", "attribute", "value", "state"
        ):
            if state == TagState.ACCEPTED:
                self._accepted[key].append((attribute, value))
            else:
                self._rejected[key].add((attribute, value.casefold()))
        named = {each for those in self._accepted.values() for each in those}
        known = AttributeValue.objects.using(using).filter(
            attribute__name__in={attribute for attribute, _ in named}, value__in={value for _, value in named}
        )
        self._words = {(each.attribute.name, each.value): each for each in known.select_related("attribute")}

    def accepted(self, key: Any, language: str, besides: set[str]) -> Iterator[_Value]:
        """The accepted values that have words in `language`, of attributes that are not among `besides`."""
        for attribute, value in self._accepted.get(key, ()):
            if attribute not in besides and (words := self._said(attribute, value, language)):
                yield _Value(attribute, value, words)

    def unless_rejected(self, key: Any, values: Sequence[_Value]) -> list[_Value]:
        """Those of `values` that nobody rejected, by their value or by their words."""
        rejected = self._rejected.get(key, set())
        return [
            each
            for each in values
            if not {(each.of, each.value.casefold()), (each.of, each.label.casefold())} & rejected
        ]

    def _said(self, attribute: str, value: str, language: str) -> str:
        first = language == document().languages[0]
        known = self._words.get((attribute, value))
        if known is None:  # the vocabulary forgot it, the decision stands
            return _clean(value.rpartition("/")[2]) if first else ""
        return _clean(in_language(known.translations, language) or (known.said if first else ""))


def _without_repeats(by_language: dict[str, Said], first: str) -> None:
    """What another language has from the first, for want of a translation, is not said in it."""
    own = by_language.get(first)
    for language, said in by_language.items():
        if own is not None and language != first:
            title = "" if said.title == own.title else said.title
            category = "" if said.category == own.category else said.category
            by_language[language] = Said(title, category, said.values if title or category else ())


def _clean(text: str) -> str:
    """One line, without the NUL that no file of ours should hold."""
    return " ".join(text.replace("\x00", "").split())
