"""Fits a space's calibration on the catalogue itself: what belongs together against what does not.

A title and its own pictures, the pictures of one product, the titles of one product or group count as matching; all
else in the sample as unrelated. From each score is taken what the asking side has with the other side's centre: texts
and pictures lie in two narrow cones (Liang et al., Mind the Gap, 2022), and what lies near to the whole of a cone, as
nonsense often does, is near to nothing in particular. The sample is ordered by digest: as good as random, the same on
every run, and read from an index.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any
from zlib import crc32

import numpy as np
from django.db import connections
from django.db.models import F
from numpy.typing import NDArray

from ..calibration import Calibration, Span, agreed, between
from ..documents import document
from ..encoders import EncoderUnavailable
from ..models import Generation, PictureSpan, PictureVector, Space, TextVector
from . import heartbeat
from .embedding import vectors_of

SAMPLE = 500
#: Fewer products say nothing about scores; until then retrieval uses its own defaults.
FEWEST_PRODUCTS = 20
#: Decimals of a centre's numbers: more would say nothing, and every search reads them.
CENTRE_DIGITS = 5
#: Words of random letters that say how plain nonsense may seem, and the share of them that stays under that.
NONSENSE = 200
NONSENSE_SEED = 6_041
NONSENSE_QUANTILE = 0.985
#: Pictures that say where a shop's own lie; with fewer any picture may be one of its own.
SPAN_SAMPLE = 4_000
FEWEST_PICTURES = 200
#: Axes of the span: half of what the space has, and fewer where few pictures would be fitted by heart.
SPAN_AXES = 1 / 2
PICTURES_PER_AXIS = 8
#: Share of the shop's own pictures that lie less outside than its level, each seen by the span of others' alone.
SPAN_QUANTILE = 0.985
SPAN_FOLDS = 10
#: Growth of the catalogue after which the curves are fitted again: a fit reads a sample, so it costs a second at most.
GROWTH = 1.05


@dataclass(frozen=True)
class Sample:
    """Rows of one kind: vectors `(n, dim)` float32 with the group, content digest and kind of each."""

    groups: NDArray[np.str_]
    digests: NDArray[np.str_]
    vectors: NDArray[np.float32]


def calibrate_if_due(using: str, space: Space, generation: Generation) -> bool:
    """Fit the curves when there are enough products for the first time, or a twentieth more than when last fitted."""
    products = _indexed_products(using, space)
    name = f"calibration:{space.pk}"
    last = heartbeat.age(name, using=using)
    if last is not None and products < GROWTH * last[1].get("products", 0):
        return False
    return calibrate(using, space, generation)


def calibrate(using: str, space: Space, generation: Generation) -> bool:
    """Fit the curves now, as a space must have them before it serves; False with too few products to say anything."""
    products = _indexed_products(using, space)
    if products < FEWEST_PRODUCTS:
        return False
    calibration = fit(using, space, generation)
    Space.objects.using(using).filter(pk=space.pk).update(calibration=calibration)
    _survey(using, space)
    heartbeat.beat(f"calibration:{space.pk}", using=using, products=products)
    return True


def _indexed_products(using: str, space: Space) -> int:
    rows = TextVector.objects.using(using).filter(space_id=space.pk, product__isnull=False)
    return rows.filter(language=document().languages[0]).count()


def fit(using: str, space: Space, generation: Generation) -> dict[str, Any]:
    """What `Space.calibration` stores: by pair the curve, where the sample holds both kinds of scores; and as `centres`
    the mean vectors `(dim,)` of the texts and of the pictures.
    """
    pictures = _sample(using, PictureVector, space, "product IS NOT NULL", [])
    texts = _sample(
        using,
        TextVector,
        space,
        "product IS NOT NULL AND generation_id = %s",
        [generation.pk],
    )
    found: dict[str, Any] = {}
    for name, left, right in (
        ("text-text", texts, texts),
        ("text-picture", texts, pictures),
        ("picture-picture", pictures, pictures),
        ("picture-text", pictures, texts),
    ):
        matching, unrelated = _scores(left, right)
        if name == "text-text" and not matching.size:
            matching = _nearest(left)
        if matching.size and unrelated.size:
            found[name] = between(matching, unrelated).as_json()
    found["centres"] = {
        name: np.round(sample.vectors.mean(axis=0), CENTRE_DIGITS).tolist()
        for name, sample in (("texts", texts), ("pictures", pictures))
        if len(sample.vectors)
    }
    level = _nonsense(using, space, generation, found, texts, pictures)
    if level is not None:
        found["nonsense"] = level
    return found


def _survey(using: str, space: Space) -> None:
    """Measure anew where the space's pictures lie, or forget it where they are too few to say."""
    span = span_of(*_pictures(using, space))
    spans = PictureSpan.objects.using(using)
    if span is None:
        spans.filter(space=space).delete()
        return
    centre, axes = span.as_bytes()
    spans.update_or_create(space=space, defaults={"centre": centre, "axes": axes, "level": span.level})


