"""How prices are spread, reckoned without PostgreSQL and without the search."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any


def spread(rows: list[dict[str, Any]]) -> list[tuple[Decimal, Decimal, int]]:
    """About ten round steps from the lowest price to that of 95 in 100; the last one goes on to the highest."""
    priced = sorted((row["price"], row["group"]) for row in rows if row["price"] is not None)
    if not priced:
        return []
    lowest, highest = priced[0][0], priced[-1][0]
    top = priced[math.ceil(0.95 * len(priced)) - 1][0]
    top = top if top > lowest else highest
    steps = [Decimal(digit).scaleb(power) for power in range(-4, 6) for digit in (1, 2, 5)]
    step = min(step for step in steps if step * 10 >= top - lowest) if top > lowest else Decimal(1)
    at = lowest // step * step
    found = []
    while True:
        end = at + step
        last = end > top
        inside = {group for price, group in priced if at <= price and (price < end or last)}
        found.append((at, max(end, highest) if last else end, len(inside)))
        if last:
            return found
        at = end
