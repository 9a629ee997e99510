"""What a trial of the playground found, as the page shows it: cards that say why, what moved, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..documents import document
from ..documents.reading import read_pictures
from ..errors import InvalidRequest
from ..evaluation import desk
from ..evaluation.shifts import Left, Shift, Shifts, shifts
from ..retrieval import SearchAnswer, WhyNot, look_up
from ..retrieval.answer import Hit
from ..retrieval.explain import judged_anew, values_at
from ..retrieval.filters import row_of
from ..retrieval.found import Found
from ..retrieval.snapshot import transaction_of_a_search
from ..retrieval.staff import exact_keys
from ..retrieval.telling import Told, deeds, told
from .one_by_one import addresses_of, product_address
from .trial import Trial

#: Products that are offered where several have the name of the one that is missing.
OFFERED = 6


@dataclass(frozen=True)
class Card:
    """One product: `address` is its page in the admin, `picture` that of the picture that fits best; "" without one."""

    key: Any
    title: str
    price: str
    address: str
    picture: str
    place: int = 0
    told: Told | None = None
    shift: Shift | None = None
    grade: int | None = None


@dataclass(frozen=True)
class Missing:
    """What was asked of a product that is not there: which it may be, or why it is `not` shown."""

    offered: tuple[Card, ...] = ()
    card: Card | None = None
    reason: WhyNot | None = None
    told: Told | None = None


@dataclass(frozen=True)
class Tried:
    """The answer with its cards; `shifts` are against the search as the shop has it, None where that was tried."""

    answer: SearchAnswer
    cards: tuple[Card, ...]
    near: tuple[Card, ...]
    left: tuple[Card, ...] = ()
    shifts: Shifts | None = None
    #: The total under the shop's settings.
    total_before: int = 0

    @property
    def steered(self) -> tuple[str, ...]:
        """What those who steer did to the search itself."""
        return deeds(self.answer.steered)


@dataclass(frozen=True)
class Pictured:
    """The addresses of each product's pictures by their ids, in the shop's order."""

    of: Mapping[Any, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def products(cls, keys: Sequence[Any]) -> Pictured:
        """Those of `keys`, read at once."""
        pictures = read_pictures(document(), list(keys))
        return cls(
            {key: {each.picture: "".join(addresses_of([each])) for each in pictures[key]} for key in keys}
        )

    def best(self, key: Any, picture: str | None) -> str:
        """The address of that picture, or of the first."""
        found = self.of.get(key, {})
        return found.get(picture or "", "") or next(iter(found.values()), "")


def tried(trial: Trial, site: str) -> Tried:
    """Search, and once more with the shop's settings where others are tried. Raises what `search` raises."""
    found, against = trial.found(), trial.found_before()
    answer = found.answer
    moved = None if against is None else shifts(against, found)
    left: Sequence[Left] = () if moved is None else moved.left
    grades = desk.grades(judging(trial)) if not trial.request.browsing else {}
    pictures = Pictured.products(
        [hit.key for hit in (*answer.hits, *answer.near, *(each.hit for each in left))]
    )
    first = (answer.page - 1) * answer.per_page + 1
    cards = tuple(
        _card(
            hit,
            pictures,
            site,
            place=place,
            told=told(
                hit.explanation,
                {name: score.value for name, score in hit.legs.items()},
                steered=hit.steered,
            ),
            shift=None if moved is None else moved.of[hit.key],
            grade=grades.get(hit.key),
        )
        for place, hit in enumerate(answer.hits, start=first)
    )
    near = tuple(
        _card(hit, pictures, site, told=why, grade=grades.get(hit.key))
        for hit, why in zip(answer.near, _near(trial, found), strict=True)
    )
    gone = tuple(_card(each.hit, pictures, site, shift=each.shift) for each in left)
    return Tried(answer, cards, near, gone, moved, answer.total if against is None else against.answer.total)


def missing(trial: Trial, words: str, key: str, site: str) -> Missing:
    """Why the product of that `key` is not shown; or which products have the name, SKU or key `words`.

    Raises what `search` raises.
    """
    products = document().queryset()
    row = row_of(products, key, "pk") if key else None
    keys = [row[0]] if row is not None else _named(words)
    rows = products.in_bulk(keys)
    pictures = Pictured.products(keys)
    cards = [_of_product(rows[each], pictures, site) for each in keys if each in rows]
    if len(cards) != 1:
        return Missing(tuple(cards))
    reason = trial.why_not(cards[0].key)
    because = None
    if reason.explanation is not None:
        because = told(reason.explanation, reason.legs, found=False)
    return Missing((), cards[0], reason, because)


def judging(trial: Trial) -> desk.Judging:
    """The query that is judged: words, picture and language; who asks does not change what answers it."""
    picture = "" if trial.picture is None else desk.picture_name(trial.picture)
    return desk.Judging(trial.request.q, trial.language, picture)


def _named(words: str) -> list[Any]:
    """Keys of the products that are called so, whoever may see them; just one where its SKU or key is just this."""
    products = document().queryset()
    if exact := exact_keys(products, words):
        return [exact[0]]
    try:
        ranking = look_up(products, words)
    except InvalidRequest:
        return []
    return [] if ranking is None else [each.pk for each in ranking.foremost(products)[:OFFERED]]


def _near(trial: Trial, found: Found) -> list[Told]:
    near = [hit.key for hit in found.answer.near]
    if not near or found.judging is None:
        return []
    using = found.choices.visible.db
    with transaction_of_a_search(using):
        evidence, because = judged_anew(near, trial.request, found.judging, using=using)
    return [told(each, values_at(evidence, at), found=False) for at, each in enumerate(because)]


def cards_of(
    hits: Sequence[Hit], pictures: Pictured, site: str, moved: Mapping[Any, Shift]
) -> tuple[Card, ...]:
    """The hits of a first page as cards, each with its shift where it has one."""
    return tuple(
        _card(hit, pictures, site, place=place, shift=moved.get(hit.key)) for place, hit in enumerate(hits, 1)
    )


def _card(hit: Hit, pictures: Pictured, site: str, **more: Any) -> Card:
    price = " ".join(str(hit.card[part]) for part in ("price", "currency") if hit.card.get(part))
    return Card(
        key=hit.key,
        title=str(hit.card.get("title") or hit.product),
        price=price,
        address=product_address(site, hit.key),
        picture=pictures.best(hit.key, hit.picture),
        **more,
    )


def _of_product(product: Any, pictures: Pictured, site: str) -> Card:
    return Card(
        product.pk, str(product), "", product_address(site, product.pk), pictures.best(product.pk, None)
    )
