"""Marks: one INSERT beside the shop's own write, saying that what some products show may have changed.

Nothing here loads a model, opens a file or speaks to a broker. Marks are only ever inserted, so they wait for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, router, transaction
from django.db.models import Model, QuerySet, TextField
from django.db.models.functions import Cast

from ..conf import settings
from ..models import Mark
from . import wake
from .watching import Link, Owner, Watch, concrete, key_field, watches

#: A save outside a transaction is marked before it too, in case this process dies between the two: this is when the
#: earlier mark is taken. The later one, after the commit, is taken at once.
EARLY_MARK_SECONDS = 60.0
#: When the old owner of a row that was moved outside a transaction is looked at: its save has committed by then.
MOVED_SECONDS = 1.0

_bulk: ContextVar[bool] = ContextVar("product_search_bulk", default=False)


def lives_in(using: str) -> bool:
    """Whether the database `using` holds our tables: a mark goes where the shop's write goes, or nowhere."""
    return settings().enabled and router.allow_migrate_model(using, Mark)


def in_autocommit(using: str) -> bool:
    """Whether each statement commits by itself, so that nothing can share the shop's transaction."""
    return connections[using].get_autocommit()


def insert(
    using: str, label: str, keys: Sequence[Any], *, delays: Sequence[float] = (0.0,), bulk: bool = False
) -> None:
    """Insert a mark for each key and delay (seconds before it may be taken): one statement, one round trip.

    In autocommit it also turns `synchronous_commit` off for its own transaction: the shop's commit that follows
    flushes this one as well.
    """
    if not keys:
        return
    connection = connections[using]
    rows = [_rows(tuple(delays), bulk or _bulk.get(), connection.get_autocommit())] * len(keys)
    _execute(
        connection,
        f"INSERT INTO {Mark._meta.db_table} (source, key, not_before, bulk) VALUES {', '.join(rows)}",
        [value for key in keys for _ in delays for value in (label, str(key))],
    )


def _execute(connection: Any, statement: str, parameters: Sequence[str]) -> None:
    """What Django's cursor does, without one where nobody looks on: a save waits longer for it than for the mark."""
    looked_on = connection.queries_logged or connection.execute_wrappers or connection.needs_rollback
    unchecked = connection.health_check_enabled and not connection.health_check_done
    if connection.connection is None or looked_on or unchecked:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
        return
    with connection.wrap_database_errors:
        connection.connection.execute(statement, parameters)


@lru_cache(maxsize=64)
def _rows(delays: tuple[float, ...], bulk: bool, alone: bool) -> str:
    """The rows of one key; where the statement is a transaction `alone`, it switches its flush off on the way.

    Plain values and constants, because planning anything else costs a save more than the row itself.
    """
    kind = "true" if bulk else "false"
    if alone:
        kind = f"set_config('synchronous_commit', 'off', true) IS {'NOT NULL' if bulk else 'NULL'}"
    due = ["statement_timestamp()" + (f" + '{delay:f} s'" if delay else "") for delay in delays]
    return ", ".join(f"(%s, %s, {when}, {kind})" for when in due)


def insert_early(using: str, watch: Watch, instance: Model, *, bulk: bool = False) -> None:
    """Before a save outside a transaction: a mark of its row, or where it has no key yet of the row it belongs to."""
    key = watch.key(instance)
    if key is not None:
        insert(using, watch.label, [key], delays=[EARLY_MARK_SECONDS], bulk=bulk)
        return
    for owner in watch.owners:
        owning = getattr(instance, owner.attname) if owner.attname else None
        if owning is not None:
            insert(using, owner.label, [owning], delays=[EARLY_MARK_SECONDS], bulk=bulk)


def insert_selected(
    using: str, label: str, rows: QuerySet[Any], path: str, *, delays: Sequence[float] = (0.0,)
) -> int:
    """Insert a mark for the key at `path` of each of `rows`, without fetching any of them; returns how many."""
    selected = rows.using(using).order_by().annotate(ps_key=Cast(path, TextField())).values_list("ps_key")
    try:
        select, parameters = selected.query.get_compiler(using).as_sql()
    except EmptyResultSet:
        return 0
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Mark._meta.db_table} (source, key, not_before, bulk)"
            " SELECT %s, key, statement_timestamp() + make_interval(secs => seconds), %s"
            f" FROM ({select}) AS row(key), unnest(%s::float8[]) AS delay(seconds) WHERE key IS NOT NULL",
            [label, _bulk.get(), *parameters, list(delays)],
        )
        return int(cursor.rowcount)


