"""Whatever set of rules acts: totals, facets and pages are of what is shown, and nothing hidden or invisible is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Product
from product_search.merchandising.reading import read
from product_search.merchandising.rulebook import Ruling
from product_search.merchandising.steerers import TriedRules

from ..retrieval.brute_force import exported, passes
from ..retrieval.shelf import Shelf, leaning
from ..retrieval.test_counts_against_brute_force import WORDS, fill, filters, products
from ..retrieval.test_steering import compare_moved

which = st.fixed_dictionaries({"products": st.sets(st.integers(0, 5), max_size=2), "filters": filters})
actions = st.one_of(
    st.fixed_dictionaries({"do": st.just("pin"), "at": st.integers(0, 5), "place": st.integers(1, 9)}),
    st.fixed_dictionaries({"do": st.sampled_from(["hide", "last"]), "which": which}),
    st.fixed_dictionaries(
        {"do": st.just("boost"), "which": which, "points": st.sampled_from([-1.0, -0.2, 0.2, 0.7, 1.0])}
    ),
)


class _RolledBack(Exception):
    pass


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=products,
    chosen=filters,
    q=st.lists(st.sampled_from(WORDS), max_size=2, unique=True),
    rules=st.lists(st.lists(actions, min_size=1, max_size=2), max_size=4),
    per_page=st.integers(1, 5),
)
def test_any_set_of_rules_leaves_everything_in_agreement(
    shelf_factory: Callable[..., Shelf],
    made: list[dict[str, Any]],
    chosen: dict[str, tuple[str, ...]],
    q: list[str],
    rules: list[list[dict[str, Any]]],
    per_page: int,
) -> None:
    try:
        with transaction.atomic():
            shelf = shelf_factory()
            shelf.encoder.texts[" ".join(q)] = leaning(0, 1.0)
            fill(shelf, made)
            keys = list(Product.objects.order_by("pk").values_list("pk", flat=True))
            compare(" ".join(q), chosen, keys, rules, per_page)
            raise _RolledBack
    except _RolledBack:
        pass


def compare(
    q: str,
    chosen: dict[str, tuple[str, ...]],
    keys: list[int],
    rules: list[list[dict[str, Any]]],
    per_page: int,
) -> None:
    hidden: set[int] = set()
    pinned: dict[int, int] = {}
    written = []
    for number, own in enumerate(rules):
        listed: list[Any] = []
        for action in own:
            if action["do"] == "pin":
                if action["at"] < len(keys):
                    key = keys[action["at"]]
                    pinned.setdefault(key, action["place"])
                    listed.append({"do": "pin", "products": [str(key)], "place": action["place"]})
                continue
            some = [keys[at] for at in action["which"]["products"] if at < len(keys)]
            by_filter = action["which"]["filters"]
            if not some and not by_filter:
                continue
            listed.append(action | {"which": {"products": [str(key) for key in some], "filters": by_filter}})
            if action["do"] == "hide":
                hidden.update(some)
                if by_filter:
                    hidden.update(row["key"] for row in exported() if passes(row, by_filter))
        if listed:
            written.append(Ruling(None, f"rule {number}", read({"actions": listed})))
    kept = {key: place for key, place in pinned.items() if key not in hidden}
    tried = TriedRules(written)
    compare_moved(q, chosen, hidden, kept, [tried], per_page)
    assert tried.faults == {}
