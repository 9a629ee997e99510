"""From marks to leased entries: short transactions on our own tables, by the database's clock alone.

A worker takes marks (`SKIP LOCKED`), raises `wanted` on their products' entries, and leases a batch of entries under a
token of its own. A token that is gone from an entry was taken over by another worker. Every statement reads a bounded
number of rows by an index, whatever the backlog, and what people save goes before what imports do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from django.db import connections, transaction
from django.db.models import QuerySet

from ..conf import settings
from ..documents import document
from ..documents.reading import picture_ids
from ..models import Entry, Mark, Picture
from .watching import Watch, watches

#: Marks that one transaction takes.
MARKS_AT_ONCE = 1000
#: Products that one transaction raises because of related rows of one model.
PAGE = 1000

MARK = Mark._meta.db_table
ENTRY = Entry._meta.db_table

#: What a lease takes: entries that wait for the first time, ones that failed and are due again, and ones that a worker
#: held until its lease ran out. The last are leased one at a time: what kills a process takes no other product along.
Kind = Literal["new", "failed", "left"]


@dataclass(frozen=True)
class Lease:
    """A batch of products that is ours until `leased_until`; `wanted` by key, as it stood when they were leased."""

    token: int
    wanted: Mapping[Any, int]


class _Row(NamedTuple):
    """A due mark: the key of a changed row, and the last product that it was followed to already."""

    id: int
    key: str
    after: str


@dataclass
class _Found:
    """What a transaction makes of the marks it looked at: products to raise, marks used up, and what is left."""

    keys: list[Any] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    #: (source, key, after) of marks whose first page of products is raised now.
    rest: list[tuple[str, str, str]] = field(default_factory=list)
    #: Marks that no longer fit into the page: from here on they are bulk.
    waiting: list[int] = field(default_factory=list)

    def follow(self, source: str, row: _Row, keys: Sequence[Any]) -> None:
        """Take `keys`, up to PAGE + 1 products of one mark in order; what is beyond the page becomes a new mark."""
        self.done.append(row.id)
        self.keys.extend(keys[:PAGE])
        if len(keys) > PAGE:
            self.rest.append((source, row.key, str(keys[PAGE - 1])))


@contextmanager
def ended_when_silent(using: str) -> Iterator[None]:
    """A transaction that the server ends when nothing is heard of us in it for LEASE_SECONDS.

    A worker that is halted or cut off from the network there would keep its rows locked, and with them every worker
    that marks or leases the same products. In a transaction that others began nothing changes.
    """
    outermost = not connections[using].in_atomic_block
    with transaction.atomic(using=using):
        if outermost:
            with connections[using].cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
                    [f"{settings().lease_seconds}s"],
                )
        yield


def expand(using: str) -> int:
    """Turn due marks into raised entries, people's first and a limited number at a time; returns how many."""
    return _expand(using, bulk=False) or _expand(using, bulk=True)


def _expand(using: str, *, bulk: bool) -> int:
    """One transaction: marks are taken, their products' entries raised, and what fans out far is left as bulk marks.

    So a brand of 50,000 products holds up nobody's save. Entries are raised by one statement in the order of their
    keys, so two workers that raise the same ones can't deadlock.
    """
    with ended_when_silent(using), connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT source, id, key, after FROM {MARK} WHERE bulk = %s AND not_before <= statement_timestamp()"
            " ORDER BY not_before, id LIMIT %s FOR UPDATE SKIP LOCKED",
            [bulk, MARKS_AT_ONCE],
        )
        by_source: defaultdict[str, list[_Row]] = defaultdict(list)
        for source, *row in cursor.fetchall():
            by_source[source].append(_Row(*row))
        if not by_source:
            return 0
        found = _Found()
        for source, rows in by_source.items():
            _look_up(using, source, rows, found)
        raise_entries(using, found.keys, bulk=bulk)
        if found.rest:
            cursor.executemany(
                f"INSERT INTO {MARK} (source, key, after, bulk) VALUES (%s, %s, %s, true)", found.rest
            )
        if found.waiting and not bulk:
            cursor.execute(f"UPDATE {MARK} SET bulk = true WHERE id = ANY(%s)", [found.waiting])
        cursor.execute(f"DELETE FROM {MARK} WHERE id = ANY(%s)", [found.done])
    return len(found.done)


