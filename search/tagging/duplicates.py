"""Products that show one and the same picture, and products that are listed twice, in pages over the whole index.

A picture's nearest by its vector are the only ones that may be the same; whether they are, their small copies say
(`images.sameness`). Variants share pictures by intent, and placeholders stand in for many: neither is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import connections

from ..documents import document
from ..errors import SpaceMissing
from ..images import overlay
from ..indexing.claim import from_db, key_type
from ..indexing.seams import Written
from ..indexing.work import database
from ..models import Duplicate, DuplicateKind, Generation, Picture, PictureVector, Space, State, Text
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
PICTURES = Picture._meta.db_table


@dataclass(frozen=True)
class Shown:
    """A product's picture."""

    product: Any
    picture: str


@dataclass(frozen=True)
class Pages:
    """How far a run has come: products looked at, of how many, and pairs found."""

    seen: int
    products: int
    pairs: int


def find_duplicates(*, progress: Callable[[Pages], None] | None = None) -> Pages:
    """Look at every indexed product, and keep each pair that may be one; what was dismissed stays so.

    An open pair that is no longer found is gone. Raises `SpaceMissing` where nothing is indexed.
    """
    using = database()
    space = Space.objects.using(using).filter(state=State.SERVING).first()
    if space is None:
        raise SpaceMissing("Nothing is indexed yet, so no pictures can be compared: `manage.py index`.")
    keys = list(
        Picture.objects.using(using).filter(reason="").order_by("product").values_list("product", flat=True)
    )
    keys = list(dict.fromkeys(keys))
    found: set[tuple[Any, Any]] = set()
    now = Pages(0, len(keys), 0)
    for start in range(0, len(keys), PAGE):
        page = keys[start : start + PAGE]
        pairs = set(_same_files(page, using)) | set(_near(page, space, using))
        told = _told(_alone(pairs, using), using)
        _keep(told, using)
        found |= {(each.product, each.other) for each in told}
        now = Pages(start + len(page), len(keys), len(found))
        if progress is not None:
            progress(now)
    gone = [
        pk
        for pk, *pair in Duplicate.objects.using(using)
        .filter(dismissed=False)
        .values_list("pk", "product", "other")
        if tuple(pair) not in found
    ]
    Duplicate.objects.using(using).filter(pk__in=gone).delete()
    return now


def forget_gone(written: Written) -> None:
    """Pairs of products that are gone go with them."""
    if written.gone:
        for side in ("product", "other"):
            Duplicate.objects.using(written.using).filter(**{f"{side}__in": written.gone}).delete()


def _same_files(keys: Sequence[Any], using: str) -> Iterator[tuple[Shown, Shown]]:
    """Pictures of `keys` whose very bytes another product shows, but for placeholders."""
    kind = key_type(using)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"WITH mine AS MATERIALIZED (SELECT product, picture, digest FROM {PICTURES}"  # noqa: S608
            f" WHERE product = ANY(%s::{kind}[]) AND digest <> '' AND reason = ''), sharing AS MATERIALIZED ("
            f" SELECT digest, product, min(picture) AS picture FROM {PICTURES}"
            " WHERE digest IN (SELECT digest FROM mine) AND reason = '' GROUP BY digest, product)"
            " SELECT mine.product, mine.picture, sharing.product, sharing.picture FROM mine JOIN sharing"
            " ON sharing.digest = mine.digest AND sharing.product <> mine.product WHERE mine.digest IN"
            " (SELECT digest FROM sharing GROUP BY digest HAVING count(*) <= %s)",
            [list(keys), MOST_SHARING],
        )
        for one, picture, other, others in cursor.fetchall():
            yield Shown(from_db(one), picture), Shown(from_db(other), others)


def _near(keys: Sequence[Any], space: Space, using: str) -> Iterator[tuple[Shown, Shown]]:
    """Pictures of `keys` and those of other products that are the same when laid over one another."""
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
        near = [
            (Shown(from_db(one), picture), Shown(from_db(other), others))
            for one, picture, other, others in cursor.fetchall()
        ]
    copies = _copies({shown.product for pair in near for shown in pair}, using)
    looked_at: set[frozenset[Shown]] = set()
    for one, other in near:
        pair = frozenset((one, other))
        if pair not in looked_at and one in copies and other in copies:
            looked_at.add(pair)
            if overlay(copies[one], copies[other]).same:
                yield one, other


def _copies(keys: set[Any], using: str) -> dict[Shown, bytes]:
    rows = Picture.objects.using(using).filter(product__in=keys)
    return {
        Shown(product, picture): bytes(copy)
        for product, picture, copy in rows.values_list("product", "picture", "copy")
        if copy is not None
    }


def _alone(pairs: set[tuple[Shown, Shown]], using: str) -> set[tuple[Shown, Shown]]:
    """The pairs that are not variants of one another, each with the lower key first."""
    shop = document()
    keys = {shown.product for pair in pairs for shown in pair}
    products = shop.queryset().order_by().using(using).filter(pk__in=keys)
    groups = dict(products.annotate(ps_group=group_text(shop)).values_list("pk", "ps_group"))
    return {
        (one, other) if one.product < other.product else (other, one)
        for one, other in pairs
        if one.product in groups and other.product in groups and groups[one.product] != groups[other.product]
    }


def _told(pairs: set[tuple[Shown, Shown]], using: str) -> list[Duplicate]:
    """One row for each pair of products, with what it has most in common."""
    titles = _titles({shown.product for pair in pairs for shown in pair}, using)
    digests = _digests(pairs, using)
    told: dict[tuple[Any, Any], Duplicate] = {}
    for one, other in sorted(pairs, key=lambda pair: (pair[0].picture, pair[1].picture)):
        said = titles.get(one.product, ""), titles.get(other.product, "")
        if all(said) and SequenceMatcher(None, *said, autojunk=False).ratio() >= SAME_TITLE:
            kind = DuplicateKind.LISTED_TWICE
        elif digests.get(one) == digests.get(other):
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


def _digests(pairs: set[tuple[Shown, Shown]], using: str) -> dict[Shown, str]:
    keys = {shown.product for pair in pairs for shown in pair}
    rows = Picture.objects.using(using).filter(product__in=keys)
    return {
        Shown(product, picture): digest
        for product, picture, digest in rows.values_list("product", "picture", "digest")
    }


def _keep(rows: Sequence[Duplicate], using: str) -> None:
    Duplicate.objects.using(using).bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["product", "other"],
        update_fields=["picture", "other_picture", "kind"],
    )