def span_of(vectors: NDArray[np.float32], groups: NDArray[np.str_]) -> Span | None:
    """The span of pictures' `vectors` `(n, dim)`, whose level is that of pictures of groups other than it was fitted
    on; None for too few of them.
    """
    count, dim = vectors.shape
    if count < FEWEST_PICTURES:
        return None
    size = min(int(SPAN_AXES * dim), count // PICTURES_PER_AXIS)
    folds = np.array([crc32(group.encode()) % SPAN_FOLDS for group in groups.tolist()])
    held = [
        Span.of(vectors[folds != fold], size).outside(vectors[folds == fold])
        for fold in np.unique(folds).tolist()
        if (folds != fold).any()
    ]
    if not held:
        return None
    return Span.of(vectors, size, round(float(np.quantile(np.concatenate(held), SPAN_QUANTILE)), 6))


def _pictures(using: str, space: Space) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """Vectors `(n, dim)` and groups of up to SPAN_SAMPLE pictures, in the order of their digests."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product, vector::real[] FROM {PictureVector._meta.db_table}"
            " WHERE space_id = %s AND product IS NOT NULL ORDER BY digest, id LIMIT %s",
            [space.pk, SPAN_SAMPLE],
        )
        rows = cursor.fetchall()
    groups = _groups(using, [row[0] for row in rows])
    vectors = np.array([row[1] for row in rows], dtype=np.float32).reshape(len(rows), space.dim)
    return vectors, np.array([groups[row[0]] for row in rows], dtype=np.str_)


def _nonsense(
    using: str,
    space: Space,
    generation: Generation,
    curves: Mapping[str, Any],
    texts: Sample,
    pictures: Sample,
) -> float | None:
    """The value that letters which mean nothing stay under, but for a few: words that no text has must be seen more
    plainly. As it was where the model is not here; None without curves.
    """
    if "text-text" not in curves or "text-picture" not in curves:
        return None
    draw = random.Random(NONSENSE_SEED)
    letters = ["".join(draw.choices(ascii_lowercase, k=draw.randint(5, 10))) for _ in range(NONSENSE)]
    try:
        vectors = vectors_of(letters, space, generation, using=using)
    except EncoderUnavailable:
        kept = space.calibration.get("nonsense")
        return None if kept is None else float(kept)
    groups = np.unique(np.concatenate([texts.groups, pictures.groups]))
    text, picture = (
        _best_of_groups(curves[name], vectors, sample, groups)
        for name, sample in (("text-text", texts), ("text-picture", pictures))
    )
    best = agreed(text, picture).max(axis=1)
    return round(float(np.clip(np.quantile(best, NONSENSE_QUANTILE), 0.5, 0.95)), 4)


def _best_of_groups(
    curve: Mapping[str, float], vectors: NDArray[np.float32], sample: Sample, groups: NDArray[np.str_]
) -> NDArray[np.float64]:
    """The value of each group's best row for each of `vectors`: `(len(vectors), len(groups))`, NaN without rows."""
    values = Calibration(**curve).values(vectors @ (sample.vectors - sample.vectors.mean(axis=0)).T)
    found = np.full((len(vectors), len(groups)), np.nan)
    places = np.searchsorted(groups, sample.groups)
    for row, place in enumerate(places.tolist()):
        found[:, place] = np.fmax(found[:, place], values[:, row])
    return found


def _sample(using: str, model: Any, space: Space, condition: str, parameters: Sequence[Any]) -> Sample:
    """Up to SAMPLE products' rows, in the order of their digests: an ordered read of the partition's digest index."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            SELECT product, digest, vector::real[] FROM {model._meta.db_table}
            WHERE space_id = %s AND product IN (
                SELECT DISTINCT product FROM (
                    SELECT product FROM {PictureVector._meta.db_table}
                    WHERE space_id = %s AND product IS NOT NULL ORDER BY digest LIMIT %s
                ) AS pictured
                UNION
                SELECT DISTINCT product FROM (
                    SELECT product FROM {TextVector._meta.db_table}
                    WHERE space_id = %s AND product IS NOT NULL ORDER BY digest LIMIT %s
                ) AS titled
            ) AND {condition} ORDER BY digest, id LIMIT %s
            """,
            [space.pk, space.pk, SAMPLE, space.pk, SAMPLE, *parameters, 2 * SAMPLE],
        )
        rows = cursor.fetchall()
    groups = _groups(using, [row[0] for row in rows])
    return Sample(
        np.array([groups[row[0]] for row in rows], dtype=np.str_),
        np.array([row[1] for row in rows], dtype=np.str_),
        np.array([row[2] for row in rows], dtype=np.float32).reshape(len(rows), space.dim),
    )


def _groups(using: str, keys: Sequence[Any]) -> dict[Any, str]:
    """The group of each product, the same for variants: samples of texts and of pictures are compared by it."""
    shop = document()
    group = shop.group_by
    column = F("pk") if group is None else F(group) if isinstance(group, str) else group
    rows = shop.model._base_manager.using(using).filter(pk__in=set(keys)).annotate(ps_group=column)
    named = {key: str(key if value is None else value) for key, value in rows.values_list("pk", "ps_group")}
    return {key: named.get(key, str(key)) for key in keys}


def _scores(left: Sample, right: Sample) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores of pairs of one group, and of pairs of different ones; the same content is no evidence of either.

    A score is the inner product of `left` with `right` less `right`'s centre.
    """
    if not len(left.vectors) or not len(right.vectors):
        nothing = np.empty(0, dtype=np.float32)
        return nothing, nothing
    scores = left.vectors @ (right.vectors - right.vectors.mean(axis=0)).T
    together = left.groups[:, None] == right.groups[None, :]
    other = left.digests[:, None] != right.digests[None, :]
    return scores[together & other], scores[~together & other]


def _nearest(texts: Sample) -> NDArray[np.float32]:
    """Where no product has two titles: each title's nearest other one stands in for a match."""
    scores = texts.vectors @ (texts.vectors - texts.vectors.mean(axis=0)).T
    scores[texts.digests[:, None] == texts.digests[None, :]] = -np.inf
    best: NDArray[np.float32] = scores.max(axis=1) if len(scores) else np.empty(0, dtype=np.float32)
    return best[np.isfinite(best)]
