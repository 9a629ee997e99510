"""From marks to leased entries: short transactions on our own tables, by the database's clock alone.

A worker takes marks (`DELETE ... SKIP LOCKED`), raises `wanted` on their products' entries, and leases a batch of
entries under a token of its own. A token that is gone from an entry was taken over by another worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

from ..conf import settings
from ..models import Entry, Mark, Picture
from .watching import Watch, watches

#: Product marks that one statement turns into entries.
MARKS_AT_ONCE = 1000
#: Marks of related rows taken before a batch of products is looked at, so that neither waits long for the other.
RELATED_AT_ONCE = 50
#: Products that one transaction raises when a related row changed.
PAGE = 500

MARK = Mark._meta.db_table
ENTRY = Entry._meta.db_table


@dataclass(frozen=True)
class Lease:
    """A batch of products that is ours until `leased_until`; `wanted` by key, as it stood when they were leased."""

    token: int
    wanted: Mapping[Any, int]


def expand(using: str) -> int:
    """Turn due marks into raised entries, a limited number at a time; returns how many were taken."""
    taken = 0
    for watch in watches().by_label.values():
        if watch.paths == ("",) and not watch.pictures:
            taken += _take_product_marks(using, watch.label)
    for _ in range(RELATED_AT_ONCE):
        if not expand_one(using):
            break
        taken += 1
    return taken


def _take_product_marks(using: str, label: str) -> int:
    """Marks of products alone: one statement, by the index product_search_mark_due.

    Entries are raised in the order of their keys, so two workers that raise the same ones can't deadlock.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM {MARK} WHERE not_before <= statement_timestamp() AND source = %s
                ORDER BY bulk, not_before, id LIMIT %s FOR UPDATE SKIP LOCKED
            ), taken AS (
                DELETE FROM {MARK} USING due WHERE {MARK}.id = due.id RETURNING key, {MARK}.bulk
            ), raised AS (
                {_raise_sql(using, "SELECT key, bool_and(bulk) FROM taken GROUP BY key")}
            )
            SELECT count(*) FROM taken
            """,
            [label, MARKS_AT_ONCE],
        )
        return int(cursor.fetchone()[0])


def expand_one(using: str) -> bool:
    """Take one due mark, of whatever row, in pages of products; False when there is none.

    Each page is one transaction: the mark goes, its page's entries are raised, and what is left becomes a bulk mark
    that begins after the page, so that a brand of 50,000 products holds up nobody's save.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM {MARK} WHERE id = (
                SELECT id FROM {MARK} WHERE not_before <= statement_timestamp()
                ORDER BY bulk, not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING source, key, after, bulk
            """
        )
        row = cursor.fetchone()
        if row is None:
            return False
        source, key, after, bulk = row
        watch = watches().by_label.get(source)
        if watch is None:
            return True  # the document no longer reads this model
        keys = _products(using, watch, key, after)
        if len(keys) > PAGE:
            keys = keys[:PAGE]
            cursor.execute(
                f"INSERT INTO {MARK} (source, key, after, bulk) VALUES (%s, %s, %s, true)",
                [source, key, str(keys[-1])],
            )
        if not after:
            if watch.is_product:
                keys = [key, *keys]
            if watch.pictures:
                recorded = Picture.objects.using(using).filter(picture=key).values_list("product", flat=True)
                keys = [*keys, *recorded]
        raise_entries(using, keys, bulk=bulk)
    return True


def _products(using: str, watch: Watch, key: str, after: str) -> Sequence[Any]:
    """Up to PAGE + 1 keys, in order, of the products that a related row concerns."""
    product = next(watch for watch in watches().by_label.values() if watch.is_product)
    pages: list[QuerySet[Any, Any]] = []
    for path in filter(None, watch.paths):
        rows = product.model._base_manager.using(using).filter(**{path: key}).order_by()
        if after:
            rows = rows.filter(pk__gt=after)
        pages.append(rows.values_list("pk", flat=True))
    if not pages:
        return []
    # UNION rather than OR: each path is then followed by its own index. It also drops duplicates.
    ordered = pages[0].distinct() if len(pages) == 1 else pages[0].union(*pages[1:])
    return list(ordered.order_by("pk")[: PAGE + 1])


def raise_entries(using: str, keys: Sequence[Any], *, bulk: bool) -> None:
    """Add one to `wanted` of each product's entry, made where it is missing; a parked one is given another chance."""
    if not keys:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(
            _raise_sql(using, "SELECT DISTINCT key, %s FROM unnest(%s::text[]) AS given(key)"),
            [bulk, [str(key) for key in keys]],
        )


