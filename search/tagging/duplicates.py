"""Products that show one and the same picture, and products that are listed twice.

A picture's nearest by its vector are the only ones that may be the same; whether they are, their small copies say
(`images.sameness`). Variants share pictures by intent, and placeholders stand in for many: neither is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import connections, transaction
from django.db.models import Count, Q

from ..documents import document
from ..errors import SpaceMissing
from ..images import overlay
from ..indexing import passes
from ..indexing.claim import from_db, key_type
from ..indexing.seams import Written
from ..indexing.work import database
from ..models import (
    Duplicate,
    DuplicateKind,
    Generation,
    PairState,
    Picture,
    PictureVector,
    Space,
    State,
    Text,
)
from ..retrieval.grouping import group_text

#: Products that are looked at together.
PAGE = 200
#: Of each picture so many nearest ones are laid over it.
NEAREST = 16
#: A file that more products show than this is a placeholder.
MOST_SHARING = 20
#: Likeness of two titles from which they say the same (Ratcliff & Obershelp), in 0..1.
SAME_TITLE = 0.9

WORDS = re.compile(r"\w+")
VECTORS = PictureVector._meta.db_table


@dataclass(frozen=True)
class Shown:
    """A product's picture."""

    product: Any
    picture: str


@dataclass(frozen=True)
class Kept:
    """What is stored of a picture: the digest of its file, and its small copy."""

    digest: str
    copy: bytes | None


@dataclass(frozen=True)
class Pages:
    """How far a run has come: products looked at, of how many, and pairs that are open."""

    seen: int
    products: int
    pairs: int


Pair = tuple[Shown, Shown]


def find_duplicates(*, progress: Callable[[Pages], None] | None = None) -> Pages:
    """Look at every indexed product, and keep each pair that may be one; what was dismissed stays so.

    An open pair that is no longer found is gone. Raises `SpaceMissing` where nothing is indexed.
    """
    using = database()
    space = Space.serving(using)
    if space is None:
        raise SpaceMissing("Nothing is indexed yet, so no pictures can be compared: `manage.py index`.")
    pictures = Picture.objects.using(using).filter(reason="").order_by("product")
    keys = list(pictures.values_list("product", flat=True).distinct())
    pairs = Duplicate.objects.using(using).filter(state=PairState.OPEN)
    forget_without(using)
    now = Pages(0, len(keys), 0)
    for start in range(0, len(keys), PAGE):
        page = keys[start : start + PAGE]
        with transaction.atomic(using=using):
            take_turn(using)
            compare(page, space, using=using)
        now = Pages(start + len(page), len(keys), pairs.count())
        if progress is not None:
            progress(now)
    return now


def take_turn(using: str) -> None:
    """Until the transaction ends nobody else compares: of what two found of a pair at once, the older might stay."""
    passes.take_turn("comparing", using=using)


def compare(keys: Sequence[Any], space: Space, *, using: str) -> None:
    """Keep each pair that one of `keys` is in, and forget its open pairs that are none any more."""
    known = list(_open(keys, using))
    pairs = _alone({*_same_files(keys, space, using), *_near(keys, space, using), *map(_shown, known)}, using)
    pictures = _pictures({shown.product for pair in pairs for shown in pair}, using)
    shown = {each for pair in pairs for each in pair if each in pictures}
    common = _placeholders({pictures[each].digest for each in shown}, space, using)
    shown = {each for each in shown if pictures[each].digest not in common}
    same = {
        (one, other)
        for one, other in pairs
        if one in shown and other in shown and _same(pictures[one], pictures[other])
    }
    told = _told(same, pictures, using)
    _keep(told, using)
    found = {(row.product, row.other) for row in told}
    gone = [row.pk for row in known if (row.product, row.other) not in found]
    Duplicate.objects.using(using).filter(pk__in=gone, state=PairState.OPEN).delete()


def forget_gone(written: Written) -> None:
    """Pairs of products that are gone go with them; that two were merged stays on record."""
    if written.gone:
        rows = Duplicate.objects.using(written.using).filter(_with(written.gone))
        rows.exclude(state=PairState.MERGED).delete()


def forget_without(using: str) -> None:
    """Open pairs with a product that has no picture any more: no page would come by it."""
    pictured = Picture.objects.using(using).filter(reason="")
    for side in ("product", "other"):
        rows = Duplicate.objects.using(using).filter(state=PairState.OPEN)
        rows.exclude(**{f"{side}__in": pictured.values("product")}).delete()


def _with(keys: Sequence[Any]) -> Q:
    return Q(product__in=keys) | Q(other__in=keys)


def _open(keys: Sequence[Any], using: str) -> Iterator[Duplicate]:
    """Open pairs with one of `keys`: found from the other's side, they may not be found from this one."""
    yield from Duplicate.objects.using(using).filter(_with(keys), state=PairState.OPEN)


def _shown(row: Duplicate) -> Pair:
    return Shown(row.product, row.picture), Shown(row.other, row.other_picture)


