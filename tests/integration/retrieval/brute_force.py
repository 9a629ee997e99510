"""What a search must find and count, worked out over plain rows by numpy and loops: nothing here asks `retrieval`."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np

from catalog.models import Product
from product_search.models import PictureVector, Tag, Text, TextVector
from product_search.text import terms

from .shelf import CURVE, leaning

FLOOR, TEXT_SHARE = 0.5, 0.25
Row = dict[str, Any]
#: What the words of a query may be names of, as a shopper reads them off the shop.
NAMES = {
    "nord": ("brand", "nord"),
    "sol": ("brand", "sol"),
    "mug": ("category", "kitchen/mugs"),
    "hat": ("category", "wear/hats"),
}


def exported() -> list[Row]:
    """What is for sale, with the stored terms and vectors, as plain rows."""
    texts = {text.product: list(text.fields.values()) for text in Text.objects.filter(language="en")}
    words = {text.product: text.terms for text in Text.objects.filter(language="en")}
    titles = dict(TextVector.objects.filter(language="en").values_list("product", "vector"))
    pictures: dict[Any, list[Any]] = defaultdict(list)
    for key, vector in PictureVector.objects.values_list("product", "vector"):
        pictures[key].append(vector)
    tags: dict[Any, list[Tag]] = defaultdict(list)
    for tag in Tag.objects.all():
        tags[tag.product].append(tag)
    every_term = [set(found) for found in words.values()]
    return [
        {
            "key": product.pk,
            "group": product.parent_id or product.pk,
            "terms": set(words[product.pk]),
            "fields": texts[product.pk],
            "all_terms": every_term,
            "title": titles.get(product.pk),
            "pictures": pictures[product.pk],
            "category": product.category.path if product.category else "",
            "brand": product.brand.slug if product.brand else "",
            "collection": {collection.slug for collection in product.collections.all()},
            "price": product.price,
            "in_stock": "true" if product.stock is None or product.stock > 0 else "false",
            "style": {
                tag.value for tag in tags[product.pk] if (tag.attribute, tag.state) == ("style", "accepted")
            },
            "mood": {
                tag.value for tag in tags[product.pk] if tag.attribute == "mood" and tag.state != "rejected"
            },
        }
        for product in Product.objects.filter(published=True)
    ]


def unsaid(words: list[str], rows: list[Row]) -> set[str]:
    """Those of `words` that nothing for sale has."""
    said = set().union(*(row["terms"] for row in rows))
    return {word for word in words if not set(terms(word, "en")) <= said}


def is_name(word: str) -> bool:
    """Whether something for sale has a value of this name."""
    facet, value = NAMES.get(word, ("", ""))
    if facet == "brand":
        return Product.objects.filter(published=True, brand__slug=value).exists()
    return bool(facet) and Product.objects.filter(published=True, category__path=value).exists()


def belongs(row: Row, q: str, with_statistics: bool, foreign: set[str], text: str) -> bool:
    if not q:
        return True
    asked = set(terms(q, "en"))
    if asked <= row["terms"]:
        return True
    strange = {term for word in foreign for term in terms(word, "en")} & asked
    # How often products say a word that can't be seen counts for nothing.
    texts = [text - strange for text in row["all_terms"]]
    weights = {term: inverse_frequency(term, texts) if with_statistics else 1.0 for term in asked}
    share = sum(weights[term] for term in asked & row["terms"]) / sum(weights.values())
    text_value, picture_value = seen_with(np.array(leaning(0, 1.0)), row)
    if text_value is None and picture_value is None:
        return share >= FLOOR
    known = [
        (value, part)
        for value, part in ((text_value, TEXT_SHARE), (picture_value, 1 - TEXT_SHARE))
        if value is not None
    ]
    seen = sum(value * part for value, part in known) / sum(part for _, part in known)
    if picture_value is not None:
        seen = max(seen, picture_value)  # a title may add to what pictures show, and never takes away
    covered = (
        share + max(1 - share - sum(weights[term] for term in strange) / sum(weights.values()), 0) * seen
    )
    for term in strange:
        # A word that is the whole query lies where the query does; any other, far from everything.
        alone = seen_with(np.array(leaning(0 if text == term else 6, 1.0)), row)
        both = [
            (value, part)
            for value, part in zip(alone, (TEXT_SHARE, 1 - TEXT_SHARE), strict=True)
            if value is not None
        ]
        agreed = math.prod(value**part for value, part in both) ** (1 / sum(part for _, part in both))
        covered += weights[term] / sum(weights.values()) * min(seen, agreed)
    return max(share, min(seen, covered)) >= FLOOR


def seen_with(query: Any, row: Row) -> tuple[float | None, float | None]:
    """What a query's vector says of a product's title and of the best of its pictures."""
    title = None if row["title"] is None else curve(float(np.dot(query, row["title"])))
    pictures = [curve(float(np.dot(query, vector))) for vector in row["pictures"]]
    return title, max(pictures, default=None)


def inverse_frequency(term: str, texts: list[set[str]]) -> float:
    having = sum(term in text for text in texts)
    return math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))


def curve(cosine: float) -> float:
    return 1 / (1 + math.exp(-(cosine - CURVE["midpoint"]) / CURVE["scale"]))


def passes(row: Row, chosen: dict[str, tuple[str, ...]]) -> bool:
    for name, values in chosen.items():
        if name == "price":
            low, high = (Decimal(side) if side else None for side in values[0].split(".."))
            price = row["price"]
            if price is None or (low is not None and price < low) or (high is not None and price > high):
                return False
        elif name == "category":
            if not any(
                row["category"] == value or row["category"].startswith(value + "/") for value in values
            ):
                return False
        elif name in ("collection", "mood"):
            if not row[name] & set(values):
                return False
        elif name == "style":
            if not any(
                own == value or own.startswith(f"{value}/") for own in row["style"] for value in values
            ):
                return False
        elif row[name] not in values:
            return False
    return True


def meets(row: Row, where: tuple[tuple[str, ...], ...]) -> bool:
    """Whether of each clause one literal is so: `facet:value`, or of `-facet:value` the opposite."""
    return all(any(_is(row, text) for text in clause) for clause in where)


def _is(row: Row, text: str) -> bool:
    name, value = text.removeprefix("-").split(":")
    return passes(row, {name: (value,)}) is not text.startswith("-")


def count(rows: list[Row], name: str) -> dict[str, int]:
    groups: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if name == "category":
            steps = row["category"].split("/") if row["category"] else []
            values = {"/".join(steps[: depth + 1]) for depth in range(len(steps))}
        elif name in ("collection", "mood"):
            values = row[name]
        elif name == "style":
            values = {branch for own in row["style"] for branch in (own, own.partition("/")[0])}
        else:
            values = {row[name]} - {""}
        for value in values:
            groups[value].add(row["group"])
    return {value: len(found) for value, found in groups.items()}
