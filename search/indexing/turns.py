"""While much waits, workers hand on in turns: one message asks for the next turn, however many saves woke somebody.

Otherwise each wake-up and each sweep that meets a backlog would begin a chain of tasks of its own, and the host's other
tasks on the same queue would wait behind all of them. There are as many turns at once as IMPORT_WORKERS says, each with
a number.
"""

from __future__ import annotations

from django.db import connections

from ..conf import settings
from ..models import Heartbeat
from . import claim

TABLE = Heartbeat._meta.db_table
NAME = "turn"
#: So long an offer and its message are good, and a turn counts as being worked: if the broker lost the one or the
#: process that had the other died, whoever comes next works again.
OFFER_SECONDS = 30


def offer(using: str, number: int = 1) -> bool:
    """Offer the next turn of this number; False where it is on offer and nobody has taken it: one message is enough."""
    return _offer(using, number, "(turn.detail->>'offered')::bool")


def offer_more(using: str, own: int) -> list[int]:
    """Offer the turns beside our `own` that nobody works on, where more waits than a batch; returns their numbers."""
    conf = settings()
    others = [number for number in range(2, conf.import_workers + 1) if number != own]
    if not others or not claim.waits(using, more_than=conf.batch_products):
        return []
    return [number for number in others if _offer(using, number, "true")]


def _offer(using: str, number: int, taken: str) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} AS turn (name, beaten_at, detail)"
            " VALUES (%s, clock_timestamp(), '{\"offered\": true}')"
            " ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at, detail = excluded.detail"
            f" WHERE NOT {taken} OR turn.beaten_at <= clock_timestamp() - make_interval(secs => %s)",
            [_name(number), OFFER_SECONDS],
        )
        return bool(cursor.rowcount)


def take(using: str, number: int = 1) -> None:
    """Take the turn of this number, if it is on offer: the next one may be offered again."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET detail = '{{\"offered\": false}}', beaten_at = clock_timestamp() WHERE name = %s"
            " AND (detail->>'offered')::bool",
            [_name(number)],
        )


def is_offered(using: str) -> bool:
    """Whether a turn is on offer: who comes now for another reason leaves the work to whoever takes it."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {TABLE} WHERE name LIKE %s AND (detail->>'offered')::bool"
            " AND beaten_at > clock_timestamp() - make_interval(secs => %s))",
            [f"{NAME}:%", OFFER_SECONDS],
        )
        return bool(cursor.fetchone()[0])


def _name(number: int) -> str:
    return f"{NAME}:{number}"
