"""Writes what was read and embedded, in one transaction that holds only entries still leased under the same token."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, OperationalError, connections, transaction
from django.utils import timezone

from ..conf import settings
from ..models import Entry, Generation, Picture, PictureVector, Space, State, Text, TextVector
from .claim import Lease, ended_when_silent, from_db, key_type
from .content import TermsOf, TextContent
from .copying import array_of, copy_rows
from .embedding import Vectors
from .seams import Written, after_write
from .spaces import lock_timeout
from .unpacking import PictureRow

logger = logging.getLogger(__name__)

ENTRY = Entry._meta.db_table
TEXT = Text._meta.db_table
PICTURE = Picture._meta.db_table
TEXT_VECTOR = TextVector._meta.db_table
PICTURE_VECTOR = PictureVector._meta.db_table
#: How long a space that does not serve may keep the others waiting.
LOCK_TIMEOUT = "50ms"
#: SQLSTATE of a lock that was not to be had, and of a partition that is gone.
LEFT_OUT = ("55P03", "23514")
#: From here on the pause grows no more: two to a higher power is no number of seconds.
MOST_DOUBLINGS = 30


@dataclass(frozen=True)
class Prepared:
    """One product, ready to be written. `terms` holds only the languages whose texts changed."""

    key: Any
    texts: tuple[TextContent, ...]
    terms: Mapping[str, TermsOf]
    pictures: tuple[PictureRow, ...]

    @property
    def retry(self) -> str:
        """Why it must be tried again although it is written; empty when it need not be."""
        return "\n".join(row.detail for row in self.pictures if row.transient)


def write(
    using: str,
    lease: Lease,
    generation: Generation,
    spaces: Sequence[Space],
    products: Sequence[Prepared],
    gone: Collection[Any],
    vectors: Vectors,
) -> set[Any]:
    """Write what is still ours under the lease's token; returns the keys written. Newer marks leave an entry stale."""
    with ended_when_silent(using):
        ours = _lock(using, lease)
        kept = [product for product in products if product.key in ours]
        removed = [key for key in gone if key in ours]
        _write_texts(using, generation, kept)
        _leave_to_newer(using, generation, kept)
        pictured = _write_pictures(using, kept)
        for space in spaces:
            with _unless_locked(using, space, lease):
                _write_text_vectors(using, space, generation, kept, vectors)
                _write_picture_vectors(using, space, kept, vectors)
        _remove(using, lease, removed)
        _finish(using, lease, [product.key for product in kept if not product.retry])
        for product in kept:
            if product.retry:
                record_failure(using, lease, product.key, product.retry)
        written = Written(using, tuple(product.key for product in kept), tuple(removed), tuple(pictured))
        for step in after_write:
            step(written)
    return ours


@contextmanager
def _unless_locked(using: str, space: Space, lease: Lease) -> Iterator[None]:
    """A space that does not serve is left out while its index is built or it is dropped; a fill brings the rest.

    Its partition's lock would otherwise hold up what the serving space gets.
    """
    if space.state == State.SERVING:
        yield
        return
    try:
        with transaction.atomic(using=using), lock_timeout(using, LOCK_TIMEOUT):
            yield
    except (OperationalError, IntegrityError) as error:
        if getattr(error.__cause__, "sqlstate", "") not in LEFT_OUT:
            raise
        logger.info(
            "Space %s is locked, and left out for now: %s",
            space.pk,
            error,
            extra={"event": "space_locked", "space": space.pk, "lease": lease.token},
        )


