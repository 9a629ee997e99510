"""Titles put to pictures that no model was trained on, in two spaces, from the vectors that are stored in them.

Both spaces answer the same questions over the same products: those of the held-out groups whose title and picture both
of them hold. A product is as near as its nearest picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connections
from numpy.typing import NDArray

from ..documents import document
from ..indexing.claim import from_db, key_type
from ..models import Generation, PictureVector, Space, TextVector
from .figures import Figure, paired

#: Products asked at most, by a digest of their keys: as good as random, and the same in every run.
MOST = 10_000
#: Questions whose scores are held at once.
BLOCK = 256
TOP = (1, 10)
#: Scores that differ by less are the same: equal vectors may differ by so much, multiplied in another order.
TIE = 1e-6

Vector = NDArray[np.float32]
#: Vectors `(dim,)` by what they are of: (product, digest) of a title, (product, picture, digest) of a picture.
Vectors = Mapping[tuple[Any, ...], Vector]
Ranks = NDArray[np.int64]


def held_out_figures(
    new: Space, serving: Space, shown: Collection[tuple[Any, str]], generation: Generation, *, using: str
) -> list[Figure]:
    """recall@1, recall@10 and MRR by language, of a title's own product (`id`) and of any product of that title
    (`title`); empty where both spaces hold nothing of it.

    `shown` are the held-out products, each with the id of a picture.
    """
    products = _sampled({product for product, _ in shown})
    wanted = {(product, picture) for product, picture in shown if product in products}
    pictures = [_pictures(space, wanted, using) for space in (new, serving)]
    figures: list[Figure] = []
    asked_before: set[str] = set()
    for language in document().languages:
        titles = [_titles(space, products, generation, language, using) for space in (new, serving)]
        ranks = _ranks_in_both(titles, pictures)
        if ranks is None or {digest for _, digest in titles[0]} <= asked_before:  # nothing is translated
            continue
        asked_before |= {digest for _, digest in titles[0]}
        choices, of_new, of_serving = ranks
        for place, by in enumerate(("id", "title")):
            first, second = of_new[place], of_serving[place]
            for k in TOP:
                found = paired(f"recall@{k}", by, language, choices, first <= k, second <= k)
                figures.append(found)
            figures.append(paired("MRR", by, language, choices, 1 / first, 1 / second))
    return figures


def _sampled(products: Collection[Any]) -> set[Any]:
    return set(sorted(products, key=lambda key: hashlib.sha256(str(key).encode()).digest())[:MOST])


def _titles(
    space: Space, products: Collection[Any], generation: Generation, language: str, using: str
) -> dict[tuple[Any, ...], Vector]:
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product, digest, vector::real[] FROM {TextVector._meta.db_table}"  # noqa: S608 - a table of ours
            " WHERE space_id = %s AND generation_id = %s AND language = %s"
            f" AND product = ANY(%s::{key_type(using)}[]) ORDER BY digest, product",
            [space.pk, generation.pk, language, list(products)],
        )
        return {(from_db(key), digest): _vector(vector) for key, digest, vector in cursor}


def _pictures(space: Space, shown: Collection[tuple[Any, str]], using: str) -> dict[tuple[Any, ...], Vector]:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT product, picture, digest, vector::real[]"  # noqa: S608 - a table of ours
            f" FROM {PictureVector._meta.db_table}"
            f" WHERE space_id = %s AND product = ANY(%s::{key_type(using)}[]) ORDER BY product, picture",
            [space.pk, list({product for product, _ in shown})],
        )
        return {
            (product, picture, digest): _vector(vector)
            for key, picture, digest, vector in cursor
            if ((product := from_db(key)), picture) in shown
        }


def _vector(values: Sequence[float]) -> Vector:
    return np.array(values, dtype=np.float32)


def _ranks_in_both(
    titles: Sequence[Vectors], pictures: Sequence[Vectors]
) -> tuple[int, tuple[Ranks, Ranks], tuple[Ranks, Ranks]] | None:
    """Products to choose from, and each space's ranks `(q,)` by product and by title; None without a question."""
    seen = sorted(pictures[0].keys() & pictures[1].keys(), key=lambda each: (str(each[0]), each[1]))
    owners = list(dict.fromkeys(product for product, *_ in seen))
    places = {product: place for place, product in enumerate(owners)}
    asked = [title for title in titles[0] if title in titles[1] and title[0] in places]
    if not asked:
        return None
    starts = np.unique([places[product] for product, *_ in seen], return_index=True)[1]
    said: dict[Any, str] = dict(asked)
    same = np.array([said.get(product, "") for product in owners])
    own = np.array([places[product] for product, _ in asked])
    both = []
    for of_titles, of_pictures in zip(titles, pictures, strict=True):
        questions = np.stack([of_titles[title] for title in asked])
        choices = np.stack([of_pictures[picture] for picture in seen])
        both.append(_ranks(questions, choices, starts, own, same))
    return len(owners), both[0], both[1]


def _ranks(
    questions: Vector, pictures: Vector, starts: NDArray[np.intp], own: Ranks, said: NDArray[np.str_]
) -> tuple[Ranks, Ranks]:
    """Ranks from 1 of each question's own product, and of the best one with its title; who ties comes first.

    `pictures` `(p, dim)` lie product by product, which begin at `starts` `(n,)`; `said` `(n,)` are titles' digests.
    """
    by_id, by_title = np.empty(len(questions), np.int64), np.empty(len(questions), np.int64)
    for start in range(0, len(questions), BLOCK):
        scores = np.maximum.reduceat(questions[start : start + BLOCK] @ pictures.T, starts, axis=1)
        for row, nearness in enumerate(scores, start):
            others = said != said[own[row]]
            by_id[row] = (nearness >= nearness[own[row]] - TIE).sum()
            by_title[row] = 1 + (nearness[others] >= nearness[~others].max() - TIE).sum()
    return by_id, by_title
