"""A pass over everything that is indexed, in pages, and what was queued since: so tags, alt texts, rulings and doubts
are written.

How far a pass has come is one row, written with each page in its transaction, so it goes on wherever it was killed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet

from ..models import Entry
from . import heartbeat


@dataclass(frozen=True)
class Pass:
    """The pass of this name. Its state has how many products were `seen` of so many `products`, the one `after` which
    it goes on, whether it is `complete`, and what else it was begun with.
    """

    name: str

    def state(self, *, using: str) -> dict[str, Any]:
        """Where it stands; empty before the first one."""
        found = heartbeat.age(self.name, using=using)
        return {} if found is None else found[1]

    def begin(self, *, using: str, **about: Any) -> int:
        """Begin anew, with what it is `about`; returns how many products there are."""
        products = indexed(using).count()
        heartbeat.beat(self.name, using=using, **about, products=products, seen=0, after=None, complete=False)
        return products

    def advance(
        self,
        state: dict[str, Any],
        size: int,
        work: Callable[[list[Any]], int],
        *,
        using: str,
        locked: bool = False,
    ) -> tuple[dict[str, Any], int]:
        """Do `work` on the next products behind `state`, `size` at most, within the caller's transaction; returns the
        state then, and what `work` returned, 0 where none was left. Rows are `locked` as whoever writes products locks
        them, if asked.
        """
        entries = indexed(using).order_by("product")
        if state["after"] is not None:
            field: Any = Entry._meta.get_field("product")
            entries = entries.filter(product__gt=field.to_python(state["after"]))
        if locked:
            entries = entries.select_for_update(no_key=True)
        keys = list(entries.values_list("product", flat=True)[:size])
        done = work(keys) if keys else 0
        state = {**state, "seen": state["seen"] + len(keys), "complete": len(keys) < size}
        if keys:
            state["after"] = str(keys[-1])
        heartbeat.beat(self.name, using=using, **state)
        return state, done


def indexed(using: str) -> QuerySet[Entry]:
    """The products that were indexed at least once."""
    return Entry.objects.using(using).filter(done__gt=0)


def take_queued(queue: type[Model], size: int, *, using: str) -> list[Any]:
    """Up to `size` rows out of a `queue` of products, within the caller's transaction; their keys, each once."""
    table = queue._meta.db_table
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN"
            f" (SELECT id FROM {table} ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING product",
            [size],
        )
        field: Any = queue._meta.get_field("product")
        return sorted({field.to_python(key) for (key,) in cursor.fetchall()})


def take_turn(name: str, *, using: str) -> None:
    """Until the transaction ends nobody else takes a turn of this name: who comes meanwhile waits."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('product_search'), hashtext(%s))", [name])
