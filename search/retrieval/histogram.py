"""How the numbers of a range are spread: buckets of one round width, each with the groups that have a number in it.

The few dearest would leave everything else to the first bucket, so nine in ten buckets' worth is drawn for the lower 95
of 100 numbers, and the last bucket holds what lies above.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from .answer import Bucket

#: About so many buckets, and two more at most.
ABOUT = 10
#: Share of the numbers that lie below the end of the last bucket's round width.
MOST = 0.95

COLUMNS = ("grp", "value", "sampled")
#: Rows `(group, number, whether it is counted)` become one: lowest, highest, where the first bucket begins, the width
#: of each, the number of the last, and by number the counts. A group without a name is one product; what is no number
#: counts for nothing. MATERIALIZED, so that the shape is reckoned once and not anew for each number: a millisecond. So
#: is where each bucket begins: finding a number's place among those is quicker than dividing.
SELECT = f"""
    WITH numbers AS MATERIALIZED (
        SELECT grp, value, sampled FROM {{part}} WHERE value > '-Infinity' AND value < 'Infinity'
    ), ends AS (
        SELECT min(value) AS low, max(value) AS high,
            percentile_disc({MOST}) WITHIN GROUP (ORDER BY value) FILTER (WHERE sampled) AS most FROM numbers
    ), spans AS (
        SELECT low, high, top, (top - low) / {ABOUT} AS span
        FROM ends, LATERAL (SELECT CASE WHEN most > low THEN most ELSE high END) AS tops(top)
    ), tens AS (
        SELECT low, high, top, span, CASE WHEN span > 0 THEN power(10::numeric, floor(log(span))) ELSE 1 END AS ten
        FROM spans
    ), widths AS (
        SELECT low, high, top, ten * CASE
            WHEN span <= ten THEN 1 WHEN span <= 2 * ten THEN 2 WHEN span <= 5 * ten THEN 5 ELSE 10 END AS width
        FROM tens
    ), starts AS (
        SELECT low, high, top, width, floor(low / width) * width AS start FROM widths
    ), shape AS MATERIALIZED (
        SELECT low, high, width, start, last,
            ARRAY(SELECT start + width * number FROM generate_series(1, last::int) AS number) AS steps
        FROM starts, LATERAL (SELECT floor((top - start) / width)) AS ended (last)
    )
    SELECT json_build_array(low::text, high::text, start::text, width::text, last::int, (
        SELECT json_object_agg(bucket, groups) FROM (
            SELECT bucket, sum(groups) AS groups FROM (
                SELECT width_bucket(value, steps) AS bucket,
                    CASE WHEN grp IS NULL THEN count(*) ELSE 1 END AS groups
                FROM numbers WHERE sampled GROUP BY 1, grp
            ) AS inside GROUP BY bucket
        ) AS counted
    )) AS cells FROM shape
"""  # noqa: S608 - numbers of ours
EMPTY = ((None, None, None, None, None, None),)


def buckets(row: Sequence[Any], sample: int) -> tuple[Bucket, ...]:
    """The buckets that `SELECT` read, from the lowest, empty ones between them too; of `sample` groups one counts."""
    _, high, start, width, last, groups = row
    if last is None:
        return ()
    first, step, highest = Decimal(start), Decimal(width), Decimal(high)
    ends = [_plain(first + step * number) for number in range(last + 2)]
    ends[-1] = max(ends[-1], _plain(highest))
    counts = {int(number): count for number, count in (groups or {}).items()}
    return tuple(
        Bucket(ends[number], ends[number + 1], counts.get(number, 0) * sample) for number in range(last + 1)
    )


def _plain(number: Decimal) -> Decimal:
    """Without the zeros that PostgreSQL's arithmetic leaves behind."""
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()
