"""Judgements that the shop's own people make beside results: a set of theirs, a grade at a time, taken back too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import router, transaction

from ..errors import ProductSearchError
from ..models import HIGHEST_GRADE, JudgedPicture, JudgedQuery, Judgement, Split
from .judged import topic_name

#: The set of judgements, and the kind of query in it.
DESK = "desk"


class JudgedSince(ProductSearchError):
    """Somebody judged the product for the same query meanwhile; `grade` is what stands there now, None for nothing."""

    def __init__(self, grade: int | None) -> None:
        super().__init__(f"It was judged anew meanwhile: {grade}.")
        self.grade = grade


@dataclass(frozen=True)
class Judging:
    """A query that is judged: its words, its picture as `keep_picture` names it, and the language searched in."""

    text: str
    language: str
    picture: str = ""

    @property
    def name(self) -> str:
        """Its name within the set."""
        return topic_name(DESK, self.language, self.text, self.picture)

    @property
    def split(self) -> Split:
        """Half of all queries choose weights and half give figures; which is which, the name decides."""
        return Split.TUNE if int(self.name[-1], 16) % 2 else Split.CHECK


def grades(query: Judging) -> dict[Any, int]:
    """The grade of each product that was judged for the query, by its key."""
    rows = Judgement.objects.filter(query__set=DESK, query__name=query.name)
    return dict(rows.values_list("product", "grade"))


def judge(query: Judging, product: Any, grade: int | None, **expected: int | None) -> int | None:
    """Give the product its grade for the query, 0 to `HIGHEST_GRADE`, None to have none; returns what it had.

    With `before=...` raises `JudgedSince` where it has another grade than that by now. A query without any judgement
    left is forgotten, its picture too. Raises `ValueError` for a grade that there is not.
    """
    if grade is not None and not 0 <= grade <= HIGHEST_GRADE:
        raise ValueError(grade)
    using = router.db_for_write(JudgedQuery)
    with transaction.atomic(using=using):
        queries = JudgedQuery.objects.using(using)
        # Locked, so that one judges after the other, and nobody forgets the query meanwhile.
        row, _ = queries.select_for_update().get_or_create(
            set=DESK,
            name=query.name,
            defaults={
                "kind": DESK,
                "split": query.split,
                "language": query.language,
                "text": query.text,
                "picture": query.picture,
            },
        )
        judgements = Judgement.objects.using(using).filter(query=row)
        before: int | None = judgements.filter(product=product).values_list("grade", flat=True).first()
        if "before" in expected and before != expected["before"]:
            raise JudgedSince(before)
        if grade is None:
            judgements.filter(product=product).delete()
        else:
            row.judgements.update_or_create(product=product, defaults={"grade": grade})
        if not judgements.exists():
            row.delete()
            if not queries.filter(picture=query.picture).exists():
                JudgedPicture.objects.using(using).filter(name=query.picture).delete()
    return before


def picture_name(data: bytes) -> str:
    """What a picture is called among those that are kept."""
    return hashlib.sha256(data).hexdigest()


def keep_picture(data: bytes) -> str:
    """Keep the picture of a judged query, WebP as `QueryPicture` has it, for good; returns its name."""
    name = picture_name(data)
    JudgedPicture.objects.get_or_create(name=name, defaults={"data": data})
    return name


def kept_picture(name: str) -> bytes | None:
    """The picture of that name; None where it is not one of those that are kept here."""
    data = JudgedPicture.objects.filter(name=name).values_list("data", flat=True).first()
    return None if data is None else bytes(data)