def _look_up(using: str, source: str, rows: Sequence[_Row], found: _Found) -> None:
    """The products of one source's marks: of as many marks as fit into a page, or the first page of a single one."""
    if source == Mark.EVERY:
        _look_up_every(using, rows, found)
        return
    watch = watches().by_label.get(source)
    if watch is None:  # the document no longer reads this model
        found.done.extend(row.id for row in rows)
        return
    begun = [row for row in rows if row.after]
    fresh = [row for row in rows if not row.after]
    if begun:
        first, *others = begun
        found.follow(source, first, _page(using, watch, first))
        found.waiting.extend(row.id for row in others)
    if not fresh:
        return
    together = _products(using, watch, fresh)
    while together is None and len(fresh) > 1:
        half = len(fresh) // 2
        found.waiting.extend(row.id for row in fresh[half:])
        fresh = fresh[:half]
        together = _products(using, watch, fresh)
    if together is None:
        found.follow(source, fresh[0], _page(using, watch, fresh[0]))
    else:
        found.done.extend(row.id for row in fresh)
        found.keys.extend(together)
    marked = [row.key for row in fresh]
    if watch.is_product:
        found.keys.extend(marked)
    if watch.pictures:
        recorded = Picture.objects.using(using).filter(picture__in=picture_ids(document(), marked))
        found.keys.extend(recorded.values_list("product", flat=True))


def _look_up_every(using: str, rows: Sequence[_Row], found: _Found) -> None:
    """A page of all entries, once for all marks that ask for every product from the first on."""
    fresh = [row for row in rows if not row.after]
    begun = [row for row in rows if row.after]
    for row in [*fresh[:1], *begun[:1]]:
        entries = Entry.objects.using(using).order_by("product")
        if row.after:
            entries = entries.filter(product__gt=row.after)
        found.follow(Mark.EVERY, row, list(entries.values_list("product", flat=True)[: PAGE + 1]))
    found.done.extend(row.id for row in fresh[1:])
    found.waiting.extend(row.id for row in begun[1:])


def _queries(using: str, watch: Watch, keys: Sequence[str], after: str = "") -> list[QuerySet[Any, Any]]:
    """Keys of the products that these related rows concern, one query for each path: each follows its own index."""
    product = next(watch for watch in watches().by_label.values() if watch.is_product)
    queries = []
    for path in filter(None, watch.paths):
        rows = product.model._base_manager.using(using).filter(**{f"{path}__in": keys}).order_by()
        queries.append((rows.filter(pk__gt=after) if after else rows).values_list("pk", flat=True))
    return queries


def _products(using: str, watch: Watch, rows: Sequence[_Row]) -> list[Any] | None:
    """All products of these rows; None where they are more than a page."""
    found: list[Any] = []
    for query in _queries(using, watch, [row.key for row in rows]):
        found.extend(query[: PAGE + 1 - len(found)])
        if len(found) > PAGE:
            return None
    return found


def _page(using: str, watch: Watch, row: _Row) -> list[Any]:
    """Up to PAGE + 1 products of one row, in the order of their keys."""
    queries = [query.distinct() for query in _queries(using, watch, [row.key], row.after)]
    if not queries:
        return []
    both = queries[0] if len(queries) == 1 else queries[0].union(*queries[1:])
    return list(both.order_by("pk")[: PAGE + 1])


