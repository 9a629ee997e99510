"""Embedding spaces and their partitions: all DDL of the running system, and none of it holds up a search.

Web and worker roles need no right to it: `manage.py index` and `manage.py spaces` run it.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, connections, transaction
from django.db.models.functions import Now

from ..encoders import EncoderInfo
from ..errors import ProductSearchError, SpaceMissing
from ..models import PictureVector, Space, State, TextVector
from . import heartbeat
from .rights import copy_rights, owner_needed

Made = TypeVar("Made")

#: Heartbeats of searching processes that have a space's model loaded beside the one in use.
READY = "encoder-ready:"
PARENTS = (PictureVector._meta.db_table, TextVector._meta.db_table)
LOCK_TIMEOUT = "2s"
LOCK_ATTEMPTS = 15
#: How long a search may take from reading which space serves to reading its vectors.
READERS_SECONDS = 10.0
#: Below this, an exact scan of a space's pictures (or of one language's texts) is as fast as an index and exact.
ROWS_THAT_JUSTIFY_AN_INDEX = 20_000
HNSW = "m = 16, ef_construction = 128"


class SpaceProblem(ProductSearchError):
    """What was asked of an embedding space can't be done in its present state; the message says what to do first."""


def live(using: str) -> list[Space]:
    """The spaces that workers write to, the serving one first. Raises `SpaceMissing` before the first is made."""
    found = list(Space.objects.using(using).exclude(state=State.RETIRED).order_by("pk"))
    if not found:
        raise SpaceMissing("No embedding space exists yet. Run `manage.py index`, which makes the first one.")
    return sorted(found, key=lambda space: space.state != State.SERVING)


def create(info: EncoderInfo, *, using: str, name: str | None = None) -> Space:
    """The space of this encoder, with its partitions; the first space of a shop serves at once, later ones fill.

    Safe to repeat. Raises `django.db.OperationalError` when a lock can't be had for 30 s, and `OwnerNeeded`.
    """
    existing = Space.objects.using(using).filter(digest=info.digest).first()
    if existing is not None:
        return existing

    def make() -> Space:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('product_search.spaces'))")
            found = Space.objects.using(using).filter(digest=info.digest).first()
            if found is not None:
                return found
            if not Space.objects.using(using).exists():
                _drop_orphans(using)
            serving = Space.objects.using(using).filter(state=State.SERVING).exists()
            space = Space.objects.using(using).create(
                name=name or info.name,
                digest=info.digest,
                weights_digest=info.weights_digest,
                preprocessing_digest=info.preprocessing_digest,
                dim=info.dim,
                state=State.FILLING if serving else State.SERVING,
            )
            with lock_timeout(using):
                for parent in PARENTS:
                    _attach_partition(using, parent, space)
            return space

    with owner_needed(using, "spaces create"):
        return retry_locks(make)


def note_ready(space: Space, *, using: str) -> None:
    """Note that this process has the model of `space` loaded and can search with it from the moment it serves."""
    heartbeat.beat(f"{READY}{space.pk}:{socket.gethostname()}:{os.getpid()}", using=using)


def ready_processes(space: Space, *, using: str) -> list[str]:
    """`host:pid` of the processes that noted so."""
    prefix = f"{READY}{space.pk}:"
    return sorted(name.removeprefix(prefix) for name in heartbeat.ages(prefix, using=using))


def partition(parent: str, space: Space) -> str:
    """The name of the partition of `parent` that holds this space's rows."""
    return f"{parent}_{space.pk}"


def _attach_partition(using: str, parent: str, space: Space) -> None:
    """CREATE TABLE (LIKE ...) with the CHECKs that spare ATTACH its scan: the parent stays open for every query.

    The vectors stay in line with their rows (toast_tuple_target): a scan reads them all anyway.
    """
    name, number, dim = partition(parent, space), int(space.pk), int(space.dim)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING INDEXES,"
            f" CONSTRAINT {name}_space CHECK (space_id = {number}),"
            f" CONSTRAINT {name}_dim CHECK (vector_dims(vector) = {dim}))"
        )
        cursor.execute(f"ALTER TABLE {name} SET (toast_tuple_target = 8160)")
        cursor.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES IN ({number})")
    copy_rights(using, parent, name)


def _drop_orphans(using: str) -> None:
    """Partitions that no space owns: `manage.py flush` and Django's TransactionTestCase empty our table of spaces, and
    may begin its numbers anew, but know nothing of these.
    """
    with lock_timeout(using), connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = ANY(%s::regclass[])",
            [list(PARENTS)],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")


