"""What beat runs every few seconds: finds work that no wake-up reached, and keeps the index's books.

Each job is idempotent and rests in proportion to what it costs, so two sweeps at once do no harm and a large shop is
not swept all day.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Now

from ..conf import settings
from ..documents import document
from ..models import Cursor, Entry, Generation, PictureVector, Space, State, TextVector
from . import calibrate, claim, corpus, generations, heartbeat, reconcile, throughput
from .work import database

#: Products found, or vectors dropped, by one pass of a job.
AT_ONCE = 10_000
HEARTBEAT = "sweep"
#: The jobs that keep the books.
BOOKS = ("job:corpus", "job:calibration")
#: The task that beat is to send.
SWEEP_TASK = "product_search.sweep"


def sweep() -> bool:
    """Run every job that is due; returns whether a worker would find something to do."""
    if not settings().enabled:
        return False
    using = database()
    heartbeat.beat(HEARTBEAT, using=using)
    heartbeat.run_rested("job:products", lambda: find_products(using), using=using)
    keep_books(using)
    reconcile.advance(using)
    heartbeat.run_rested("job:cursors", lambda: drop_expired(using), using=using, at_least=60.0)
    heartbeat.run_rested("job:vectors", lambda: drop_forgotten(using), using=using, at_least=3600.0)
    heartbeat.run_rested(
        "job:tallies",
        lambda: throughput.fold(using),
        using=using,
        at_least=throughput.FOLD_EVERY_SECONDS,
    )
    heartbeat.forget_old(using)
    return claim.is_waiting(using)


def keep_books(using: str) -> None:
    """Generations, word statistics and calibration follow what was indexed, each at its own pace."""
    generation = generations.current(using)
    if generation.state == State.FILLING:
        generations.fill(using)
        if generations.is_complete(using, generation):
            corpus.rebuild(using, generation)
            generations.switch_when_complete(using)
    generations.drop_retired(using)
    # They count rows, which is milliseconds in a small shop and rests in a large one.
    heartbeat.run_rested(BOOKS[0], lambda: rebuild_corpora(using), using=using)
    heartbeat.run_rested(BOOKS[1], lambda: calibrate_spaces(using, generation), using=using)


def books_are_kept() -> bool:
    """Whether searches are as good as what is indexed allows: somebody looked at what word statistics and calibration
    need since the last product was indexed. Reads every entry, so it is for whoever waits for an import.
    """
    using = database()
    last = Entry.objects.using(using).aggregate(last=Max("indexed_at"))["last"]
    if last is None:
        return True
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {heartbeat.TABLE} WHERE name = ANY(%s)"
            " AND beaten_at - make_interval(secs => (detail->>'lasted')::float8) > %s",
            [list(BOOKS), last],
        )
        row = cursor.fetchone()
    return row is not None and row[0] == len(BOOKS)


def rebuild_corpora(using: str) -> bool:
    """Rebuild the word statistics of every live generation whose texts have changed enough; whether any had."""
    live = Generation.objects.using(using).exclude(state=State.RETIRED)
    return True in [corpus.rebuild_if_due(using, generation) for generation in live]


def calibrate_spaces(using: str, generation: Generation) -> bool:
    """Fit the calibration of every live space whose catalogue has grown enough; whether any had."""
    live = Space.objects.using(using).exclude(state=State.RETIRED)
    return True in [calibrate.calibrate_if_due(using, space, generation) for space in live]


def find_products(using: str) -> int:
    """Give every product an entry that has none, and mark stale those of products that are gone; returns how many.

    This finds what no signal told: a create outside a transaction whose process died, bulk_create, raw SQL, a restore.
    """
    shop = document()
    missing = shop.queryset().using(using).order_by()
    missing = missing.filter(~Exists(Entry.objects.using(using).filter(product=OuterRef("pk"))))
    found = _insert_entries(using, missing.values_list("pk")[:AT_ONCE])
    gone = Entry.objects.using(using).filter(
        ~Exists(shop.queryset().using(using).order_by().filter(pk=OuterRef("product")))
    )
    keys = list(gone.values_list("product", flat=True)[:AT_ONCE])
    claim.raise_entries(using, keys, bulk=True)
    return found + len(keys)


def _insert_entries(using: str, keys: QuerySet[Any, Any]) -> int:
    """One INSERT ... SELECT: an anti-join of the shop's table with ours, both by primary key."""
    select, parameters = keys.query.get_compiler(using).as_sql()
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Entry._meta.db_table} (product, bulk) SELECT key, true FROM ({select}) AS row(key)"
            " ON CONFLICT (product) DO NOTHING",
            parameters,
        )
        return int(cursor.rowcount)


def drop_expired(using: str) -> int:
    """Drop the lists of cursors that are no longer kept; returns how many."""
    dropped, _ = Cursor.objects.using(using).filter(expires_at__lte=Now()).delete()
    return dropped


def drop_forgotten(using: str) -> int:
    """Drop vectors that lost their product KEEP_VECTORS_DAYS ago; returns how many."""
    dropped = 0
    for space in Space.objects.using(using).all():
        for model in (PictureVector, TextVector):
            with connections[using].cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {model._meta.db_table} WHERE space_id = %s AND id IN ("
                    f" SELECT id FROM {model._meta.db_table} WHERE space_id = %s AND product IS NULL"
                    " AND forgotten_at <= statement_timestamp() - make_interval(days => %s) LIMIT %s)",
                    [space.pk, space.pk, settings().keep_vectors_days, AT_ONCE],
                )
                dropped += cursor.rowcount
    return dropped
