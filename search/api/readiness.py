"""Whether this process can answer searches: database, tables, an index that serves, and an encoder that has answered.
What is missing is named.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from django.db import InterfaceError, OperationalError, ProgrammingError, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from .. import retrieval
from ..conf import settings
from ..indexing.work import database
from ..models import Generation, Space, State
from .problems import RETRY_AFTER, Problem

#: A probe waits so long for a process that has just begun to ask its encoder.
WARMING_SECONDS = 1.0
LATER = {"Retry-After": str(RETRY_AFTER)}


def check() -> None:
    """Three short queries; raises `Problem` with status 503 and the fix for the first thing that is missing."""
    if not settings().enabled:
        detail = 'Search is switched off. Set PRODUCT_SEARCH["ENABLED"] to True.'
        raise Problem(503, "disabled", detail, headers=LATER)
    using = database()
    try:
        missing = unapplied(using)
        serving = not missing and all(
            model._default_manager.using(using).filter(state=State.SERVING).exists()
            for model in (Generation, Space)
        )
    except (OperationalError, InterfaceError) as error:
        detail = f'The database does not answer. Start it, or correct DATABASES["{using}"].'
        raise Problem(503, "database_unavailable", detail, headers=LATER) from error
    except ProgrammingError as error:
        detail = "The tables are missing or another version's. Run `manage.py migrate product_search`."
        raise Problem(503, "not_migrated", detail, headers=LATER) from error
    if missing:
        detail = f"Not applied yet: {', '.join(missing)}. Run `manage.py migrate product_search`."
        raise Problem(503, "not_migrated", detail, headers=LATER)
    if not serving:
        detail = "No index serves searches yet. Run `manage.py index` or `manage.py spaces prepare`."
        raise Problem(503, "index_not_ready", detail, headers=LATER)
    if not retrieval.is_warm(WARMING_SECONDS):
        hint = (
            "serve` has it for this host" if settings().encoder_socket else "info` says what is wrong with it"
        )
        detail = f"The model has not answered this process yet. If that goes on: `manage.py encoder {hint}."
        raise Problem(503, "encoder_not_ready", detail, headers=LATER)


def unapplied(using: str) -> list[str]:
    """Our migrations that this code has and the database has not; by name, as loading all apps' takes longer."""
    name, _ = MigrationLoader.migrations_module("product_search")
    if name is None:  # a host's tests may make tables without migrations
        return []
    there = {module.name for module in pkgutil.iter_modules(import_module(name).__path__) if not module.ispkg}
    applied = MigrationRecorder(connections[using]).migration_qs.filter(app="product_search")
    return sorted(there - set(applied.values_list("name", flat=True)))
