"""While much waits, workers hand on in turns: one message asks for the next turn, however many saves woke somebody.

Otherwise each wake-up and each sweep that meets a backlog would begin a chain of tasks of its own, and the host's other
tasks on the same queue would wait behind all of them.
"""

from __future__ import annotations

from django.db import connections

from ..models import Heartbeat

TABLE = Heartbeat._meta.db_table
NAME = "turn"
#: So long an offer and its message are good: if the broker lost it, whoever comes next works again.
OFFER_SECONDS = 30


def offer(using: str) -> bool:
    """Offer the next turn; False where one is on offer that nobody has taken yet: no second message is needed."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} AS turn (name, beaten_at, detail)"
            " VALUES (%s, clock_timestamp(), '{\"offered\": true}')"
            " ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at, detail = excluded.detail"
            " WHERE NOT (turn.detail->>'offered')::bool"
            " OR turn.beaten_at <= clock_timestamp() - make_interval(secs => %s)",
            [NAME, OFFER_SECONDS],
        )
        return bool(cursor.rowcount)


def take(using: str) -> None:
    """Take the turn on offer, if any: the next one may be offered again."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET detail = '{{\"offered\": false}}' WHERE name = %s"
            " AND (detail->>'offered')::bool",
            [NAME],
        )


def is_offered(using: str) -> bool:
    """Whether a turn is on offer: who comes now for another reason leaves the work to whoever takes it."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {TABLE} WHERE name = %s AND (detail->>'offered')::bool"
            " AND beaten_at > clock_timestamp() - make_interval(secs => %s))",
            [NAME, OFFER_SECONDS],
        )
        return bool(cursor.fetchone()[0])
