"""What to show beside products: what is like them, or what the shop says goes well with them; none twice, all on sale.

The products are one that is looked at, a basket, or what a shopper saw last: whoever asks names them, nothing is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..calibration import mean_of_known
from ..conf import Conf, settings
from ..documents import ProductDocument, SearchScope, document
from ..errors import InvalidRequest, UnknownProduct
from ..replicas.reading import from_replica
from .answer import SearchAnswer
from .candidates import Candidates, Legs
from .composition import Liked, described_as, found_of, looks_like, others
from .diversity import diverse, likeness
from .engine import DISABLED
from .filters import Choices
from .fusion import Evidence, log_odds
from .grouping import browse_order, group_text
from .matches import KeywordMatches
from .page import Ranked, Rows, counted, hits, rank
from .request import SearchRequest, check_whole
from .serving import Serving
from .similar import LOOK_SHARE, MAX_LIMIT, NOT_INDEXED, alikeness
from .snapshot import KeyIn, transaction_of_a_search
from .vectors import VectorLeg, picture_leg, text_leg

#: What products are compared by.
By = Literal["look", "text", "both"]
#: Products that others may be recommended for at once.
MAX_PRODUCTS = 20
#: How far apart what is shown should lie, unless somebody says: docs/relevance.md has what it costs.
DIVERSITY = 0.2
#: Rows of each vector leg, shared by the products; and those of each at least.
NEAREST, LEAST_NEAREST = 100, 30
#: Value of what is like a product at all: beside one the nearest are welcome long before they would answer a search.
LEAST_ALIKE = 0.02
#: How many times the products that are wanted are looked at for some that are not all alike.
LOOKED_AT = 3
#: Complements that are looked at.
MOST_COMPLEMENTS = 1_000
NO_COMPLEMENTS = "no-complements: the shop does not say what goes with these products"


@dataclass(frozen=True)
class Basket:
    """The visible products that others are recommended for, and what may be recommended: nothing but `choices`."""

    products: tuple[Liked, ...]
    choices: Choices
    legs: Legs

    @property
    def groups(self) -> set[str]:
        """Their groups: no variant of theirs is recommended either."""
        return {each.group for each in self.products}


@from_replica
def recommend(
    products: Iterable[Any],
    scope: SearchScope,
    *,
    by: By = "both",
    complements: bool = False,
    diversity: float = DIVERSITY,
    limit: int = 12,
    filters: Mapping[str, tuple[str, ...]] | None = None,
) -> SearchAnswer:
    """Up to `limit` (1 to 100) visible products to show beside those of the keys `products`, one of each group.

    They are like one of these `by` how they look, by what their texts say, or by both; or, as `complements`, what the
    document's method of that name gives. From 0 to 1 `diversity` says how far apart from one another they should be
    (`diversity.diverse`). They pass the `filters` of a search, and unless these choose otherwise they are in stock: the
    facet that means "stock" is true of them. Of keys that `scope` can't see nothing is said.

    Raises `UnknownProduct` where it can see none, `InvalidRequest` for what can't be answered. `total` counts what
    was chosen from; there are no facets and one page.
    """
    started = time.perf_counter()
    conf, shop = settings(), document()
    keys = tuple(dict.fromkeys(products))
    _check(keys, by, diversity, limit)
    choices = Choices.of(shop, scope, {})
    using, language = choices.visible.db, scope.search_language(shop.languages)
    given = found_of(choices, keys)
    if not given:
        raise UnknownProduct("None of these products can be seen here.")
    empty = SearchAnswer((), 0, "eq", (), 1, limit, 0)
    if not conf.enabled:
        return replace(empty, notices=(DISABLED,))
    choices = _on_sale(choices, SearchRequest(filters=filters or {}).filters)
    serving = Serving.now(language, using=using)
    with transaction_of_a_search(using):
        legs = _legs([each.key for each in given], serving, language, by, conf, using=using)
        basket = Basket(given, choices, legs)
        if complements:
            found = _complements(basket, shop, scope, diversity, limit)
        elif legs.vectors:
            found = _alike(basket, diversity, limit)
        else:
            return replace(empty, notices=(NOT_INDEXED,))
        if found is None:
            return replace(empty, notices=(NO_COMPLEMENTS,))
        candidates, ranked = found
        shown = hits(ranked.keys, choices, scope, candidates)
    return replace(
        empty,
        hits=shown,
        total=ranked.total,
        relation=candidates.relation,
        pages=1 if shown else 0,
        took_ms=(time.perf_counter() - started) * 1000,
    )


def _check(keys: Sequence[Any], by: str, diversity: float, limit: int) -> None:
    check_whole("limit", limit, 1, MAX_LIMIT)
    if not keys:
        raise InvalidRequest("missing_parameter", "for", "Name the products to recommend others for.")
    if len(keys) > MAX_PRODUCTS:
        detail = f"{len(keys)} products; others are recommended for at most {MAX_PRODUCTS}."
        raise InvalidRequest("too_many_products", "for", detail)
    if by not in get_args(By):
        known = ", ".join(get_args(By))
        raise InvalidRequest("bad_value", "by", f"by is {by[:40]!r}; expected one of {known}.")
    if not 0 <= diversity <= 1:  # not-a-number is neither
        raise InvalidRequest("out_of_range", "diversity", f"diversity is {diversity}; expected 0 to 1.")


def _on_sale(choices: Choices, filters: Mapping[str, tuple[str, ...]]) -> Choices:
    """What passes `filters`, and is in stock unless they choose of that: nobody counts with one of them lifted here."""
    shop = choices.document
    stock = {name: ("true",) for name, facet in shop.facets.items() if facet.meaning(name) == "stock"} | dict(
        filters
    )
    return replace(choices, visible=replace(choices, filters=stock).products())


def _legs(keys: Sequence[Any], serving: Serving, language: str, by: By, conf: Conf, *, using: str) -> Legs:
    """What the products look like and what is said of them, a vector each; of many products each finds less."""
    size = min(max(NEAREST // len(keys), LEAST_NEAREST), conf.leg_size)
    legs: list[VectorLeg | None] = []
    if by != "text" and (seen := looks_like(keys, serving, using=using)) is not None:
        legs.append(
            picture_leg(serving, "picture-picture", seen, size=size, ef_search=conf.ef_search, using=using)
        )
    if by != "look" and (said := described_as(keys, serving, language, using=using)) is not None:
        legs.append(text_leg(serving, language, said, size=size, ef_search=conf.ef_search, using=using))
    return Legs(None, tuple(leg for leg in legs if leg is not None))


def _alike(basket: Basket, diversity: float, limit: int) -> tuple[Candidates, Ranked]:
    """What resembles one of the products.

    That they and their variants are left out is not put into SQL at first: as long as it stays the same whatever is
    looked at, it is compiled once, and what filters let pass is measured once.
    """
    for choices in (basket.choices, others(basket.choices, basket.products)):
        found = counted(choices, _nearest(basket.legs, choices))
        rows = found.rows.without(basket.groups)
        if len(set(rows.groups)) >= limit or 2 * len(rows.keys) > len(found.rows.keys):
            break  # their own variants have not taken the others' places
    return found.candidates, _spread(basket.legs, found.candidates, rows, diversity, limit)


def _nearest(legs: Legs, choices: Choices) -> Candidates:
    """The nearest of each leg that are alike at all, all legs taken together."""
    vectors = {leg.name: leg.nearest(choices.visible) for leg in legs.vectors}
    keys = tuple(dict.fromkeys(key for found in vectors.values() for key in found))
    for leg in legs.vectors:
        if unread := [key for key in keys if key not in vectors[leg.name]]:
            vectors[leg.name] |= leg.score(unread)
    scores = alikeness(Evidence.of(keys, {}, vectors))
    (kept,) = np.nonzero(scores >= log_odds(np.array(LEAST_ALIKE)))
    found = tuple(keys[index] for index in kept.tolist())
    return Candidates(found, scores[kept], KeywordMatches.of({}), vectors, "gte")


def _complements(
    basket: Basket, shop: ProductDocument, scope: SearchScope, diversity: float, limit: int
) -> tuple[Candidates, Ranked] | None:
    """What the shop says goes with the products; None where it says nothing."""
    given = [each.key for each in basket.products]
    visible = Choices.of(shop, scope, {}).visible
    said = shop.complements(list(visible.filter(KeyIn("pk", given))), scope)
    if said is None:
        return None
    using = basket.choices.visible.db
    asked = list(dict.fromkeys(said.using(using).values_list("pk", flat=True)[:MOST_COMPLEMENTS]))
    products = basket.choices.visible.filter(KeyIn("pk", asked)).order_by(*browse_order(shop))
    read = products.annotate(ps_group=group_text(shop)).values_list("pk", "ps_group")
    listed = [(key, group) for key, group in read if group not in basket.groups]
    keys, groups = tuple(key for key, _ in listed), [group for _, group in listed]
    vectors = {leg.name: leg.score(keys) for leg in basket.legs.vectors}
    candidates = Candidates(keys, np.zeros(len(keys)), KeywordMatches.of({}), vectors, "eq")
    if said.query.order_by or said.query.extra_order_by:
        places = {key: place for place, key in enumerate(asked)}
        candidates = replace(candidates, scores=np.array([-float(places[key]) for key in keys]))
        return candidates, rank(candidates, Rows(keys, groups, candidates.at(keys)), 1, limit)
    candidates = replace(candidates, scores=alikeness(Evidence.of(keys, {}, vectors)))
    rows = Rows(keys, groups, candidates.at(keys))
    return candidates, _spread(basket.legs, candidates, rows, diversity, limit)


def _spread(legs: Legs, candidates: Candidates, rows: Rows, diversity: float, limit: int) -> Ranked:
    """The best of `rows` that are as far apart as was asked, `limit` at most."""
    if not diversity:
        return rank(candidates, rows, 1, limit)
    ranked = rank(candidates, rows, 1, LOOKED_AT * limit)
    relevance = candidates.scores[[candidates.places[key] for key in ranked.keys]]
    order = diverse(relevance, _among(legs, candidates, ranked.keys), diversity, limit)
    return replace(ranked, keys=tuple(ranked.keys[index] for index in order))


def _among(legs: Legs, candidates: Candidates, keys: Sequence[Any]) -> NDArray[np.float64]:
    """How alike products `keys` are `(n, n)`, on the scale of the scores: as a leg judges what resembles the query."""
    values = {}
    for leg in legs.vectors:
        matches = candidates.vectors[leg.name]
        pictures = [match.picture if (match := matches.get(key)) else None for key in keys]
        values[leg.name] = log_odds(leg.calibration.values(likeness(leg, keys, pictures)))
    unknown = np.full((len(keys), len(keys)), np.nan)
    alike = [values.get(name, unknown) for name in ("picture-picture", "text-text")]
    return mean_of_known(alike, (LOOK_SHARE, 1 - LOOK_SHARE))
