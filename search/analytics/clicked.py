"""Products by how often they are clicked where they are looked at: what stands low is looked at seldom, so clicks are
held against looks and not against how often a product was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from django.db import connections

from ..learning import learned_bias
from ..models import DailyProduct
from .reports import Choice

#: Which of them: clicked more than is usual, or less.
End = Literal["most", "least"]
#: Positions that are told apart; further down all are looked at as seldom.
DEEPEST = 200
#: A product is listed from so many looks on; where there were few, its rate is drawn towards the usual one by as many.
ENOUGH = 10.0


@dataclass(frozen=True)
class ClickedProduct:
    """A product of a period: how often it was `shown` for queries, `looks` it had (as many times as a product on top of
    the list), `clicks`, and its corrected `rate` of clicks, drawn towards the `usual` one where little is known.
    """

    product: Any
    shown: int
    looks: float
    clicks: int
    rate: float
    usual: float

    @property
    def raw_rate(self) -> float:
        """Clicks over how often it was shown, wherever it stood."""
        return self.clicks / self.shown if self.shown else 0.0

    @property
    def times(self) -> float:
        """How many times as often as is usual it is clicked."""
        return self.rate / self.usual if self.usual else 0.0


def clicked_products(choice: Choice, end: End, *, most: int = 10, using: str) -> list[ClickedProduct]:
    """The products that are clicked the most for their looks in the days of `choice`, or the least, and only those that
    are clicked more, or less, than is usual. Of its parts the language alone counts.
    """
    looked_at = learned_bias(using).at(np.arange(1, DEEPEST + 1)).tolist()
    language = "" if choice.language is None else " AND language = %(language)s"
    given = {
        "first": choice.first,
        "last": choice.last,
        "language": choice.language,
        "looked_at": looked_at,
        "deepest": DEEPEST,
        "enough": ENOUGH,
        "most": most,
    }
    side, order = (">", "DESC") if end == "most" else ("<", "ASC")
    field: Any = DailyProduct._meta.get_field("product")
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH each AS MATERIALIZED (
                SELECT product, sum(shown) AS shown, sum(clicks) AS clicks,
                    sum(shown * (%(looked_at)s::float8[])[least(position, %(deepest)s)]) AS looks
                FROM {DailyProduct._meta.db_table}
                WHERE day BETWEEN %(first)s AND %(last)s{language} GROUP BY product
            ), every AS (SELECT sum(clicks) / nullif(sum(looks), 0) AS usual FROM each)
            SELECT product, shown, looks, clicks, rate, usual FROM (
                SELECT *, (clicks + %(enough)s * usual) / (looks + %(enough)s) AS rate FROM each, every
            ) AS rated
            WHERE looks >= %(enough)s AND rate {side} usual ORDER BY rate {order}, product LIMIT %(most)s
            """,
            given,
        )
        return [
            ClickedProduct(
                field.to_python(key), int(shown), float(looks), int(clicks), float(rate), float(usual)
            )
            for key, shown, looks, clicks, rate, usual in cursor.fetchall()
        ]
