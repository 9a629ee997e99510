"""Which of the products that were found pass a rule's filters or are in one of the shop's sets: asked of the live
tables for these products alone, by one statement for all rules, and for 50 ms at most.

A rule whose products can't be found so is left out of this search and the next ones for a minute, and says so. Rules
that were quick enough are for that minute asked by the statement that counts, of up to twice as many products: it reads
them anyway.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connections
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from ..documents.conditions import condition_of
from ..recent import Recent
from ..retrieval.filters import Choices
from ..retrieval.matches import product_keys
from ..retrieval.snapshot import KEYS, KeyIn, array_of, read_under
from .content import Which

logger = logging.getLogger(__name__)

MOST_MS = 50
#: How long a compiled statement is kept; a set may speak of today.
KEPT_SECONDS = 60.0
#: A number of 64 bits tells which conditions a product meets.
MOST_AT_ONCE = 60


@dataclass
class _Kept:
    """A compiled statement, and of how many products its rules may be asked by the one that counts."""

    until: float
    sql: str
    parameters: tuple[Any, ...]
    proved: int = 0


_kept: Recent[Any, _Kept] = Recent(1000)


@dataclass(frozen=True, eq=False)
class Asking:
    """One of several that are asked by the statement that counts (`retrieval.steering.Condition`); `tell` its fault."""

    which: Which
    kept: _Kept
    tell: Callable[[str], None]

    @property
    def known(self) -> tuple[str, float]:
        """What it is compiled to holds until then."""
        return repr(self.which), self.kept.until

    def asked_of(self, products: QuerySet[Any], choices: Choices) -> tuple[QuerySet[Any], Q]:
        """That each of `products` is one of them; with these, as the condition reads them."""
        return _meeting(products, choices, self.which)

    def apart(self, choices: Choices, keys: Sequence[Any]) -> frozenset[Any]:
        """Those of `keys` that are, by a statement of its own; its fault is told, and all prove themselves anew."""
        self.kept.proved = 0
        alone = members([self.which], choices, keys)
        self.tell(alone.faults.get(0, ""))
        return alone.keys.get(0, frozenset())


def proved(asked: Sequence[Which], choices: Choices, products: int) -> _Kept | None:
    """What these rules were proved by, where they were quick of so many `products` together."""
    kept = _kept.get(_known(asked, choices))
    quick = kept is not None and products <= kept.proved and time.monotonic() < kept.until
    return kept if quick and len(asked) <= MOST_AT_ONCE else None


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
        compiled = _statement(asked, choices, keys is None)
    except EmptyResultSet:  # Django knows that there is nothing
        return [frozenset()] * len(asked)
    connection = connections[using]
    values = [array_of(keys or (), connection) if each is KEYS else each for each in compiled.parameters]
    ((row,),) = read_under(using, {"statement_timeout": str(MOST_MS)}, [(compiled.sql, values)])
    compiled.proved = max(compiled.proved, 2 * len(keys or ()))
    return [frozenset(product_keys(column or (), using=using)) for column in row]


def _statement(asked: Sequence[Which], choices: Choices, browsing: bool) -> _Kept:
    """A statement that gives one row, an array of keys for each of `asked`; that of browsing is not kept."""
    now = time.monotonic()
    if browsing:
        return _Kept(now, *_compiled(asked, choices, choices.products()))
    known = _known(asked, choices)
    kept = _kept.get(known)
    if kept is None or kept.until < now:
        every = choices.document.queryset().order_by().using(choices.visible.db)
        kept = _Kept(now + KEPT_SECONDS, *_compiled(asked, choices, every.filter(KeyIn("pk", KEYS))))
        _kept.put(known, kept)
    return kept


def _known(asked: Sequence[Which], choices: Choices) -> Any:
    return choices.visible.db, choices.document, tuple(map(repr, asked))


def _compiled(
    asked: Sequence[Which], choices: Choices, products: QuerySet[Any]
) -> tuple[str, tuple[Any, ...]]:
    using = choices.visible.db
    products = products.annotate(ps_key=F("pk"))
    names = ["ps_key"]
    for at, which in enumerate(asked):
        names.append(f"ps_met{at}")
        products, meets = _meeting(products, choices, which)
        met = Case(When(meets, then=Value(True)), default=Value(False), output_field=BooleanField())
        products = products.annotate(**{names[-1]: met})
    sql, parameters = products.values_list(*names).query.get_compiler(using=using).as_sql()
    arrays = ", ".join(f"array_agg(ps_key) FILTER (WHERE {name})" for name in names[1:])
    return f"SELECT {arrays} FROM ({sql}) AS found({', '.join(names)})", tuple(parameters)  # noqa: S608 - names of ours


def _meeting(products: QuerySet[Any], choices: Choices, which: Which) -> tuple[QuerySet[Any], Q]:
    """That each of `products` passes the filters and is in the set; with these, as the condition reads them."""
    shop, condition = choices.document, Q()
    for name, values in which.filters.items():
        products, passes = condition_of(products, shop, shop.facets[name], values)
        condition &= passes
    if which.among:
        condition &= Q(_in_set(shop.product_sets()[which.among], products))
    return products, condition


def _in_set(chosen: QuerySet[Any], products: QuerySet[Any]) -> Any:
    """That each of `products` is in the set `chosen`: asked of its own row where the set reads no other."""
    query = chosen.query
    if query.is_sliced or query.combinator or query.distinct or query.group_by is not None:
        return Q(pk__in=chosen.values("pk"))
    own = products.query.get_initial_alias()
    if query.where and set(query.alias_map) == {own} and not query.annotations and not query.extra:
        return query.where
    return Exists(chosen.order_by().filter(pk=OuterRef("pk")))