def _same_files(keys: Sequence[Any], space: Space, using: str) -> Iterator[Pair]:
    """Pictures of `keys` whose very bytes another product shows, but for placeholders; vectors have an index for it."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"WITH mine AS MATERIALIZED (SELECT product, picture, digest FROM {VECTORS}"  # noqa: S608
            f" WHERE space_id = %s AND product = ANY(%s::{key_type(using)}[])), sharing AS MATERIALIZED ("
            f" SELECT digest, product, min(picture) AS picture FROM {VECTORS} WHERE space_id = %s"
            " AND product IS NOT NULL AND digest IN (SELECT digest FROM mine) GROUP BY digest, product)"
            " SELECT mine.product, mine.picture, sharing.product, sharing.picture FROM mine JOIN sharing"
            " ON sharing.digest = mine.digest AND sharing.product <> mine.product WHERE mine.digest IN"
            " (SELECT digest FROM sharing GROUP BY digest HAVING count(*) <= %s)",
            [space.pk, list(keys), space.pk, MOST_SHARING],
        )
        for one, picture, other, others in cursor.fetchall():
            yield Shown(from_db(one), picture), Shown(from_db(other), others)


def _near(keys: Sequence[Any], space: Space, using: str) -> Iterator[Pair]:
    """Pictures of `keys`, each with its nearest ones of other products."""
    cast = f"vector::halfvec({space.dim:d})"
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT mine.product, mine.picture, near.product, near.picture FROM {VECTORS} AS mine, LATERAL ("  # noqa: S608
            f" SELECT product, picture FROM {VECTORS} AS every WHERE every.space_id = %s AND every.product IS NOT NULL"
            f" ORDER BY every.{cast} <#> mine.{cast} LIMIT %s) AS near"
            f" WHERE mine.space_id = %s AND mine.product = ANY(%s::{key_type(using)}[])"
            " AND near.product <> mine.product",
            [space.pk, NEAREST, space.pk, list(keys)],
        )
        for one, picture, other, others in cursor.fetchall():
            yield Shown(from_db(one), picture), Shown(from_db(other), others)


def _same(one: Kept, other: Kept) -> bool:
    if one.digest and one.digest == other.digest:
        return True
    return one.copy is not None and other.copy is not None and overlay(one.copy, other.copy).same


def _pictures(keys: set[Any], using: str) -> dict[Shown, Kept]:
    rows = Picture.objects.using(using).filter(product__in=keys, reason="")
    return {
        Shown(product, picture): Kept(digest, None if copy is None else bytes(copy))
        for product, picture, digest, copy in rows.values_list("product", "picture", "digest", "copy")
    }


def _placeholders(digests: set[str], space: Space, using: str) -> set[str]:
    """Those files that stand in for the pictures of many products."""
    rows = PictureVector.objects.using(using).filter(
        space_id=space.pk, digest__in=digests, product__isnull=False
    )
    shared = rows.order_by().values("digest").annotate(ps_products=Count("product", distinct=True))
    return set(shared.filter(ps_products__gt=MOST_SHARING).values_list("digest", flat=True))


def _alone(pairs: set[Pair], using: str) -> set[Pair]:
    """The pairs that are not variants of one another, nor merged into others, each with the lower key first."""
    shop = document()
    keys = {shown.product for pair in pairs for shown in pair}
    merged = Duplicate.objects.using(using).filter(state=PairState.MERGED, removed__in=keys)
    keys -= set(merged.values_list("removed", flat=True))
    products = shop.queryset().order_by().using(using).filter(pk__in=keys)
    groups = dict(products.annotate(ps_group=group_text(shop)).values_list("pk", "ps_group"))
    return {
        (one, other) if one.product < other.product else (other, one)
        for one, other in pairs
        if one.product in groups and other.product in groups and groups[one.product] != groups[other.product]
    }


def _told(pairs: set[Pair], pictures: Mapping[Shown, Kept], using: str) -> list[Duplicate]:
    """One row for each pair of products, with what it has most in common."""
    titles = _titles({shown.product for pair in pairs for shown in pair}, using)
    told: dict[tuple[Any, Any], Duplicate] = {}
    for one, other in sorted(pairs, key=lambda pair: (pair[0].picture, pair[1].picture)):
        said = titles.get(one.product, ""), titles.get(other.product, "")
        if all(said) and SequenceMatcher(None, *said, autojunk=False).ratio() >= SAME_TITLE:
            kind = DuplicateKind.LISTED_TWICE
        elif pictures[one].digest == pictures[other].digest:
            kind = DuplicateKind.SAME_FILE
        else:
            kind = DuplicateKind.SAME_PICTURE
        row = told.get((one.product, other.product))
        if row is None or (row.kind, kind) == (DuplicateKind.SAME_PICTURE, DuplicateKind.SAME_FILE):
            told[one.product, other.product] = Duplicate(
                product=one.product,
                other=other.product,
                picture=one.picture,
                other_picture=other.picture,
                kind=kind,
            )
    return list(told.values())


def _titles(keys: set[Any], using: str) -> dict[Any, str]:
    """Of each product the words of its first text that is not empty, in the shop's first language."""
    rows = Text.objects.using(using).filter(
        product__in=keys,
        language=document().languages[0],
        generation__in=Generation.objects.using(using).filter(state=State.SERVING),
    )
    names = list(document().texts)  # JSON has no order
    told = {}
    for product, fields in rows.values_list("product", "fields"):
        found = (WORDS.findall(fields.get(name, "").lower()) for name in names)
        told[product] = " ".join(next(filter(None, found), ()))
    return told


def _keep(rows: Sequence[Duplicate], using: str) -> None:
    Duplicate.objects.using(using).bulk_create(
        sorted(rows, key=lambda row: (row.product, row.other)),
        update_conflicts=True,
        unique_fields=["product", "other"],
        update_fields=["picture", "other_picture", "kind"],
    )
