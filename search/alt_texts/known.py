"""What is known of products for sure, or as surely as was promised: nothing else may be said of their pictures.

The shop's own facet comes before accepted tags, and these before suggested ones; what a title says otherwise silences
a suggestion. Sizes, counts and prices are nothing that one sees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from ..documents import ProductDocument, document
from ..documents.facet_values import branch_labels, facet_value
from ..models import Attribute, AttributeValue, Choice, Generation, Tag, TagState, Text
from ..models.attribute import in_language
from ..tagging.heads import may_be_guessed
from ..tagging.reading import category_facet
from ..tagging.said import said_by_texts, title_fields
from .wording import Fact

#: Values of one attribute, by product.
Values = Mapping[Any, tuple[AttributeValue, ...]]


@dataclass(frozen=True)
class Known:
    """Of a page of products: titles and categories by (product, language), and what each attribute's values are."""

    titles: Mapping[tuple[Any, str], str]
    categories: Mapping[tuple[Any, str], str]
    values: Sequence[Values]

    def facts(self, key: Any, language: str) -> list[Fact]:
        """What may be said of a product in `language`, the attributes in their order.

        A value that has no words in it is left out. Where no attribute says anything, its category does.
        """
        first = document().languages[0]
        found = []
        for values in self.values:
            for value in values.get(key, ()):
                if words := _words(value, language, first):
                    found.append(Fact(words, value.said))
        if not found and (category := self.categories.get((key, language))):
            found.append(Fact(category, self.categories.get((key, first)) or category))
        return found


def _words(value: AttributeValue, language: str, first: str) -> str:
    return in_language(value.translations, language) or (value.said if language == first else "")


def known_of(
    keys: Sequence[Any], attributes: Sequence[Attribute], generation: Generation, *, using: str
) -> Known:
    """What is known of `keys` by what is stored, in a number of statements that does not depend on how many."""
    tagged = _tagged(keys, using=using)
    values = [
        _values_of(attribute, keys, tagged.get(attribute.name, {}), generation, using=using)
        for attribute in attributes
    ]
    return Known(_titles(keys, generation, using=using), _categories(keys, using=using), values)


@dataclass(frozen=True)
class _Worded:
    """An attribute with those of its values that a picture may show, as texts say them."""

    attribute: Attribute
    values: tuple[AttributeValue, ...]


def _values_of(
    attribute: Attribute,
    keys: Sequence[Any],
    tagged: Mapping[Any, Mapping[str, str]],
    generation: Generation,
    *,
    using: str,
) -> Values:
    shown = tuple(value for value in attribute.values.all() if may_be_guessed(attribute, value))
    by_name = {value.value: value for value in shown}
    found: dict[Any, tuple[AttributeValue, ...]] = dict(_in_facet(attribute, shown, keys, using=using))
    unsure = []
    for key in keys:
        states = {value: state for value, state in tagged.get(key, {}).items() if value in by_name}
        accepted = [value for value, state in states.items() if state == TagState.ACCEPTED]
        single = attribute.choice == Choice.SINGLE
        if key in found or not states:
            continue
        if not (single and accepted) and len(accepted) < len(states):
            unsure.append(key)
        chosen = accepted if single and accepted else list(states)
        if not (single and len(chosen) > 1):
            found[key] = tuple(value for value in shown if value.value in chosen)
    if unsure and attribute.choice == Choice.SINGLE:
        titles = said_by_texts(
            _Worded(attribute, shown), unsure, generation, using=using, fields=title_fields()
        )
        for key, places in titles.items():
            said = {shown[place].value for place in places}
            if not all(_agree(value.value, other) for value in found.get(key, ()) for other in said):
                found.pop(key, None)
    return found


def _agree(value: str, other: str) -> bool:
    """Whether both can be true of one product: one stands above the other in a hierarchy, or they are the same."""
    return value == other or value.startswith(f"{other}/") or other.startswith(f"{value}/")


def _tagged(keys: Sequence[Any], *, using: str) -> dict[str, dict[Any, dict[str, str]]]:
    """By attribute and product, the values that are accepted or suggested, with their state."""
    rows = Tag.objects.using(using).filter(product__in=list(keys)).exclude(state=TagState.REJECTED)
    found: dict[str, dict[Any, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for product, attribute, value, state in rows.values_list("product", "attribute", "value", "state"):
        found[attribute][product][value] = state
    return found


def _in_facet(
    attribute: Attribute, values: Sequence[AttributeValue], keys: Sequence[Any], *, using: str
) -> Values:
    """By the shop's own facet of the attribute's name; a product without a value there is absent."""
    shop = document()
    facet = shop.facets.get(attribute.name)
    if facet is None or facet.is_tag or facet.kind != "value":
        return {}
    places = {value.said.casefold(): value for value in values}
    places |= {value.value.casefold(): value for value in values}
    products = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
    found: dict[Any, list[AttributeValue]] = defaultdict(list)
    for key, value in products.annotate(ps_value=facet_value(shop, facet)).values_list("pk", "ps_value"):
        if value and value.casefold() in places:
            found[key].append(places[value.casefold()])
    return {key: tuple(dict.fromkeys(those)) for key, those in found.items()}


def _titles(keys: Sequence[Any], generation: Generation, *, using: str) -> dict[tuple[Any, str], str]:
    (name, *_) = title_fields() or [""]
    rows = Text.objects.using(using).filter(generation=generation, product__in=list(keys))
    return {
        (product, language): str(fields.get(name, ""))
        for product, language, fields in rows.values_list("product", "language", "fields")
    }


def _categories(keys: Sequence[Any], *, using: str) -> dict[tuple[Any, str], str]:
    """What people call the category of each product that has one, by product and language."""
    shop, category = document(), category_facet()
    if category is None:
        return {}
    _, facet = category
    products = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
    rows = [
        (key, value)
        for key, value in products.annotate(ps_value=facet_value(shop, facet)).values_list("pk", "ps_value")
        if value
    ]
    found: dict[tuple[Any, str], str] = {}
    for language in shop.languages:
        labels = _labels(shop, facet, {value for _, value in rows}, language, using=using)
        found |= {(key, language): labels[value] for key, value in rows if labels.get(value)}
    return found


def _labels(
    shop: ProductDocument, facet: Any, values: set[str], language: str, *, using: str
) -> Mapping[str, str]:
    with translation.override(language):
        return branch_labels(shop, facet, values, language, using=using)
