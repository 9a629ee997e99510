"""Generations of texts: another declaration or text analysis fills its own beside the one that serves.

Searches read the serving generation until the new one is complete, so a changed document never empties the index.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from django.db import IntegrityError, connections, transaction
from django.db.models.functions import Now

from ..documents import document
from ..errors import ProductSearchError
from ..models import Corpus, Entry, FacetName, Generation, Space, State, TermFrequency, Text, TextVector, Word
from ..text import analysis_digest
from . import heartbeat
from .spaces import READERS_SECONDS

#: Entries raised, or rows of a retired generation dropped, by one pass.
AT_ONCE = 5000
#: Heartbeats that say how far a generation is filled.
FILLED = "generation:"


class GenerationRetired(ProductSearchError):
    """This process runs an older document than the one whose texts serve."""


def current_digest() -> str:
    """Hex SHA-256 of what decides the texts' rows: declaration, the order of its fields, and text analysis."""
    shop = document()
    parts = [shop.digest(), list(shop.texts), analysis_digest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def current(using: str, *, revive: bool = False) -> Generation:
    """The generation of the document in use, made when missing; the first one serves at once.

    Raises `GenerationRetired` when another has replaced it, unless `revive` (`manage.py index`) takes it up again: two
    versions of a shop that run side by side during a deploy must not switch back and forth.
    """
    digest = current_digest()
    found = (
        Generation.objects.using(using).filter(digest=digest).first()
        or _create(using, digest, State.SERVING)
        or _create(using, digest, State.FILLING)
        or Generation.objects.using(using).get(digest=digest)
    )
    if found.state == State.RETIRED:
        if not revive:
            raise GenerationRetired(
                f"This process's document is that of generation {found.pk}, which a newer one replaced. Restart it "
                "with the shop's new code, or run `manage.py index` to go back to this document."
            )
        with transaction.atomic(using=using):
            _give_up_others(using, found)
            Generation.objects.using(using).filter(pk=found.pk).update(state=State.FILLING, since=Now())
        found.refresh_from_db(using=using)
    return found


def _create(using: str, digest: str, state: State) -> Generation | None:
    """The new generation, or None when this state is taken (one serves already, or another process was faster)."""
    shop = document()
    declaration = {**shop.declaration(), "fields": list(shop.texts)}
    try:
        with transaction.atomic(using=using):
            made = Generation.objects.using(using).create(digest=digest, declaration=declaration, state=state)
            _give_up_others(using, made)
            return made
    except IntegrityError:
        return Generation.objects.using(using).filter(digest=digest).first()


def _give_up_others(using: str, generation: Generation) -> None:
    """One generation is filled at a time: the document that came last is the one that the shop wants."""
    others = Generation.objects.using(using).filter(state=State.FILLING).exclude(pk=generation.pk)
    others.update(state=State.RETIRED, since=Now())


def fill(using: str) -> int:
    """Raise entries that have no text yet in the filling generation, some at a time; returns how many.

    Nothing left to raise and nothing stale means that it is complete: see `switch_when_complete`.
    """
    generation = current(using)
    if generation.state != State.FILLING:
        return 0
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {Entry._meta.db_table} SET wanted = wanted + 1, bulk = true WHERE product IN (
                SELECT product FROM {Entry._meta.db_table} AS entry
                WHERE done = wanted AND NOT parked AND NOT EXISTS (
                    SELECT FROM {Text._meta.db_table} AS text
                    WHERE text.product = entry.product AND text.generation_id = %s
                ) ORDER BY product LIMIT %s FOR UPDATE SKIP LOCKED
            )
            """,
            [generation.pk, AT_ONCE],
        )
        raised = int(cursor.rowcount)
    heartbeat.run_rested("job:generation", lambda: note_filled(using, generation), using=using)
    return raised


def note_filled(using: str, generation: Generation) -> None:
    """Count the products that have their texts in `generation`, for whoever asks how far it is."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*), count(*) FILTER (WHERE product IN (
                SELECT product FROM {Text._meta.db_table} WHERE generation_id = %s
            )) FROM {Entry._meta.db_table} WHERE NOT parked
            """,
            [generation.pk],
        )
        products, complete = cursor.fetchone()
    heartbeat.beat(f"{FILLED}{generation.pk}", using=using, complete=complete, products=products)


def is_complete(using: str, generation: Generation) -> bool:
    """Whether every product that can be indexed has its texts in `generation`."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            SELECT NOT EXISTS (
                SELECT FROM {Entry._meta.db_table} AS entry WHERE NOT parked AND NOT EXISTS (
                    SELECT FROM {Text._meta.db_table} AS text
                    WHERE text.product = entry.product AND text.generation_id = %s
                )
            )
            """,
            [generation.pk],
        )
        return bool(cursor.fetchone()[0])


def switch_when_complete(using: str) -> bool:
    """Let a complete filling generation serve, in one transaction; its word statistics must be there already."""
    generation = current(using)
    if generation.state != State.FILLING or not is_complete(using, generation):
        return False
    with transaction.atomic(using=using):
        Generation.objects.using(using).filter(state=State.SERVING).update(state=State.RETIRED, since=Now())
        Generation.objects.using(using).filter(pk=generation.pk).update(state=State.SERVING, since=Now())
    return True


def drop_retired(using: str) -> int:
    """Drop rows of retired generations, some at a time; their vectors are kept for reuse. Returns how many texts.

    One that served until just now is kept for READERS_SECONDS: a search may have read that it serves, and not its rows.
    """
    dropped = 0
    since = Now() - timedelta(seconds=READERS_SECONDS)
    for generation in Generation.objects.using(using).filter(state=State.RETIRED, since__lte=since):
        rows = Text.objects.using(using).filter(generation=generation).values_list("pk", flat=True)[:AT_ONCE]
        dropped += Text.objects.using(using).filter(pk__in=list(rows)).delete()[0]
        if dropped:
            continue
        for words in (TermFrequency, Word, FacetName):
            words._default_manager.using(using).filter(generation=generation).delete()
        Corpus.objects.using(using).filter(generation=generation).delete()
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"UPDATE {TextVector._meta.db_table} SET product = NULL, forgotten_at = statement_timestamp()"
                " WHERE space_id = ANY(%s) AND generation_id = %s AND product IS NOT NULL",
                [list(Space.objects.using(using).values_list("pk", flat=True)), generation.pk],
            )
    return dropped