def _lock(using: str, lease: Lease) -> set[Any]:
    """The batch's entries that still carry our token, locked in the order in which marks raise them."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT product FROM {ENTRY} WHERE product = ANY(%s) AND lease = %s ORDER BY product FOR UPDATE",
            [list(lease.wanted), lease.token],
        )
        return {from_db(row[0]) for row in cursor.fetchall()}


def _write_texts(using: str, generation: Generation, products: Sequence[Prepared]) -> None:
    changed = [
        (text, found)
        for product in products
        for text in product.texts
        if (found := product.terms.get(text.language)) is not None
    ]
    if not changed:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TEXT} AS stored"
            f" USING unnest(%s::{key_type(using)}[], %s::text[]) AS changed(product, language)"
            " WHERE stored.product = changed.product AND stored.generation_id = %s"
            " AND stored.language = changed.language",
            [[text.key for text, _ in changed], [text.language for text, _ in changed], generation.pk],
        )
    copy_rows(
        using,
        TEXT,
        ("generation_id", "product", "language", "fields", "digest", "terms", "frequencies", "lengths"),
        (
            (
                generation.pk,
                text.key,
                text.language,
                json.dumps(dict(text.fields)),
                text.digest,
                array_of(found.terms),
                array_of(found.frequencies),
                array_of(found.lengths),
            )
            for text, found in changed
        ),
    )


def _leave_to_newer(using: str, generation: Generation, products: Sequence[Prepared]) -> None:
    """During a deploy, a worker with the serving document can't write the texts of the one that is being filled.

    It takes these products out of it, so that the fill brings them again, by a worker with the new document.
    """
    if generation.state != State.SERVING:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TEXT} WHERE product = ANY(%s) AND generation_id IN ("
            f" SELECT id FROM {Generation._meta.db_table} WHERE state = %s)",
            [[product.key for product in products], State.FILLING],
        )


#: Columns of a picture's row that reading it may change.
READ = (
    *("position", "name", "size", "digest", "width", "height", "copy", "lettering", "second"),
    *("reason", "detail"),
)


def _write_pictures(using: str, products: Sequence[Prepared]) -> set[Any]:
    """Returns the products with a picture that came, changed or went."""
    wanted = {(product.key, row.picture): row for product in products for row in product.pictures}
    rows = Picture.objects.using(using).filter(product__in=[product.key for product in products])
    extra, changed, new = [], [], dict(wanted)
    pictured = set()
    read_at = timezone.now()
    for pk, key, name, *before in rows.values_list("pk", "product", "picture", *READ):
        row = new.pop((key, name), None)
        if row is None:
            extra.append(pk)
            pictured.add(key)
            continue
        values = {column: getattr(row, column) for column in READ}
        stored = dict(zip(READ, before, strict=True))
        stored["copy"] = None if stored["copy"] is None else bytes(stored["copy"])
        if row.width is None and row.digest == stored["digest"]:
            values |= {name: stored[name] for name in ("width", "height", "copy", "lettering", "second")}
        if values != stored:
            changed.append(Picture(pk=pk, read_at=read_at, **values))
        if any(values[name] != stored[name] for name in ("digest", "copy", "reason")):
            pictured.add(key)
    if extra:
        Picture.objects.using(using).filter(pk__in=extra).delete()
    if changed:
        Picture.objects.using(using).bulk_update(changed, [*READ, "read_at"])
    if new:
        copy_rows(
            using,
            PICTURE,
            ("product", "picture", *READ, "read_at"),
            (
                (key, name, *(getattr(row, column) for column in READ), read_at)
                for (key, name), row in new.items()
            ),
        )
    return pictured | {key for key, _ in new}


def _write_text_vectors(
    using: str, space: Space, generation: Generation, products: Sequence[Prepared], vectors: Vectors
) -> None:
    wanted = {
        (text.key, text.language): text.digest
        for product in products
        for text in product.texts
        if text.embedded
    }
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT id, product, language, digest FROM {TEXT_VECTOR}"
            " WHERE space_id = %s AND generation_id = %s AND product = ANY(%s)",
            [space.pk, generation.pk, [product.key for product in products]],
        )
        stale = []
        for vector_id, product, language, digest in cursor.fetchall():
            place = (from_db(product), language)
            if wanted.get(place) == digest:
                del wanted[place]
            else:
                stale.append(vector_id)
        _forget(cursor, TEXT_VECTOR, space, stale)
    if space.pk in vectors.without_model:
        wanted = {place: d for place, d in wanted.items() if (space.pk, d) in vectors.texts}
    if wanted:
        copy_rows(
            using,
            TEXT_VECTOR,
            ("space_id", "generation_id", "product", "language", "digest", "vector"),
            (
                (space.pk, generation.pk, key, language, digest, vectors.texts[space.pk, digest])
                for (key, language), digest in wanted.items()
            ),
            binary=("bigint", "bigint", key_type(using), "varchar", "varchar", "bytea"),
        )


def _write_picture_vectors(using: str, space: Space, products: Sequence[Prepared], vectors: Vectors) -> None:
    rows = {(product.key, row.picture): row for product in products for row in product.pictures}
    wanted = {place: row for place, row in rows.items() if not row.reason}
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT id, product, picture, digest, position FROM {PICTURE_VECTOR}"
            " WHERE space_id = %s AND product = ANY(%s)",
            [space.pk, [product.key for product in products]],
        )
        stale, moved = [], []
        for vector_id, product, picture, digest, position in cursor.fetchall():
            place = (from_db(product), picture)
            row = rows.get(place)
            if row is not None and (row.transient or (place in wanted and row.digest == digest)):
                wanted.pop(place, None)
                if position != row.position:
                    moved.append((row.position, space.pk, vector_id))
            else:
                stale.append(vector_id)
        _forget(cursor, PICTURE_VECTOR, space, stale)
        if space.pk in vectors.without_model:
            wanted = {
                place: row for place, row in wanted.items() if (space.pk, row.digest) in vectors.pictures
            }
        if moved:
            cursor.executemany(
                f"UPDATE {PICTURE_VECTOR} SET position = %s WHERE space_id = %s AND id = %s", moved
            )
    if wanted:
        copy_rows(
            using,
            PICTURE_VECTOR,
            ("space_id", "product", "picture", "position", "digest", "vector"),
            (
                (space.pk, key, name, row.position, row.digest, vectors.pictures[space.pk, row.digest])
                for (key, name), row in wanted.items()
            ),
            binary=("bigint", key_type(using), "text", "integer", "varchar", "bytea"),
        )


def _forget(cursor: Any, table: str, space: Space, ids: Sequence[int]) -> None:
    """Take vectors from their product, and keep them for reuse: a picture that comes back is not embedded again."""
    if ids:
        cursor.execute(
            f"UPDATE {table} SET product = NULL, forgotten_at = statement_timestamp()"
            " WHERE space_id = %s AND id = ANY(%s)",
            [space.pk, list(ids)],
        )


def _remove(using: str, lease: Lease, keys: Sequence[Any]) -> None:
    """Drop all that we hold of products that are gone; an entry marked again meanwhile stays, stale."""
    if not keys:
        return
    Text.objects.using(using).filter(product__in=keys).delete()
    Picture.objects.using(using).filter(product__in=keys).delete()
    spaces = list(Space.objects.using(using).values_list("pk", flat=True))
    generations = list(Generation.objects.using(using).values_list("pk", flat=True))
    forget = "SET product = NULL, forgotten_at = statement_timestamp() WHERE space_id = ANY(%s)"
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {TEXT_VECTOR} {forget} AND generation_id = ANY(%s) AND product = ANY(%s)",
            [spaces, generations, list(keys)],
        )
        cursor.execute(f"UPDATE {PICTURE_VECTOR} {forget} AND product = ANY(%s)", [spaces, list(keys)])
        cursor.execute(
            f"DELETE FROM {ENTRY} AS entry USING {_leased(using)}"
            " WHERE entry.product = leased.product AND entry.wanted = leased.wanted",
            [list(keys), [lease.wanted[key] for key in keys]],
        )
    _finish(using, lease, keys)


def _finish(using: str, lease: Lease, keys: Sequence[Any]) -> None:
    """Hand the entries back, done up to the `wanted` that was leased."""
    if not keys:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {ENTRY} AS entry SET done = leased.wanted, lease = NULL, leased_until = NULL, attempts = 0,"
            " not_before = CASE WHEN entry.wanted > leased.wanted THEN statement_timestamp() END,"
            " parked = false, error = '', indexed_at = statement_timestamp()"
            f" FROM {_leased(using)} WHERE entry.product = leased.product",
            [list(keys), [lease.wanted[key] for key in keys]],
        )


def _leased(using: str) -> str:
    return f"unnest(%s::{key_type(using)}[], %s::bigint[]) AS leased(product, wanted)"


def printable(text: str) -> str:
    """`text` as a log file and Postgres take it: NUL and lone surrogates, which a shop's data may hold, are escaped."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()


def record_failure(using: str, lease: Lease, key: Any, error: str) -> None:
    """Hand an entry back with its whole error: tried again after a growing pause, parked after MAX_ATTEMPTS."""
    conf = settings()
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {ENTRY} SET lease = NULL, leased_until = NULL, attempts = attempts + 1, error = %s,"
            " parked = attempts + 1 >= %s, not_before = statement_timestamp()"
            f" + make_interval(secs => least(%s * power(2, least(attempts, {MOST_DOUBLINGS})), %s))"
            " WHERE product = %s AND lease = %s",
            [
                printable(error),
                conf.max_attempts,
                conf.retry_seconds,
                conf.retry_longest_seconds,
                key,
                lease.token,
            ],
        )