def _raise_sql(using: str, rows: str) -> str:
    """INSERT ... ON CONFLICT over `rows`, a SELECT of (key as text, bulk)."""
    return f"""
        INSERT INTO {ENTRY} AS entry (product, bulk)
        SELECT key::{key_type(using)}, bulk FROM ({rows}) AS row(key, bulk) ORDER BY 1
        ON CONFLICT (product) DO UPDATE SET
            wanted = entry.wanted + 1,
            bulk = excluded.bulk AND (entry.bulk OR entry.done = entry.wanted),
            attempts = 0, not_before = NULL, parked = false
    """


def key_type(using: str) -> str:
    """The product key's type in the database; a text's length is left out, for a cast would cut longer ones."""
    field: Any = Entry._meta.get_field("product")
    return str(field.db_type(connections[using])).split("(")[0]


def lease(using: str, *, suspects: bool = False) -> Lease | None:
    """Lease a batch of stale entries, people's saves first; None when nothing is due.

    An entry that failed, or whose worker died over it, is a suspect and is leased alone: a picture that kills the
    process takes no other product with it. The lease counts as an attempt until the work is done; after MAX_ATTEMPTS
    leases that simply ended, the entry is parked.
    """
    conf = settings()
    condition = "(attempts > 0 OR lease IS NOT NULL)" if suspects else "attempts = 0 AND lease IS NULL"
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH token AS MATERIALIZED (SELECT nextval('product_search_lease') AS value), due AS MATERIALIZED (
                SELECT product, attempts + (lease IS NOT NULL)::int AS attempts FROM {ENTRY}
                WHERE done < wanted AND NOT parked AND {condition}
                    AND (not_before IS NULL OR not_before <= statement_timestamp())
                    AND (leased_until IS NULL OR leased_until <= statement_timestamp())
                ORDER BY bulk, not_before LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE {ENTRY} AS entry SET
                attempts = due.attempts,
                parked = due.attempts >= %s,
                error = CASE WHEN due.attempts >= %s THEN %s ELSE error END,
                lease = CASE WHEN due.attempts >= %s THEN NULL ELSE token.value END,
                leased_until = CASE WHEN due.attempts >= %s THEN NULL
                    ELSE clock_timestamp() + make_interval(secs => %s) END
            FROM due, token WHERE entry.product = due.product
            RETURNING token.value, entry.product, entry.wanted, entry.parked
            """,
            [
                1 if suspects else conf.batch_products,
                *[conf.max_attempts] * 2,
                f"Its worker ended {conf.max_attempts} times while it was indexed.",
                *[conf.max_attempts] * 2,
                conf.lease_seconds,
            ],
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    return Lease(rows[0][0], {from_db(row[1]): row[2] for row in rows if not row[3]})


def renew(using: str, lease: Lease) -> None:
    """Hold the lease for another LEASE_SECONDS; entries that another worker took over stay with it."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {ENTRY} SET leased_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE product = ANY(%s) AND lease = %s",
            [settings().lease_seconds, list(lease.wanted), lease.token],
        )


def release(using: str, lease: Lease) -> None:
    """Give a batch back untried: what stopped us lies with this process, not with the products."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {ENTRY} SET lease = NULL, leased_until = NULL WHERE product = ANY(%s) AND lease = %s",
            [list(lease.wanted), lease.token],
        )


def from_db(value: Any) -> Any:
    """A key as the database returns it, as the shop's model has it."""
    return Entry._meta.get_field("product").to_python(value)


def is_waiting(using: str) -> bool:
    """Whether a worker would find something to do now: a due mark, or a stale entry that nobody works on."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {MARK} WHERE not_before <= statement_timestamp())"
            f" OR EXISTS (SELECT FROM {ENTRY} WHERE done < wanted AND NOT parked"
            " AND (not_before IS NULL OR not_before <= statement_timestamp())"
            " AND (leased_until IS NULL OR leased_until <= statement_timestamp()))"
        )
        return bool(cursor.fetchone()[0])
