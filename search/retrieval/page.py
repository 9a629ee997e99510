"""One page of the candidate set: which groups, in which order, and the products behind them as they are now."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import compress
from operator import add
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db.models import BigIntegerField, Case, F, Model, QuerySet, When, Window
from django.db.models.functions import Collate, RowNumber
from django.utils import translation
from numpy.typing import NDArray

from ..documents import ProductDocument, SearchScope, visible_products
from ..documents.reading import is_of_video
from ..models import Picture, Text
from .answer import Hit, LegName, LegScore, Steered
from .arranging import NO_PINS, first_of_all, with_pins
from .candidates import Candidates
from .facets import FacetPlan, lifting
from .filters import Choices
from .grouping import browse_order, group_text, members, order_columns, sorted_order
from .matches import product_keys
from .request import MAX_DEPTH
from .snapshot import KEYS, Frame, KeyIn, Part, Statement, kept
from .steering import NO_MOVES, Masked, Moves

logger = logging.getLogger(__name__)

_TOTAL = "SELECT json_build_array(count(DISTINCT grp)) AS cells FROM {part}"


@dataclass(frozen=True)
class Ranked:
    """All results of one search as `total` groups, and of one page the keys of their best members, in order.

    `rows` are the keys of all that was read, `best` the indices of each group's best, and `others` by these those of
    its other members; none where a page alone was read.
    """

    keys: tuple[Any, ...]
    total: int
    rows: Sequence[Any] = ()
    best: Sequence[int] = ()
    others: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def groups(self) -> Iterator[tuple[Any, ...]]:
        """The groups in their order, each with the keys of its members, the best first."""
        for best in self.best:
            yield tuple(self.rows[index] for index in (best, *self.others.get(best, ())))


@dataclass(frozen=True)
class Rows:
    """Products that were read, in the shop's own order, with their groups; `at` `(n,)` are their places among the
    candidates, `sorted` those that a sort gives them.
    """

    keys: Sequence[Any]
    groups: Sequence[str]
    at: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    sorted: Sequence[int] = ()

    def where(self, kept: NDArray[np.bool_]) -> Rows:
        """Those that are `kept` `(n,)`."""
        chosen = kept.tolist()
        keys, groups, places = (
            list(compress(each, chosen)) for each in (self.keys, self.groups, self.sorted)
        )
        return Rows(keys, groups, self.at[kept], places)

    def without(self, groups: Collection[str]) -> Rows:
        """Those of other groups."""
        return self.where(np.array([group not in groups for group in self.groups], dtype=bool))


@dataclass(frozen=True)
class Counted:
    """The `candidates`, looked at; as `rows` to rank those that are seen and pass the filters; the rows of each part of
    a plan; and the moves, told.
    """

    candidates: Candidates
    rows: Rows
    parts: dict[str, list[list[Any]]]
    moves: Moves


def counted(
    choices: Choices,
    candidates: Candidates,
    sort: str = "",
    plan: FacetPlan | None = None,
    moves: Moves = NO_MOVES,
) -> Counted:
    """What is left of `candidates`, what `plan` counts of it, and what meets the conditions of `moves`: one statement.

    Where that fails for a condition's sake, each is asked apart, and whoever set it is told what is wrong with it.
    """
    using, hidden = choices.visible.db, candidates.mask(moves.hidden)
    asked = candidates.keys if not hidden.any() else list(compress(candidates.keys, (~hidden).tolist()))
    try:
        known = (choices.known, sort, plan and plan.known, tuple(each.known for each in moves.conditions))
    except EmptyResultSet:  # Django knows that nothing is visible
        nothing, none = {} if plan is None else plan.nothing, candidates.looked_at(np.zeros_like(hidden))
        return Counted(none, Rows((), ()), nothing, moves.met(dict.fromkeys(moves.conditions, ())))
    try:
        statement = kept(known, lambda: _counting(choices, sort, plan, moves))
        (keys, groups, passing, *more), parts = statement.run(
            asked, using=using, may_fail=bool(moves.conditions)
        )
    except Exception as error:
        if not moves.conditions:
            raise
        logger.info("What rules ask can't be counted with the rest, and is asked apart: %s", error)
        moves = moves.met({each: each.apart(choices, asked) for each in moves.conditions})
        return counted(choices, candidates, sort, plan, moves)
    visible = product_keys(keys, using=using)
    rows = Rows(visible, groups, candidates.at(visible), more[0] if sort else ())
    if moves.conditions:
        moves, met = _told(moves, candidates, rows.at, np.array(more[-1], dtype=np.int64))
        hidden |= met
    seen = np.zeros_like(hidden)
    seen[rows.at] = True
    seen &= ~hidden
    left = seen[rows.at]
    if not all(passing):
        left &= np.array(passing, dtype=bool)
    return Counted(candidates.looked_at(seen), rows if left.all() else rows.where(left), parts, moves)


def _told(
    moves: Moves, candidates: Candidates, at: NDArray[np.int64], bits: NDArray[np.int64]
) -> tuple[Moves, NDArray[np.bool_]]:
    """`moves` once it is known what meets their conditions, and which of `candidates` `(n,)` these hide.

    `at` `(m,)` are the places of those that were looked at, `bits` `(m,)` have for each a bit for each condition.
    """
    every = np.zeros(len(candidates.keys), dtype=np.int64)
    every[at] = bits
    met, hidden = {}, np.zeros(len(every), dtype=bool)
    for place, each in enumerate(moves.conditions):
        mask = every & (1 << place) != 0
        met[each] = Masked(candidates.places, mask)
        if moves.hides(each):
            hidden |= mask
    return moves.met(met), hidden


def _counting(choices: Choices, sort: str, plan: FacetPlan | None, moves: Moves) -> Statement:
    """The statement of `counted`, for whichever KEYS."""
    shop = choices.document
    products = choices.visible.filter(KeyIn("pk", KEYS)).annotate(ps_group=Collate(group_text(shop), "C"))
    order = order_columns(browse_order(shop))
    by = {f"ps_order{at}": expression for at, (expression, _) in enumerate(order)}
    products = products.annotate(ps_key=F("pk"), **by)
    ranked: tuple[str, ...] = ("ps_key", "ps_group", lifting(choices) or "true")
    if sort:
        products = products.annotate(ps_sorted=place_of(choices, sort))
        ranked = (*ranked, "ps_sorted")
    for at, name in enumerate(choices.filters):
        products = choices.passing(products, name, f"ps_in{at}")
    without = ""
    if moves.conditions:  # of each product one number, a bit for each condition
        bits: list[Any] = []
        for at, condition in enumerate(moves.conditions):
            products, meets = condition.asked_of(products, choices)
            bits.append(Case(When(meets, then=1 << at), default=0, output_field=BigIntegerField()))
        products = products.annotate(ps_met=reduce(add, bits))
        ranked = (*ranked, "ps_met")
        hiding = sum(1 << at for at, each in enumerate(moves.conditions) if moves.hides(each))
        without = f"ps_met & {hiding} <> 0" if hiding else ""
    if plan is not None:
        products = plan.framed(products)
    columns = tuple(name for name in products.query.annotation_select if name.startswith("ps_"))
    frame = Frame(
        products.values_list(*columns),
        columns,
        ranked,
        ", ".join(f"{name} {way}" for name, (_, way) in zip(by, order, strict=True)),
        without,
    )
    parts = {} if plan is None else plan.framed_parts(columns)
    return Statement.of(parts, frame, using=choices.visible.db)


def rank(
    candidates: Candidates, rows: Rows, page: int, per_page: int, pins: Mapping[Any, int] = NO_PINS
) -> Ranked:
    """One page of the candidates that were read, each group once, the best first or as they were sorted.

    A sort orders results and does nothing else: their best members are the same in any order. `pins` are places of
    products, in the order of those, which count where nothing is sorted.
    """
    scores = candidates.scores
    if pins and not rows.sorted:
        scores = first_of_all(candidates.places, scores, pins)
    return ranked_page(rows, scores[rows.at], page, per_page, pins=pins)


def ranked_page(
    rows: Rows,
    scores: NDArray[np.float64],
    page: int,
    per_page: int,
    total: int | None = None,
    pins: Mapping[Any, int] = NO_PINS,
) -> Ranked:
    """One page of `rows`, whose `scores` are `(n,)`, those of `pins` above all others; of `total` groups, where these
    are not all.
    """
    best, others = members(rows.groups, scores, np.arange(len(rows.keys)))
    if rows.sorted:  # a stable sort
        best.sort(key=rows.sorted.__getitem__)
    elif pins:
        first = best[: len(pins)]  # nothing else is above them
        pinned = [(pins[rows.keys[index]], index) for index in first if rows.keys[index] in pins]
        best = with_pins(best[len(pinned) :], pinned)
    return Ranked(
        keys=tuple(rows.keys[index] for index in best[(page - 1) * per_page : page * per_page]),
        total=len(best) if total is None else total,
        rows=rows.keys,
        best=best,
        others=others,
    )


def groups_of(shop: ProductDocument, products: QuerySet[Any]) -> Part:
    """What to read to know how many groups `products` are: one row, with their number."""
    groups = products.annotate(ps_group=group_text(shop)).values_list("ps_group")
    return Part(groups, ("grp",), _TOTAL, ((0,),))


def pages(total: int, per_page: int) -> int:
    """How many pages can be asked for: enough for all results, within the depth that numbered pages reach."""
    return min(-(-total // per_page), MAX_DEPTH // per_page) if per_page else 0


def hits(
    keys: Sequence[Any],
    choices: Choices,
    scope: SearchScope,
    candidates: Candidates | None,
    moves: Moves = NO_MOVES,
) -> tuple[Hit, ...]:
    """The products of `keys` in that order, with their cards; in the language that the answer is in."""
    if not keys:
        return ()
    shop = choices.document
    language = scope.search_language(shop.languages)
    given = visible_products(scope) if choices.given is None else choices.given
    products = given.using(choices.visible.db).filter(KeyIn("pk", keys))
    with translation.override(language):
        by_key = {product.pk: product for product in shop.prepare(products)}
        found = tuple(
            _hit(key, by_key[key], shop.card(by_key[key], scope), candidates, moves.of(key))
            for key in keys
            if key in by_key
        )
    return with_seconds(found, shop, using=choices.visible.db)


def _hit(
    key: Any,
    product: Model,
    card: Mapping[str, Any],
    candidates: Candidates | None,
    steered: tuple[Steered, ...],
) -> Hit:
    """The hit for `product`; without `candidates` (browsing) it is there because it exists."""
    if candidates is None:
        return Hit(key, product, 0.0, card, steered=steered)
    score = float(candidates.scores[candidates.places[key]])
    legs, picture = leg_scores(key, candidates), best_picture(key, candidates)
    return Hit(key, product, score, card, picture, legs, steered=steered)


def with_seconds(hits: tuple[Hit, ...], shop: ProductDocument, *, using: str) -> tuple[Hit, ...]:
    """The hits, those by a frame of a video with its second."""
    of_videos = {hit.key: hit.picture for hit in hits if hit.picture and is_of_video(shop, hit.picture)}
    if not of_videos:
        return hits
    rows = Picture.objects.using(using).filter(product__in=of_videos, picture__in=of_videos.values())
    seconds = {
        (key, picture): second for key, picture, second in rows.values_list("product", "picture", "second")
    }
    return tuple(replace(hit, second=seconds.get((hit.key, hit.picture or ""))) for hit in hits)


def leg_scores(key: Any, candidates: Candidates) -> dict[LegName, LegScore]:
    """What each leg says of a product, and its place in that leg among all that were looked at."""
    legs: dict[LegName, LegScore] = {}
    keyword = candidates.keywords.get(key)
    if keyword is not None:
        legs["keywords"] = LegScore(candidates.rank("keywords", key), keyword.raw, keyword.share)
    for name, matches in candidates.vectors.items():
        match = matches.get(key)
        if match is not None:
            legs[name] = LegScore(candidates.rank(name, key), match.raw, match.value)
    return legs


def best_picture(key: Any, candidates: Candidates) -> str | None:
    """The picture that most resembles the shopper's, or else the one that shows most of the shopper's words."""
    for name in ("picture-picture", "text-picture"):
        matches = candidates.vectors.get(name)
        match = None if matches is None else matches.get(key)
        if match is not None and match.picture is not None:
            return match.picture
    return None


def place_of(choices: Choices, sort: str) -> Window:
    """A product's place among all that are read: by `sort`, or in the shop's own order."""
    order = sorted_order(choices.document, sort) if sort else browse_order(choices.document)
    return Window(RowNumber(), order_by=list(order))


def read_key(text: str) -> Any:
    """A product's key in the shop's own type, from the text that JSON carried."""
    field: Any = Text._meta.get_field("product")
    return field.to_python(text)