def products_in(space: Space, *, using: str) -> int:
    """How many products have a vector in the space."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ("
            + " UNION ".join(
                f"SELECT product FROM {parent} WHERE space_id = {int(space.pk)} AND product IS NOT NULL"
                for parent in PARENTS
            )
            + ") AS products"
        )
        return int(cursor.fetchone()[0])


def drop(space: Space, *, using: str) -> None:
    """Drop a space and its vectors. Raises `SpaceProblem` for the serving one, and `OwnerNeeded`.

    Workers leave it alone from the first moment. DETACH ... CONCURRENTLY waits for open readers without locking anyone
    out, and can't run in a transaction; one that was cut off is finalised first. A space that served until just now is
    kept for READERS_SECONDS: a search that began before the switch may not have come to its vectors yet.
    """
    if space.state == State.SERVING:
        raise SpaceProblem(
            f"Space {space.pk} serves searches. Switch to another one first: `manage.py spaces switch`."
        )
    if connections[using].in_atomic_block:
        raise SpaceProblem(
            "A space can't be dropped inside a transaction: its partitions are detached concurrently."
        )
    if space.state != State.RETIRED:
        Space.objects.using(using).filter(pk=space.pk).update(state=State.RETIRED, since=Now())
    if space.state == State.STANDBY:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)::float8", [space.since])
            time.sleep(max(0.0, READERS_SECONDS - cursor.fetchone()[0]))
    with owner_needed(using, f"spaces drop {space.pk}"):
        for parent in PARENTS:
            _drop_partition(using, parent, partition(parent, space))
    Space.objects.using(using).filter(pk=space.pk).delete()


def _drop_partition(using: str, parent: str, name: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT inhdetachpending FROM pg_inherits"
            " WHERE inhparent = %s::regclass AND inhrelid = to_regclass(%s)",
            [parent, name],
        )
        row = cursor.fetchone()
        if row is not None:
            how = "FINALIZE" if row[0] else "CONCURRENTLY"
            cursor.execute(f"ALTER TABLE {parent} DETACH PARTITION {name} {how}")
        cursor.execute(f"DROP TABLE IF EXISTS {name}")


def build_indexes(
    space: Space, languages: tuple[str, ...], *, using: str, threshold: int | None = None
) -> list[str]:
    """Build the HNSW indexes that the rows justify, of pictures and of each language's texts; returns their names.

    Pictures and texts never share one: in a shared index a text query meets all texts before the first picture.
    On the serving space CONCURRENTLY, so that workers go on writing; that can't run in a transaction, and waits for all
    that are open. On another space at once: it locks out nobody but writers, who leave the space to a fill
    meanwhile, and no search that is open elsewhere holds it up. One that was cut off is built again. Raises
    `OwnerNeeded` where one is due and this role may not build it.
    """
    due = missing_indexes(space, languages, using=using, threshold=threshold)
    how = "CONCURRENTLY" if space.state == State.SERVING else ""
    for name, table, condition in _indexes(space, languages):
        if name not in due:
            continue
        with (
            owner_needed(using, f"spaces index {space.pk}"),
            searches_first(using),
            connections[using].cursor() as cursor,
        ):
            cursor.execute(f"DROP INDEX {how} IF EXISTS {name}")
            cursor.execute(
                f"CREATE INDEX {how} {name} ON {table} USING hnsw"
                f" ((vector::halfvec({int(space.dim)})) halfvec_ip_ops) WITH ({HNSW}) WHERE {condition}"
            )
    return due


def missing_indexes(
    space: Space, languages: tuple[str, ...], *, using: str, threshold: int | None = None
) -> list[str]:
    """Names of the HNSW indexes that the rows justify and that are not there, or were cut off while they were built."""
    least = ROWS_THAT_JUSTIFY_AN_INDEX if threshold is None else threshold
    missing = []
    with connections[using].cursor() as cursor:
        for name, table, condition in _indexes(space, languages):
            cursor.execute(
                "SELECT to_regclass(%s) IS NULL OR EXISTS ("
                " SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid)",
                [table, name],
            )
            if cursor.fetchone()[0]:
                continue
            # No more rows are read than decide it: health asks every few seconds.
            rows = f"SELECT FROM {table} WHERE {condition} LIMIT {int(least)}"
            cursor.execute(f"SELECT count(*) FROM ({rows}) AS rows")
            if cursor.fetchone()[0] >= least:
                missing.append(name)
    return missing


def _indexes(space: Space, languages: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Name, table and condition of each HNSW index; a query repeats the condition to use it."""
    pictures, texts = (partition(parent, space) for parent in PARENTS)
    yield f"{pictures}_hnsw", pictures, "product IS NOT NULL"
    for language in languages:
        quoted = language.replace("'", "''")
        safe = "".join(letter if letter.isalnum() else "_" for letter in language.lower())
        yield f"{texts}_hnsw_{safe}", texts, f"product IS NOT NULL AND language = '{quoted}'"


@contextmanager
def searches_first(using: str) -> Iterator[None]:
    """Build with one process: a build with helpers is faster, and takes the cores that searches need."""
    with connections[using].cursor() as cursor:
        cursor.execute("SET max_parallel_maintenance_workers = 0")
        try:
            yield
        finally:
            cursor.execute("RESET max_parallel_maintenance_workers")


@contextmanager
def lock_timeout(using: str, most: str = LOCK_TIMEOUT) -> Iterator[None]:
    """Wait at most so long for a lock in this transaction: a waiting ALTER TABLE holds up all who come after."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [most])
        yield
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def retry_locks(make: Callable[[], Made]) -> Made:
    """Run `make` until it gets its locks, LOCK_ATTEMPTS times at most."""
    for attempt in range(LOCK_ATTEMPTS):
        try:
            return make()
        except OperationalError as error:
            if "lock timeout" not in str(error) or attempt == LOCK_ATTEMPTS - 1:
                raise
            time.sleep(0.2)
    raise AssertionError("unreachable")
