"""Totals, facets, groups and pages against numpy over exported rows; `retrieval` computes nothing expected here."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.models import PictureVector, Text, TextVector
from product_search.retrieval import SearchAnswer, SearchRequest, candidates, search
from product_search.text import terms

from .shelf import CURVE, Shelf, leaning
from .spreading import spread

FLOOR, TEXT_SHARE = 0.5, 0.25
WORDS = ("red", "blue", "mug", "hat")
#: None of them lies where rounding to half precision could decide.
COSINES = (0.1, 0.35, 0.55, 0.62, 0.8)
Row = dict[str, Any]
#: What the words of a query may be names of, as a shopper reads them off the shop.
NAMES = {
    "nord": ("brand", "nord"),
    "sol": ("brand", "sol"),
    "mug": ("category", "kitchen/mugs"),
    "hat": ("category", "wear/hats"),
}

products = st.lists(
    st.fixed_dictionaries(
        {
            "words": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
            "title": st.none() | st.sampled_from(COSINES),
            "pictures": st.lists(st.sampled_from(COSINES), max_size=2),
            "category": st.sampled_from(["", "kitchen", "kitchen/mugs", "kitchenware", "wear/hats"]),
            "brand": st.sampled_from(["", "nord", "sol"]),
            "collections": st.sets(st.sampled_from(["gifts", "new", "sale"])),
            "price": st.sampled_from([None, 5, 10, 20, Decimal("7.95"), 19, 480]),
            "stock": st.sampled_from([None, 0, 3]),
            "published": st.sampled_from([True, True, True, False]),
            "parent": st.none() | st.integers(0, 5),
        }
    ),
    max_size=14,
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from([("kitchen",), ("kitchen/mugs", "wear"), ("wear",)]),
        "brand": st.sampled_from([("nord",), ("nord", "sol"), ("nobody",)]),
        "collection": st.sampled_from([("gifts",), ("new", "sale")]),
        "price": st.sampled_from([("..10",), ("6..",), ("5..10",)]),
        "in_stock": st.sampled_from([("true",), ("false",), ("true", "false")]),
    },
)


class _RolledBack(Exception):
    pass


@pytest.mark.parametrize("counted", [True, False], ids=["with word statistics, as if very large", "without"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=products,
    chosen=filters,
    q=st.lists(st.sampled_from(WORDS), max_size=3, unique=True),
    per_page=st.integers(1, 5),
)
def test_everything_counted_equals_brute_force(
    shelf_factory: Any,
    monkeypatch: pytest.MonkeyPatch,
    counted: bool,
    made: list[Row],
    chosen: dict[str, tuple[str, ...]],
    q: list[str],
    per_page: int,
) -> None:
    if counted:  # a large shop looks which products are visible when it counts them
        monkeypatch.setattr(candidates, "_mostly_visible", lambda *_: True)
    try:
        with transaction.atomic():
            shelf = shelf_factory()
            shelf.encoder.texts[" ".join(q)] = leaning(0, 1.0)
            fill(shelf, made)
            if counted and made:
                shelf.count_words()
            compare(" ".join(q), chosen, per_page, with_statistics=counted)
            raise _RolledBack
    except _RolledBack:
        pass


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=products.map(lambda made: [tidy(row) if number % 3 else row for number, row in enumerate(made)]),
    chosen=filters,
    q=st.lists(st.sampled_from((*WORDS, "nord", "sol")), min_size=2, max_size=3, unique=True),
    excluded=st.none() | st.sampled_from(WORDS),
    most=st.none() | st.sampled_from([6, 15]),
    per_page=st.integers(1, 5),
)
def test_what_is_understood_is_counted_like_what_is_chosen(
    shelf_factory: Any,
    made: list[Row],
    chosen: dict[str, tuple[str, ...]],
    q: list[str],
    excluded: str | None,
    most: int | None,
    per_page: int,
) -> None:
    try:
        with transaction.atomic():
            shelf = shelf_factory()
            # An encoder is given each word in the form that most of the shop's texts have: a category is "Mugs".
            forms = itertools.product(*((word, f"{word}s") for word in q))
            shelf.encoder.texts.update({" ".join(words): leaning(0, 1.0) for words in forms})
            fill(shelf, made)
            if made:
                shelf.gather_words()
            rows = exported()
            understood = dict(named(q, rows, excluded, chosen))
            event(f"names: {len(understood)}")
            left = words_left(q, understood, rows)
            foreign = unsaid(left, rows) - {word for word in q if is_name(word)}
            if most is not None and "price" not in chosen:
                understood["price"] = f"..{most}"
            written = " ".join(q) + f" -{excluded}" * bool(excluded) + f" under {most}" * bool(most)
            rows = [row for row in rows if excluded is None or not set(terms(excluded, "en")) & row["terms"]]
            rows = [row for row in rows if belongs(row, " ".join(left), bool(made), foreign, " ".join(q))]
            everything = {**{name: (value,) for name, value in understood.items()}, **chosen}
            answer = ask(written, chosen, 1, per_page)
            assert {
                each.facet: each.value for each in answer.understood if each.kind == "filter"
            } == understood
            assert answer.total == len({row["group"] for row in rows if passes(row, everything)})
            for name in ("category", "brand", "collection", "in_stock"):
                others = {facet: values for facet, values in everything.items() if facet != name}
                assert counted_in(answer, name) == count(
                    [row for row in rows if passes(row, others)], name
                ), name
            raise _RolledBack
    except _RolledBack:
        pass


def tidy(row: Row) -> Row:
    """The product with the word of its category and no other's, as most shops have them."""
    kind = {"kitchen/mugs": ["mug"], "wear/hats": ["hat"]}.get(row["category"], [])
    return row | {"words": ["wool", *(word for word in row["words"] if word not in NAMES), *kind]}


