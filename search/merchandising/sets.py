"""Which of the products that were found pass a rule's filters or are in one of the shop's sets: asked of the live
tables for these products alone, by one statement for all rules, and for 50 ms at most.

A rule whose products can't be found so is left out of this search and the next ones for a minute, and says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from ..retrieval.filters import Choices
from ..retrieval.matches import product_keys
from ..retrieval.snapshot import KEYS, KeyIn, array_of, read_under
from .content import Which

logger = logging.getLogger(__name__)

MOST_MS = 50
#: How long a compiled statement is kept; a set may speak of today.
KEPT_SECONDS = 60.0
_kept: dict[Any, tuple[float, str, tuple[Any, ...]]] = {}


@dataclass(frozen=True)
class Members:
    """By place in what was asked: the keys that were found, or the fault that kept them from being found."""

    keys: Mapping[int, frozenset[Any]]
    faults: Mapping[int, str]


def members(asked: Sequence[Which], choices: Choices, keys: Sequence[Any] | None) -> Members:
    """Of the products `keys` (None: of all that pass `choices`), those of each of `asked` that only the tables know.

    Runs in a savepoint of the open transaction: what goes wrong there is undone and told as a fault.
    """
    if not asked:
        return Members({}, {})
    try:
        return Members(dict(enumerate(_found(asked, choices, keys))), {})
    except Exception as error:
        if len(asked) == 1:
            return Members({}, {0: fault_of(error)})
    found: dict[int, frozenset[Any]] = {}
    faults: dict[int, str] = {}
    for at, each in enumerate(asked):  # one of them is at fault: which?
        alone = members([each], choices, keys)
        if alone.faults:
            faults[at] = alone.faults[0]
        else:
            found[at] = alone.keys[0]
    return Members(found, faults)


def fault_of(error: Exception) -> str:
    """What a merchant is told of it."""
    logger.warning("The products of a rule could not be found", exc_info=error)
    if isinstance(error, OperationalError) and "statement timeout" in str(error):
        return f"Finding its products took longer than {MOST_MS} ms."
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"


def _found(asked: Sequence[Which], choices: Choices, keys: Sequence[Any] | None) -> list[frozenset[Any]]:
    using = choices.visible.db
    try:
        sql, parameters = _statement(asked, choices, keys is None)
    except EmptyResultSet:  # Django knows that there is nothing
        return [frozenset()] * len(asked)
    connection = connections[using]
    values = [array_of(keys or (), connection) if each is KEYS else each for each in parameters]
    (row,) = _limited(using, sql, values)
    return [frozenset(product_keys(column or (), using=using)) for column in row]


def _limited(using: str, sql: str, parameters: Sequence[Any]) -> list[Any]:
    connection: Any = connections[using]
    limit = {"statement_timeout": str(MOST_MS)}
    if connection.features.uses_server_side_binding:
        with transaction.atomic(using=using):
            return read_under(using, limit, [(sql, parameters)])[0]
    try:
        return read_under(using, limit, [(sql, parameters)])[0]
    except DatabaseError:
        with connection.cursor() as cursor:  # what `read_under` began
            cursor.execute("ROLLBACK TO SAVEPOINT ps_under; RELEASE SAVEPOINT ps_under")
        raise


def _statement(asked: Sequence[Which], choices: Choices, browsing: bool) -> tuple[str, tuple[Any, ...]]:
    """SQL that gives one row, an array of keys for each of `asked`."""
    if browsing:
        return _compiled(asked, choices, choices.products())
    known = (choices.visible.db, choices.document, tuple(map(repr, asked)))
    now = time.monotonic()
    kept = _kept.get(known)
    if kept is None or kept[0] < now:
        every = choices.document.queryset().order_by().using(choices.visible.db)
        if len(_kept) > 1000:
            _kept.clear()
        kept = _kept[known] = (
            now + KEPT_SECONDS,
            *_compiled(asked, choices, every.filter(KeyIn("pk", KEYS))),
        )
    return kept[1:]


def _compiled(
    asked: Sequence[Which], choices: Choices, products: QuerySet[Any]
) -> tuple[str, tuple[Any, ...]]:
    using = choices.visible.db
    products = products.annotate(ps_key=F("pk"))
    columns: list[list[str]] = []
    for at, which in enumerate(asked):
        own = replace(choices, filters=which.filters)
        columns.append([])
        for number, name in enumerate(which.filters):
            columns[at].append(f"ps_passes{at}_{number}")
            products = own.passing(products, name, columns[at][-1])
        if which.among:
            columns[at].append(f"ps_among{at}")
            condition = _in_set(choices.document.product_sets()[which.among])
            inside = Case(
                When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
            )
            products = products.annotate(**{columns[at][-1]: inside})
    names = ["ps_key", *(name for own in columns for name in own)]
    rows = products.values_list(*names)
    sql, parameters = rows.query.get_compiler(using=using).as_sql()
    arrays = ", ".join(f"array_agg(ps_key) FILTER (WHERE {' AND '.join(own)})" for own in columns)
    listed = ", ".join(names)
    return f"SELECT {arrays} FROM ({sql}) AS found({listed})", tuple(parameters)  # noqa: S608 - names of ours


def _in_set(products: QuerySet[Any]) -> Any:
    """That a product is in the queryset; asked for each product, as far as that can be."""
    query = products.query
    if query.is_sliced or query.combinator or query.distinct or query.group_by is not None:
        return Q(pk__in=products.values("pk"))
    return Exists(products.order_by().filter(pk=OuterRef("pk")))
