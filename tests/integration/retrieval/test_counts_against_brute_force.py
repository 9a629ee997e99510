"""Totals, facets, groups and pages against numpy over exported rows; `retrieval` computes nothing expected here."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.models import Tag
from product_search.retrieval import SearchAnswer, SearchRequest, candidates, search
from product_search.text import terms

from .brute_force import NAMES, Row, belongs, count, exported, is_name, meets, passes, unsaid
from .shelf import Shelf, leaning
from .spreading import spread

WORDS = ("red", "blue", "mug", "hat")
#: None of them lies where rounding to half precision could decide.
COSINES = (0.1, 0.35, 0.55, 0.62, 0.8)

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
            "tags": st.dictionaries(
                st.sampled_from(
                    [
                        ("style", "old"),
                        ("style", "old/rustic"),
                        ("style", "new"),
                        ("mood", "calm"),
                        ("mood", "loud"),
                    ]
                ),
                st.sampled_from(["suggested", "accepted", "accepted", "rejected"]),
                max_size=3,
            ),
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
        "style": st.sampled_from([("old",), ("old/rustic", "new"), ("nothing",)]),
        "mood": st.sampled_from([("calm",), ("calm", "loud")]),
    },
)


literals = st.sampled_from(
    [
        sign + literal
        for sign in ("", "-")
        for literal in (
            "category:kitchen",
            "category:kitchen/mugs",
            "brand:nord",
            "brand:sol",
            "brand:nobody",
            "collection:gifts",
            "collection:sale",
            "price:..10",
            "price:10..",
            "in_stock:true",
            "style:old",
            "style:new",
            "mood:calm",
        )
    ]
)
conditions = st.lists(st.lists(literals, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple)

FACETS = ("category", "brand", "collection", "in_stock", "style", "mood")


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
            for name in FACETS:
                others = {facet: values for facet, values in everything.items() if facet != name}
                assert counted_in(answer, name) == count(
                    [row for row in rows if passes(row, others)], name
                ), name
            raise _RolledBack
    except _RolledBack:
        pass


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=products,
    chosen=filters,
    where=conditions,
    q=st.sampled_from(["", "", "red", "red hat"]),
    per_page=st.integers(0, 5),
)
def test_what_is_never_lifted_cuts_totals_and_every_count(
    shelf_factory: Any,
    made: list[Row],
    chosen: dict[str, tuple[str, ...]],
    where: tuple[tuple[str, ...], ...],
    q: str,
    per_page: int,
) -> None:
    try:
        with transaction.atomic():
            shelf = shelf_factory()
            shelf.encoder.texts[q] = leaning(0, 1.0)
            fill(shelf, made)
            compare(q, chosen, per_page, where, with_statistics=False)
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
        for (attribute, value), state in row["tags"].items():
            Tag.objects.create(
                product=rows[-1].pk, attribute=attribute, value=value, probability=0.9, state=state
            )


def compare(
    q: str,
    chosen: dict[str, tuple[str, ...]],
    per_page: int,
    where: tuple[tuple[str, ...], ...] = (),
    *,
    with_statistics: bool,
) -> None:
    rows = exported()
    foreign = unsaid(q.split(), rows)
    rows = [row for row in rows if belongs(row, q, with_statistics, foreign, q) and meets(row, where)]
    hit_rows = [row for row in rows if passes(row, chosen)]
    answer = ask(q, chosen, 1, per_page, where)
    groups = {row["group"] for row in hit_rows}
    assert answer.total == len(groups)
    assert answer.relation == "eq"
    assert answer.pages == (math.ceil(len(groups) / per_page) if per_page else 0)
    pages = [ask(q, chosen, page, per_page, where) for page in range(1, answer.pages + 1)]
    keys = [hit.key for page in pages for hit in page.hits]
    group_of = {row["key"]: row["group"] for row in hit_rows}
    # a hit that passes no filter is a KeyError
    assert sorted(group_of[key] for key in keys) == (sorted(groups) if per_page else [])
    for name in FACETS:
        lifted = [row for row in rows if passes(row, {n: v for n, v in chosen.items() if n != name})]
        assert counted_in(answer, name) == count(lifted, name), name
    # Filters whose own facet nobody counts are read with what is visible.
    for facets in ((), *((name,) for name in sorted(chosen) if name in FACETS)):
        fewer = search(
            SearchRequest(q, filters=chosen, where=where, per_page=per_page, facets=facets),
            SearchScope(language="en"),
        )
        assert (fewer.total, fewer.relation) == (answer.total, "eq")
        assert [hit.key for hit in fewer.hits] == [hit.key for hit in answer.hits]
        assert fewer.relaxations == answer.relaxations
        assert [each.name for each in fewer.facets] == list(facets)
        assert all(counted_in(fewer, name) == counted_in(answer, name) for name in facets)
    lifted = [row for row in rows if passes(row, {n: v for n, v in chosen.items() if n != "price"})]
    prices = [row["price"] for row in lifted if row["price"] is not None]
    (price,) = (facet for facet in answer.facets if facet.name == "price")
    assert (price.low, price.high) == ((min(prices), max(prices)) if prices else (None, None))
    assert [(bucket.low, bucket.high, bucket.count) for bucket in price.buckets] == spread(lifted)


def ask(
    q: str,
    chosen: dict[str, tuple[str, ...]],
    page: int,
    per_page: int,
    where: tuple[tuple[str, ...], ...] = (),
) -> SearchAnswer:
    asked = SearchRequest(q, filters=chosen, where=where, page=page, per_page=per_page)
    return search(asked, SearchScope(language="en"))


def counted_in(answer: SearchAnswer, name: str) -> dict[str, int]:
    (facet,) = (facet for facet in answer.facets if facet.name == name)
    return {value.value: value.count for value in facet.values if value.count}