def named(
    q: list[str], rows: list[Row], excluded: str | None, chosen: dict[str, tuple[str, ...]]
) -> dict[str, str]:
    """The filters that the words of `q` are the names of: none that would hide a product with all the words."""
    found: dict[str, str] = {}
    left = list(q)
    for word in q if not any(exactly(q, row) for row in rows) else ():
        facet, value = NAMES.get(word, ("", ""))
        if not facet or facet in chosen or facet in found:
            continue
        inside = [row for row in rows if passes(row, {facet: (value,)})]
        others = [other for other in left if other != word]
        complete = [row for row in rows if has(row, q)]
        if others:
            fits = any(has(row, others) for row in inside) and all(row in inside for row in complete)
        else:
            fits = bool(inside) and not complete
        if fits:
            found[facet], left = value, others
    return found


def words_left(q: list[str], understood: dict[str, str], rows: list[Row]) -> list[str]:
    """The words of `q` that count as words: a name does where a product of that name has it, beside other words."""
    names = {word for word in q if NAMES.get(word) in understood.items()}
    if len(names) == len(q):
        return []
    written = {
        word
        for word in names
        if any(has(row, [word]) and passes(row, {NAMES[word][0]: (NAMES[word][1],)}) for row in rows)
    }
    return [word for word in q if word not in names or word in written]


def has(row: Row, words: list[str]) -> bool:
    """Whether the texts of a product have all of `words`."""
    return set(terms(" ".join(words), "en")) <= row["terms"]


def exactly(q: list[str], row: Row) -> bool:
    """Whether one of its fields is just the query."""
    return any(sorted(terms(text, "en")) == sorted(terms(" ".join(q), "en")) for text in row["fields"])


def fill(shelf: Shelf, made: list[Row]) -> None:
    rows: list[Product] = []
    for number, row in enumerate(made):
        parent = row["parent"]
        rows.append(
            shelf.product(
                " ".join(row["words"]),
                title_vector=None if row["title"] is None else leaning(0, row["title"]),
                pictures={f"{number}-{at}": leaning(0, cosine) for at, cosine in enumerate(row["pictures"])},
                category=row["category"],
                brand=row["brand"],
                collections=sorted(row["collections"]),
                price=row["price"],
                stock=row["stock"],
                published=row["published"],
                parent=rows[parent] if parent is not None and parent < len(rows) else None,
            )
        )


def compare(q: str, chosen: dict[str, tuple[str, ...]], per_page: int, *, with_statistics: bool) -> None:
    rows = exported()
    foreign = unsaid(q.split(), rows)
    rows = [row for row in rows if belongs(row, q, with_statistics, foreign, q)]
    hit_rows = [row for row in rows if passes(row, chosen)]
    answer = ask(q, chosen, 1, per_page)
    groups = {row["group"] for row in hit_rows}
    assert answer.total == len(groups)
    assert answer.relation == "eq"
    assert answer.pages == math.ceil(len(groups) / per_page)
    keys = [hit.key for page in range(1, answer.pages + 1) for hit in ask(q, chosen, page, per_page).hits]
    group_of = {row["key"]: row["group"] for row in hit_rows}
    assert sorted(group_of[key] for key in keys) == sorted(
        groups
    )  # a hit that passes no filter is a KeyError
    for name in ("category", "brand", "collection", "in_stock"):
        lifted = [row for row in rows if passes(row, {n: v for n, v in chosen.items() if n != name})]
        assert counted_in(answer, name) == count(lifted, name), name
    lifted = [row for row in rows if passes(row, {n: v for n, v in chosen.items() if n != "price"})]
    prices = [row["price"] for row in lifted if row["price"] is not None]
    (price,) = (facet for facet in answer.facets if facet.name == "price")
    assert (price.low, price.high) == ((min(prices), max(prices)) if prices else (None, None))
    assert [(bucket.low, bucket.high, bucket.count) for bucket in price.buckets] == spread(lifted)


def ask(q: str, chosen: dict[str, tuple[str, ...]], page: int, per_page: int) -> SearchAnswer:
    return search(SearchRequest(q, filters=chosen, page=page, per_page=per_page), SearchScope(language="en"))


def counted_in(answer: SearchAnswer, name: str) -> dict[str, int]:
    (facet,) = (facet for facet in answer.facets if facet.name == name)
    return {value.value: value.count for value in facet.values if value.count}


def exported() -> list[Row]:
    """What is for sale, with the stored terms and vectors, as plain rows."""
    texts = {text.product: list(text.fields.values()) for text in Text.objects.filter(language="en")}
    words = {text.product: text.terms for text in Text.objects.filter(language="en")}
    titles = dict(TextVector.objects.filter(language="en").values_list("product", "vector"))
    pictures: dict[Any, list[Any]] = defaultdict(list)
    for key, vector in PictureVector.objects.values_list("product", "vector"):
        pictures[key].append(vector)
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
    weights = {term: inverse_frequency(term, row["all_terms"]) if with_statistics else 1.0 for term in asked}
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
    strange = {term for word in foreign for term in terms(word, "en")} & asked
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
        elif name == "collection":
            if not row["collection"] & set(values):
                return False
        elif row[name] not in values:
            return False
    return True


def count(rows: list[Row], name: str) -> dict[str, int]:
    groups: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if name == "category":
            steps = row["category"].split("/") if row["category"] else []
            values = {"/".join(steps[: depth + 1]) for depth in range(len(steps))}
        elif name == "collection":
            values = row["collection"]
        else:
            values = {row[name]} - {""}
        for value in values:
            groups[value].add(row["group"])
    return {value: len(found) for value, found in groups.items()}