def raise_entries(using: str, keys: Iterable[Any], *, bulk: bool) -> None:
    """Add one to `wanted` of each product's entry, made where it is missing; a parked one is given another chance.

    An entry waits from the first of several marks on, so a product that is saved all the time does not wait for ever.
    """
    texts = list(dict.fromkeys(map(str, keys)))
    if not texts:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {ENTRY} AS entry (product, bulk, not_before)
            SELECT key::{key_type(using)}, %s, statement_timestamp() FROM unnest(%s::text[]) AS given(key) ORDER BY 1
            ON CONFLICT (product) DO UPDATE SET
                wanted = entry.wanted + 1,
                bulk = excluded.bulk AND (entry.bulk OR entry.done = entry.wanted),
                not_before = CASE WHEN entry.done = entry.wanted THEN excluded.not_before
                    ELSE least(entry.not_before, excluded.not_before) END,
                attempts = 0, parked = false
            """,
            [bulk, texts],
        )


def key_type(using: str) -> str:
    """The product key's type in the database; a text's length is left out, for a cast would cut longer ones."""
    field: Any = Entry._meta.get_field("product")
    return str(field.db_type(connections[using])).split("(")[0]


def lease(using: str, kind: Kind = "new", *, limit: int | None = None) -> Lease | None:
    """Lease up to `limit` entries (BATCH_PRODUCTS unless given), those that wait longest first; None when none is due.

    People's saves go first and share no batch with an import's. The lease counts as an attempt until the work is done;
    after MAX_ATTEMPTS leases that simply ended, the entry is parked.
    """
    limit = settings().batch_products if limit is None else limit
    if kind == "failed":
        return _lease(using, _FAILED, "not_before", limit)
    if kind == "left":
        return _lease(using, _LEFT, "leased_until", 1)
    for bulk in ("false", "true"):
        found = _lease(using, f"{_NEW} AND bulk = {bulk}", "not_before NULLS FIRST", limit)
        if found is not None:
            return found
    return None


# Each is the condition of a partial index of Entry, with what is due now.
_STALE = "done < wanted AND NOT parked"
_NEW = f"{_STALE} AND attempts = 0 AND lease IS NULL"
_FAILED = f"{_STALE} AND attempts > 0 AND lease IS NULL AND not_before <= statement_timestamp()"
_LEFT = f"{_STALE} AND lease IS NOT NULL AND (leased_until IS NULL OR leased_until <= statement_timestamp())"


def _lease(using: str, condition: str, order: str, limit: int) -> Lease | None:
    conf = settings()
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT product, attempts + (lease IS NOT NULL)::int AS attempts FROM {ENTRY} WHERE {condition}
                ORDER BY {order} LIMIT %s FOR UPDATE SKIP LOCKED
            ), token AS MATERIALIZED (SELECT nextval('product_search_lease') AS value FROM due LIMIT 1)
            UPDATE {ENTRY} AS entry SET
                attempts = due.attempts,
                parked = due.attempts >= %s,
                error = CASE WHEN due.attempts >= %s THEN concat_ws(E'\\n', %s, nullif(error, '')) ELSE error END,
                lease = CASE WHEN due.attempts >= %s THEN NULL ELSE token.value END,
                leased_until = CASE WHEN due.attempts >= %s THEN NULL
                    ELSE clock_timestamp() + make_interval(secs => %s) END
            FROM due, token WHERE entry.product = due.product
            RETURNING token.value, entry.product, entry.wanted, entry.parked
            """,
            [
                limit,
                *[conf.max_attempts] * 2,
                f"Its worker ended while it was indexed, at attempt {conf.max_attempts} of {conf.max_attempts}.",
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
            f"UPDATE {ENTRY} SET leased_until = clock_timestamp() + make_interval(secs => %s) WHERE {_OURS}",
            [settings().lease_seconds, list(lease.wanted), lease.token],
        )


def release(using: str, lease: Lease) -> None:
    """Give a batch back untried: what stopped us lies with this process, not with the products."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {ENTRY} SET lease = NULL, leased_until = NULL WHERE {_OURS}",
            [list(lease.wanted), lease.token],
        )


# Locked in the order in which marks raise them, as in every statement that locks several entries.
_OURS = f"product IN (SELECT product FROM {ENTRY} WHERE product = ANY(%s) AND lease = %s ORDER BY product FOR UPDATE)"


def from_db(value: Any) -> Any:
    """A key as the database returns it, as the shop's model has it."""
    return Entry._meta.get_field("product").to_python(value)


def waits(using: str, *, more_than: int) -> bool:
    """Whether more new entries and due marks wait than so many; counts no further than that."""
    rows = (f"{ENTRY} WHERE {_NEW}", f"{MARK} WHERE not_before <= statement_timestamp()")
    counts = [f"(SELECT count(*) FROM (SELECT FROM {each} LIMIT %s) AS counted)" for each in rows]
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {' + '.join(counts)}", [more_than + 1] * len(rows))
        return bool(cursor.fetchone()[0] > more_than)


def is_waiting(using: str) -> bool:
    """Whether a worker would find something to do now: a due mark, or a stale entry that nobody works on."""
    due = [f"{MARK} WHERE bulk = ANY('{{f,t}}') AND not_before <= statement_timestamp()"]
    due += [f"{ENTRY} WHERE {condition}" for condition in (_NEW, _FAILED, _LEFT)]
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {' OR '.join(f'EXISTS (SELECT FROM {rows})' for rows in due)}")
        return bool(cursor.fetchone()[0])