def mark_related_products(watch: Watch, instance: Model, using: str) -> None:
    """Before a row goes, mark all products that it concerns: afterwards no path leads from it to them."""
    key = watch.key(instance)
    for owner in watch.owners:
        mark_owner(watch, owner, key, using)
    if not watch.owners:
        product = watched_product()
        for path in filter(None, watch.paths):
            insert_selected(using, product.label, product.model._base_manager.filter(**{path: key}), "pk")


def mark_owner(watch: Watch, owner: Owner, key: Any, using: str, *, delays: Sequence[float] = (0.0,)) -> None:
    """Mark the row that this one belongs to in the database, whatever the instance in memory says by now."""
    insert_selected(
        using, owner.label, watch.model._base_manager.filter(pk=key), owner.key_path, delays=delays
    )


def mark_linked(link: Link, far_key: Any, using: str) -> None:
    """Before a many-to-many set is cleared from its far side, mark all rows of the near side in it."""
    rows = link.through._base_manager.filter(**{link.far.column: far_key})
    insert_selected(using, link.near.label, rows, f"{link.near.column}__pk")


def watched_product() -> Watch:
    """The watch of the product model itself."""
    return next(watch for watch in watches().by_label.values() if watch.is_product)


def mark_every(*, bulk: bool = True) -> None:
    """Have every product read again: one mark, which the worker follows page by page."""
    using = router.db_for_write(Mark)
    if not lives_in(using):
        return
    with _marked(bulk=bulk):
        insert(using, Mark.EVERY, [""])
    wake_after_commit(using)


def mark_stale(queryset: QuerySet[Any], *, bulk: bool = True) -> int:
    """Have the products of `queryset` read again: for a shop that wrote them past the signals. Returns how many.

    One INSERT ... SELECT in the transaction that is open, if any; a worker is woken when it commits. `bulk` lets saves
    by people go first. The queryset may be sliced, distinct or combined, as an admin action or a view has it.
    """
    product = watched_product()
    if concrete(queryset.model) is not product.model and not issubclass(queryset.model, product.model):
        raise TypeError(
            f"mark_stale() takes products ({product.model._meta.label}), but this queryset is of "
            f"{queryset.model._meta.label}. Filter the products instead: "
            f"{product.model.__name__}.objects.filter(<relation>__in=queryset)."
        )
    using = router.db_for_write(Mark)
    if not lives_in(using):
        return 0
    key = key_field(product.model).attname
    chosen = queryset.order_by() if queryset.query.combinator else queryset
    rows = product.model._base_manager.filter(pk__in=chosen.values("pk"))
    with _marked(bulk=bulk):
        count = insert_selected(using, product.label, rows, key)
    wake_after_commit(using)
    return count


@contextmanager
def _marked(*, bulk: bool) -> Iterator[None]:
    token = _bulk.set(bulk)
    try:
        yield
    finally:
        _bulk.reset(token)


@contextmanager
def suspend_indexing() -> Iterator[None]:
    """For imports: what is saved inside waits behind people's saves, and workers are woken only at the end.

    Each save still marks its product within its own transaction, so nothing is lost if the import dies half-way.
    """
    try:
        with _marked(bulk=True):
            yield
    finally:
        using = router.db_for_write(Mark)
        if lives_in(using):
            wake_after_commit(using)


def wake_after_commit(using: str) -> None:
    """Wake a worker once what was written is there to be read; never fails or delays the shop's commit.

    A transaction that saves a million products has one callback, not a million: a new one is of use only where the
    last would be dropped without it, by a savepoint that is rolled back.
    """
    if _bulk.get():
        return
    if not _will_wake(connections[using]):
        transaction.on_commit(_wake, using=using, robust=True)


def _wake() -> None:
    wake.wake()


def _will_wake(connection: Any) -> bool:
    if not connection.in_atomic_block or not connection.run_on_commit:
        return False
    if connection.atomic_blocks[0]._from_testcase:
        return False  # captureOnCommitCallbacks() shows a host's test only what is registered anew
    savepoints, callback, *_ = connection.run_on_commit[-1]
    return callback is _wake and savepoints <= set(connection.savepoint_ids)
