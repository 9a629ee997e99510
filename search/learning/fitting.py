"""Priors fitted from the roll-ups: all of them anew each time, in one transaction, so that they agree with each other.

What is older counts less, by half with every PRIORS_HALF_LIFE_DAYS, and what is eight times as old nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connections, transaction
from numpy.typing import NDArray

from ..conf import settings
from ..indexing import heartbeat
from ..indexing.passes import take_turn
from ..models import PRIORS, DailyProduct, Prior, Revision
from .clicks import Counts, PositionBias, Rates, corrected_rates, popularity, position_bias

#: The heartbeat that says when priors were fitted, and from what.
FITTED = "priors"
#: Clicks, as far as they still count, below which nothing is believed.
LEAST_CLICKS = 500.0
#: And of one query; it takes as many as a page of products.
LEAST_OF_A_QUERY = 25.0
HALF_LIVES = 8
MOST_QUERIES = 2_000
MOST_PRODUCTS = 10_000
#: A product within this share of what is usual has no prior.
USUAL = 0.05

# Queries with few sessions of a day are rolled up as one, the empty query. Where its products stand tells nothing:
# they come first for queries that they fit, and last for others.
_CELLS = f"""
    WITH recent AS (
        SELECT language, query, product, position,
            sum(shown * weight) AS shown, sum(clicks * weight) AS clicks
        FROM (
            SELECT *, power(0.5, (current_date - day) / %(half_life)s::float8) AS weight
            FROM {DailyProduct._meta.db_table}
            WHERE day > current_date - %(days)s::int AND query <> '' AND shown > 0
        ) AS counted
        GROUP BY language, query, product, position
    ), most AS (
        SELECT language, query, row_number() OVER (ORDER BY sum(clicks) DESC, language, query) AS number
        FROM recent GROUP BY language, query HAVING sum(clicks) >= %(least)s
        ORDER BY sum(clicks) DESC, language, query LIMIT %(queries)s
    )
    SELECT number, language, query, product, position, shown::float8, clicks::float8
    FROM recent JOIN most USING (language, query) ORDER BY number
"""


@dataclass(frozen=True)
class Fitted:
    """What priors were fitted from: `clicks` as far as they count, of so many `queries`; whether that is `enough`; and
    the bias of positions.
    """

    clicks: float
    queries: int
    products: int
    enough: bool
    bias: PositionBias


@dataclass(frozen=True)
class _Read:
    """Counts with what their numbers stand for."""

    counts: Counts
    queries: Sequence[tuple[str, str]]
    products: Sequence[Any]


def fit_priors(using: str) -> Fitted:
    """Fit all priors anew from the roll-ups, and say so to all processes; without enough clicks there are none.

    The bias of positions is fitted in any case: reports correct click rates by it.
    """
    read = _read(using)
    bias = position_bias(read.counts)
    rates = corrected_rates(read.counts, bias)
    clicks = float(read.counts.clicks.sum())
    enough = clicks >= LEAST_CLICKS
    priors = list(_priors(read, rates)) if enough and settings().priors_weight > 0 else []
    with transaction.atomic(using=using):
        take_turn(FITTED, using=using)
        Prior.objects.using(using).all().delete()
        Prior.objects.using(using).bulk_create(priors, batch_size=500)
        Revision.renew(PRIORS, using=using)
        heartbeat.beat(
            FITTED,
            using=using,
            clicks=round(clicks, 1),
            queries=len(read.queries),
            products=len(read.products),
            enough=enough,
            least=LEAST_CLICKS,
            positions=bias.positions.tolist(),
            looked_at=[round(share, 4) for share in bias.looked_at.tolist()],
            known=bias.known.tolist(),
        )
    return Fitted(clicks, len(read.queries), len(read.products), enough, bias)


def learned_bias(using: str) -> PositionBias:
    """The bias of positions as it was fitted last, for reports; before that, the default curve."""
    last = heartbeat.age(FITTED, using=using)
    detail = {} if last is None else last[1]
    positions = np.array(detail.get("positions", [1]), dtype=np.int64)
    looked_at = np.array(detail.get("looked_at", [1.0]))
    return PositionBias(positions, looked_at, np.array(detail.get("known", [True])))


def _read(using: str) -> _Read:
    half_life = settings().priors_half_life_days
    asked = {
        "half_life": half_life,
        "days": HALF_LIVES * half_life,
        "least": LEAST_OF_A_QUERY,
        "queries": MOST_QUERIES,
    }
    queries: list[tuple[str, str]] = []
    numbers: dict[Any, int] = {}
    rows: list[tuple[int, int, int, float, float]] = []
    field: Any = DailyProduct._meta.get_field("product")
    with connections[using].cursor() as cursor:
        cursor.execute(_CELLS, asked)
        for number, language, query, product, position, shown, clicks in cursor:
            if number > len(queries):
                queries.append((language, query))
            rows.append((number - 1, numbers.setdefault(product, len(numbers)), position, shown, clicks))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    query, product, position = columns[:3].astype(np.int64)
    return _Read(
        Counts(query, product, position, columns[3], columns[4]),
        queries,
        [field.to_python(key) for key in numbers],
    )


def _priors(read: _Read, rates: Rates) -> Iterator[Prior]:
    """Popularity, then each query's own."""
    products, times, usual = popularity(rates)
    most = np.argsort(-usual * np.abs(np.log(times)), kind="stable")[:MOST_PRODUCTS]
    yield from _prior(("", ""), products[most], times[most], read.products)
    own = rates.rate / rates.usual
    for number, query in enumerate(read.queries):
        of = rates.query == number
        yield from _prior(query, rates.product[of], own[of], read.products)


def _prior(
    query: tuple[str, str], products: NDArray[np.int64], times: NDArray[np.float64], keys: Sequence[Any]
) -> Iterator[Prior]:
    kept = np.abs(times - 1) > USUAL
    if kept.any():
        yield Prior(
            language=query[0],
            query=query[1],
            products=[keys[number] for number in products[kept].tolist()],
            times=[round(each, 4) for each in times[kept].tolist()],
        )
