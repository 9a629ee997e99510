"""Pictures that don't fit their product: judged from stored vectors, after each write and when the shop has grown.

What tells wrong pictures is fitted to a sample of the shop's own (`misfits`), and stored; then everything is judged by
it, page by page, and what is written by and by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connections, transaction
from django.db.models import Q
from numpy.typing import NDArray

from ..documents import document
from ..documents.facet_values import facet_value
from ..indexing import heartbeat
from ..indexing.claim import from_db, key_type
from ..indexing.passes import Pass, indexed
from ..indexing.seams import Written
from ..models import Doubt, DoubtKind, DoubtState, Generation, PictureVector, Space, TextVector
from ..retrieval.grouping import group_text
from .duplicates import take_turn
from .misfits import Judge, Pictures, fit, seen
from .reading import category_facet

#: Pictures that are told are wrong at least this often.
PROMISED = 0.9
#: Pictures that a judge is fitted to, and others are compared with, at most; fewer than FEWEST say nothing.
SAMPLE = 4_000
FEWEST = 200
#: Growth of the catalogue after which it is fitted again.
GROWTH = 1.25
COUNT_EVERY_SECONDS = 30.0
#: Products that are judged at once.
PAGE = 500
#: The heartbeat that keeps the judge, and how far the pass over everything is.
PASS = Pass("doubts")
VECTORS, TITLES = PictureVector._meta.db_table, TextVector._meta.db_table


@dataclass(frozen=True, eq=False)
class Shown:
    """Pictures with what they are of: keys, ids and digests `(n,)` beside `Pictures`, whose codes are places in
    `groups` and `places`.
    """

    keys: tuple[Any, ...]
    ids: tuple[str, ...]
    digests: tuple[str, ...]
    pictures: Pictures
    groups: dict[str, int]
    places: dict[str, int]


@dataclass(frozen=True)
class Judging:
    """How far a pass over everything is: `seen` of `products`, and pictures that are doubted by now."""

    seen: int
    products: int
    doubts: int


def judge_everything(
    space: Space, generation: Generation, *, using: str, progress: Callable[[Judging], None] | None = None
) -> Judging:
    """Fit what tells wrong pictures to the shop as it is, and judge all of them."""
    with transaction.atomic(using=using):
        take_turn(using)
        products = begin(space, generation, using=using)
    now = Judging(0, products, 0)
    while True:
        with transaction.atomic(using=using):
            take_turn(using)
            page = advance(space, generation, using=using)
        if page is None:
            return now
        now = Judging(page, products, Doubt.objects.using(using).filter(state=DoubtState.OPEN).count())
        if progress is not None:
            progress(now)


def is_due(space: Space, *, using: str) -> bool:
    """Whether a pass over everything goes on, or was never made of this space."""
    state = PASS.state(using=using)
    if not state or state["space"] != space.pk:
        return has_enough(space, using=using)
    return not state["complete"]


def must_begin(space: Space, *, using: str) -> bool:
    """Whether what tells wrong pictures is to be fitted: for the first time, or as the shop has outgrown it.

    Whether it has is not counted more often than twice a minute.
    """
    state = PASS.state(using=using)
    if not state or state["space"] != space.pk:
        return has_enough(space, using=using)
    grown: list[bool] = []
    if state["complete"]:
        heartbeat.run_rested(
            "job:doubts",
            lambda: grown.append(indexed(using).count() > GROWTH * int(state["products"])),
            using=using,
            at_least=COUNT_EVERY_SECONDS,
        )
    return any(grown)


def begin(space: Space, generation: Generation, *, using: str) -> int:
    """Fit a judge and start a pass over everything; returns how many products there are to judge."""
    sample = _sample(space, generation, using)
    places = {code: name for name, code in sample.places.items()}
    judge = fit(sample.pictures, PROMISED) or Judge((0.0,) * 3, (1.0,) * 3, (0.0,) * 4)
    kept = asdict(judge) | {
        "levels": {places[code]: level for code, level in judge.levels.items() if code >= 0}
    }
    return PASS.begin(using=using, space=space.pk, judge=kept)


def advance(space: Space, generation: Generation, *, using: str) -> int | None:
    """Judge the next page of everything: how many products were seen by then; None where none was left."""
    state = PASS.state(using=using)
    if not state or state["complete"] or state["space"] != space.pk:
        return None

    def judge(keys: list[Any]) -> int:
        judge_page(keys, space, generation, using=using)
        return len(keys)

    return int(PASS.advance(state, PAGE, judge, using=using)[0]["seen"])


def judge_page(keys: Sequence[Any], space: Space, generation: Generation, *, using: str) -> None:
    """Doubt the pictures of `keys` that seem wrong, and no others of them; what somebody decided of one stays."""
    state = PASS.state(using=using)
    if not state or state["space"] != space.pk or not keys:
        return
    sample = _kept_sample(space, generation, using, _fitted(using))
    shown = _read("product = ANY(%s::{key}[])", [list(keys)], space, generation, using, known=sample)
    rows: dict[tuple[Any, str], Doubt] = {}
    if shown.keys:
        judge = _judge(state["judge"], sample)
        found = seen(shown.pictures, sample.pictures)
        sure = judge.sure(judge.score(found, shown.pictures.places))
        for at in np.flatnonzero(sure > 0).tolist():
            lonely = found.nearness[at] < judge.lonely
            nearest = int(found.nearest[at])
            rows[shown.keys[at], shown.ids[at]] = Doubt(
                product=shown.keys[at],
                picture=shown.ids[at],
                digest=shown.digests[at],
                kind=DoubtKind.UNFAMILIAR if lonely else DoubtKind.OTHER,
                sure=round(float(sure[at]), 4),
                like=sample.keys[nearest],
                like_picture=sample.ids[nearest],
            )
    _keep(rows, dict(zip(zip(shown.keys, shown.ids, strict=True), shown.digests, strict=True)), keys, using)


def forget_gone(written: Written) -> None:
    """Doubts of products that are gone go with them."""
    if written.gone:
        Doubt.objects.using(written.using).filter(product__in=written.gone).delete()


def _keep(
    rows: dict[tuple[Any, str], Doubt], digests: dict[tuple[Any, str], str], keys: Sequence[Any], using: str
) -> None:
    """A decision holds as long as the picture is what it was."""
    gone = []
    for pk, product, picture, digest, state in (
        Doubt.objects.using(using)
        .filter(product__in=keys)
        .values_list("pk", "product", "picture", "digest", "state")
    ):
        if state != DoubtState.OPEN and digests.get((product, picture)) == digest:
            rows.pop((product, picture), None)
        elif state != DoubtState.OPEN or (product, picture) not in rows:
            gone.append(pk)
    Doubt.objects.using(using).filter(pk__in=gone).delete()
    Doubt.objects.using(using).bulk_create(
        [rows[place] for place in sorted(rows)],
        update_conflicts=True,
        unique_fields=["product", "picture"],
        update_fields=["digest", "kind", "sure", "like", "like_picture"],
    )


def _fitted(using: str) -> str:
    """What tells one fit from another."""
    state = PASS.state(using=using)
    return "" if not state else str(state["judge"]["scores"]) + str(state["judge"]["means"])


def has_enough(space: Space, *, using: str) -> bool:
    """Whether there are FEWEST pictures."""
    rows = PictureVector.objects.using(using).filter(space_id=space.pk, product__isnull=False)
    return rows[FEWEST - 1 : FEWEST].exists()


def _judge(kept: dict[str, Any], sample: Shown) -> Judge:
    levels = {sample.places[name]: level for name, level in kept["levels"].items() if name in sample.places}
    return Judge(**(kept | {"levels": levels}))


def _sample(space: Space, generation: Generation, using: str) -> Shown:
    """Up to SAMPLE pictures in the order of their digests: as good as random, and the same in every run."""
    return _read("product IS NOT NULL ORDER BY digest, id LIMIT %s", [SAMPLE], space, generation, using)


@lru_cache(maxsize=1)
def _kept_sample(space: Space, generation: Generation, using: str, fitted: str) -> Shown:
    """The sample, once for each fit: every page is compared with it."""
    return _sample(space, generation, using)


def _read(
    where: str,
    parameters: Sequence[Any],
    space: Space,
    generation: Generation,
    using: str,
    *,
    known: Shown | None = None,
) -> Shown:
    """Pictures with their vectors and those of their titles; codes are those of the `known` ones, if any."""
    where = where.replace("{key}", key_type(using))
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product, picture, digest, vector::real[] FROM {VECTORS} WHERE space_id = %s AND {where}",  # noqa: S608
            [space.pk, *parameters],
        )
        rows = [(from_db(product), *rest) for product, *rest in cursor.fetchall()]
        keys = sorted({row[0] for row in rows})
        cursor.execute(
            f"SELECT product, vector::real[] FROM {TITLES} WHERE space_id = %s AND generation_id = %s"  # noqa: S608
            f" AND language = %s AND product = ANY(%s::{key_type(using)}[])",
            [space.pk, generation.pk, document().languages[0], keys],
        )
        titles = {from_db(product): vector for product, vector in cursor.fetchall()}
    nothing = [np.nan] * space.dim
    groups, places = _groups_and_places(keys, using)
    group_codes: dict[str, int] = dict(known.groups) if known else {}
    place_codes: dict[str, int] = dict(known.places) if known else {}
    pictures = Pictures(
        _array([row[3] for row in rows], space.dim),
        _array([titles.get(row[0], nothing) for row in rows], space.dim),
        _codes([groups.get(row[0], str(row[0])) for row in rows], group_codes),
        _codes([places.get(row[0], "") for row in rows], place_codes),
    )
    return Shown(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        tuple(row[2] for row in rows),
        pictures,
        group_codes,
        place_codes,
    )


def _array(rows: Sequence[Sequence[float]], dim: int) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32).reshape(len(rows), dim)


def _codes(names: Sequence[str], codes: dict[str, int]) -> NDArray[np.int64]:
    """Of each name its number, -1 of an empty one; new names get the next."""
    return np.array([codes.setdefault(name, len(codes)) if name else -1 for name in names], dtype=np.int64)


def _groups_and_places(keys: Sequence[Any], using: str) -> tuple[dict[Any, str], dict[Any, str]]:
    """Of each product its group of variants, and its category: of several the first by name."""
    shop = document()
    products = shop.queryset().order_by().using(using).filter(pk__in=list(keys))
    groups = dict(products.annotate(ps_group=group_text(shop)).values_list("pk", "ps_group"))
    facet = category_facet()
    if facet is None:
        return groups, {}
    valued = products.annotate(ps_value=facet_value(shop, facet[1])).exclude(
        Q(ps_value=None) | Q(ps_value="")
    )
    places: dict[Any, str] = {}
    for key, value in valued.values_list("pk", "ps_value"):
        places[key] = min(places.get(key, str(value)), str(value))
    return groups, places
