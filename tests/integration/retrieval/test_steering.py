"""The seam through which rules and the like act: what a search makes of moves, whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.models import RULES, Revision
from product_search.retrieval import SearchAnswer, SearchRequest, search, steering, walk, why_not
from product_search.retrieval.answer import Banner, Steered
from product_search.retrieval.engine import find
from product_search.retrieval.steering import Asked, Course, Found, Move, Steerer

from .asking import EN
from .brute_force import belongs, count, exported, passes, unsaid
from .shelf import Shelf, leaning
from .test_counts_against_brute_force import FACETS, WORDS, counted_in, fill, filters, products


@dataclass
class Hand(Steerer):
    """Steers as a test says: moves as (deed, amount, keys)."""

    moves: Sequence[tuple[Any, float | None, Sequence[Any]]] = ()
    words: str | None = None
    made: Mapping[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def course(self, asked: Asked) -> Course:
        self.asked.append(asked)
        request = None
        if self.words is not None:
            request = SearchRequest(
                self.words, filters=asked.request.filters, per_page=asked.request.per_page
            )
        return Course(request=request, on_set=self.on_set, **self.made)

    def on_set(self, found: Found) -> list[Move]:
        return [
            Move(Steered("test", "hand", did, amount), frozenset(keys)) for did, amount, keys in self.moves
        ]


def titles(answer: SearchAnswer) -> list[str]:
    return [hit.card["title"] for hit in answer.hits]


@pytest.fixture
def mugs(shelf: Shelf) -> dict[str, Any]:
    """Five mugs that a search finds in this order, and a hat that it does not."""
    made = {
        name: shelf.product(f"Mug {name}", title_vector=leaning(0, cosine), brand="nord", popularity=place)
        for place, (name, cosine) in enumerate(
            [("five", 0.75), ("four", 0.8), ("three", 0.85), ("two", 0.9), ("one", 0.95)]
        )
    }
    made["hat"] = shelf.product("Hat", brand="sol")
    shelf.encoder.texts["mug"] = leaning(0, 1.0)
    shelf.count_words()
    return {name: product.pk for name, product in made.items()}


@pytest.mark.parametrize("q", ["mug", ""], ids=["a search", "browsing"])
def test_pins_come_to_their_places_and_count(mugs: dict[str, Any], q: str) -> None:
    def ask(*moves: Any, **more: Any) -> SearchAnswer:
        return search(SearchRequest(q, **more), EN, steering=[Hand(moves)])

    plain = titles(ask())
    others = [title for title in plain if title != "Hat"]
    answer = ask(("pin", 2, [mugs["hat"]]))
    assert titles(answer) == [others[0], "Hat", *others[1:]]
    assert answer.total == 6
    assert counted_in(answer, "brand") == {"nord": 5, "sol": 1}
    assert [hit.pinned for hit in answer.hits] == [False, True, False, False, False, False]
    # Both ask for the first place; and the place beyond the end is the end.
    both = ask(("pin", 1, [mugs["five"]]), ("pin", 1, [mugs["hat"]]), ("pin", 90, [mugs["one"]]))
    assert titles(both)[:2] == ["Mug five", "Hat"]
    assert titles(both)[-1] == "Mug one"
    pages = [
        titles(ask(("pin", 3, [mugs["hat"]]), ("pin", 4, [mugs["five"]]), page=page, per_page=2))
        for page in (1, 2, 3)
    ]
    rest = [title for title in plain if title not in ("Hat", "Mug five")]
    assert [title for page in pages for title in page] == [*rest[:2], "Hat", "Mug five", *rest[2:]]
    # A filter that it does not pass, and a product that is not there.
    assert "Hat" not in titles(ask(("pin", 1, [mugs["hat"]]), filters={"brand": ("nord",)}))
    assert ask(("pin", 1, [10**9])).total == (5 if q else 6)
    # A shopper's sort counts more.
    assert titles(ask(("pin", 1, [mugs["five"]]), sort="newest"))[0] != "Mug five"


@pytest.mark.parametrize("q", ["mug", ""], ids=["a search", "browsing"])
def test_hidden_is_nowhere_whatever_pins_it(mugs: dict[str, Any], q: str) -> None:
    hand = Hand([("pin", 1, [mugs["one"]]), ("hide", None, [mugs["one"]])])
    answer = search(SearchRequest(q), EN, steering=[hand])
    assert "Mug one" not in titles(answer)
    assert answer.total == (4 if q else 5)
    assert counted_in(answer, "brand")["nord"] == 4


@pytest.mark.parametrize("q", ["mug", ""], ids=["a search", "browsing"])
def test_boosts_are_bounded_and_last_is_last(mugs: dict[str, Any], q: str) -> None:
    answer = search(
        SearchRequest(q),
        EN,
        steering=[
            Hand([("boost", 0.9, [mugs["five"]]), ("boost", 0.9, [mugs["five"]])]),
            Hand(
                [("boost", 0.8, [mugs["four"]]), ("bury", -1.0, [mugs["two"]]), ("last", None, [mugs["one"]])]
            ),
        ],
    )
    assert titles(answer)[:2] == ["Mug five", "Mug four"]
    assert titles(answer)[-2:] == ["Mug two", "Mug one"]
    assert max(hit.score for hit in answer.hits) < 2.5
    assert answer.total == (5 if q else 6)


def test_words_filters_redirect_and_banners_are_those_of_who_comes_first(mugs: dict[str, Any]) -> None:
    banner = Banner("Sale", "/sale/")
    first = Hand(words="mug", made={"redirect": "/mugs/", "banners": (banner,)})
    second = Hand(made={"redirect": "/hats/", "filters": {"brand": ("sol",)}})
    answer = search(SearchRequest("cup"), EN, steering=[first, second])
    assert second.asked[0].request.q == "mug"
    assert (answer.redirect, answer.banners) == ("/mugs/", (banner,))
    assert answer.total == 0
    assert [(chip.facet, chip.value) for chip in answer.understood] == [("brand", "sol")]
    # What the shopper chose of the facet, or wants words to leave alone, stands.
    assert search(SearchRequest("mug", filters={"brand": ("nord",)}), EN, steering=[second]).total == 5
    assert search(SearchRequest("mug", plain=("brand",)), EN, steering=[second]).total == 5


def test_synonyms_of_one_search(mugs: dict[str, Any]) -> None:
    hand = Hand(made={"synonyms": {("beaker",): (("mug",),)}})
    assert search(SearchRequest("beaker"), EN, steering=[hand]).total == 5
    assert search(SearchRequest("beaker"), EN, steering=[]).total == 0


def test_whoever_is_registered_is_asked_with_the_revisions(
    mugs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand([("hide", None, [mugs["one"]])])
    monkeypatch.setattr(steering, "steerers", [hand])
    Revision.renew(RULES, using="default")
    (value,) = Revision.objects.values_list("value", flat=True)
    for q in ("mug", ""):
        assert "Mug one" not in titles(search(SearchRequest(q), EN))
    assert [asked.revisions for asked in hand.asked] == [{RULES: str(value)}] * 2
    said = why_not(SearchRequest("mug"), mugs["one"], EN)
    assert (said.step, said.by) == ("rule", "hand")
    Revision.renew(RULES, using="default")
    assert Revision.objects.get().value != value


def test_a_walk_leaves_out_what_was_hidden_meanwhile(
    mugs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = walk(SearchRequest("mug", per_page=2), EN)
    monkeypatch.setattr(steering, "steerers", [Hand([("hide", None, [mugs["four"]])])])
    shown = [*titles(first)]
    page = first
    while page.next:
        page = walk(SearchRequest("mug", per_page=2), EN, page.next)
        shown += titles(page)
    assert shown == ["Mug one", "Mug two", "Mug three", "Mug five"]


class _RolledBack(Exception):
    pass


DEEDS = ("pin", "pin", "hide", "boost", "bury", "last")
moves_made = st.lists(
    st.tuples(
        st.sampled_from(DEEDS),
        st.integers(1, 9),
        st.sets(st.integers(0, 13), max_size=3),
    ),
    max_size=6,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=products,
    chosen=filters,
    q=st.lists(st.sampled_from(WORDS), max_size=2, unique=True),
    moves=moves_made,
    per_page=st.integers(1, 5),
)
def test_whatever_is_moved_totals_facets_and_pages_agree(
    shelf_factory: Callable[..., Shelf],
    made: list[dict[str, Any]],
    chosen: dict[str, tuple[str, ...]],
    q: list[str],
    moves: list[tuple[str, int, set[int]]],
    per_page: int,
) -> None:
    try:
        with transaction.atomic():
            shelf = shelf_factory()
            words = " ".join(q)
            shelf.encoder.texts[words] = leaning(0, 1.0)
            fill(shelf, made)
            keys = list(Product.objects.order_by("pk").values_list("pk", flat=True))
            done = [
                (
                    did,
                    place if did == "pin" else {"boost": place / 3, "bury": -place / 3}.get(did),
                    [keys[at] for at in ats if at < len(keys)],
                )
                for did, place, ats in moves
            ]
            hidden = {key for did, _, of in done if did == "hide" for key in of}
            pinned: dict[Any, int] = {}
            for did, place, of in done:
                for key in of if did == "pin" and len(of) == 1 else ():
                    if key not in hidden:
                        pinned.setdefault(key, int(place or 1))
            done = [move for move in done if move[0] != "pin" or len(move[2]) == 1]
            compare_moved(words, chosen, hidden, pinned, [Hand(done)], per_page)
            raise _RolledBack
    except _RolledBack:
        pass


def compare_moved(
    q: str,
    chosen: dict[str, tuple[str, ...]],
    hidden: set[Any],
    pinned: dict[Any, int],
    steering: Sequence[Any],
    per_page: int,
) -> None:
    """The set is: what belongs, less the hidden, with the pinned that are visible; all else is counted over that."""
    rows = exported()
    foreign = unsaid(q.split(), rows)
    rows = [
        row
        for row in rows
        if row["key"] not in hidden and (row["key"] in pinned or belongs(row, q, False, foreign, q))
    ]
    passing = [row for row in rows if passes(row, chosen)]
    groups = {row["key"]: row["group"] for row in passing}

    def ask(page: int) -> SearchAnswer:
        request = SearchRequest(q, filters=chosen, page=page, per_page=per_page)
        return search(request, SearchScope(language="en"), steering=steering)

    for answer in (ask(1), ask(1)):  # the second time rules may be asked by the statement that counts
        assert answer.total == len(set(groups.values()))
        for name in FACETS:
            lifted = [row for row in rows if passes(row, {n: v for n, v in chosen.items() if n != name})]
            assert counted_in(answer, name) == count(lifted, name), name
    shown = [hit.key for page in range(1, answer.pages + 1) for hit in ask(page).hits]
    assert sorted(groups[key] for key in shown) == sorted(set(groups.values()))
    assert not hidden & {hit.key for hit in answer.near}
    walked = find(SearchRequest(q, filters=chosen), SearchScope(language="en"), walk=True, steering=steering)
    assert [group[0] for group in walked.ranked.groups()] == shown
    # Each pinned group stands at the first place that is asked for it and free, or at the end.
    asked: dict[Any, int] = {}
    for key, place in sorted(pinned.items(), key=lambda pin: pin[1]):
        if key in groups:
            asked.setdefault(groups[key], place)
    taken = -1
    for at, (group, place) in enumerate(asked.items()):
        taken = min(max(place - 1, taken + 1), len(shown) - len(asked) + at)
        assert groups[shown[taken]] == group
