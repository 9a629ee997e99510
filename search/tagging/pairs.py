"""What people decide of two products that may be one: they are two, or the shop makes one of them; until undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from ..documents import document
from ..errors import ProductSearchError
from ..indexing import wake
from ..models import Duplicate, PairState, Unexamined
from .deciding import AlreadyDecided
from .examining import EXAMINE_TASK


class PairChanged(ProductSearchError):
    """The pair is not, or no longer, what somebody decided on; nothing was changed."""


def dismiss(number: int, *, by: str, using: str) -> Duplicate:
    """The two products of the pair are two: it is not brought up again. Raises `PairChanged`, `AlreadyDecided`."""

    def decide(pair: Duplicate) -> None:
        _be(pair, PairState.OPEN)
        pair.state = PairState.DISMISSED

    return _decided(number, decide, by=by, using=using)


def merge(number: int, remove: Any, *, by: str, using: str) -> Duplicate:
    """One product is made of the two by the document's `merge`; `remove` is the key of that which goes into the other.

    Other open pairs of that one are gone with it. Raises `PairChanged`, `AlreadyDecided`, and whatever the shop's own
    code raises.
    """

    def decide(pair: Duplicate) -> None:
        _be(pair, PairState.OPEN)
        if remove not in (pair.product, pair.other):
            raise PairChanged(_("The pair has no product %(key)s.") % {"key": remove})
        keep, gone = _products(pair, remove, using)
        pair.undo = document().merge(keep, gone)
        pair.state, pair.removed = PairState.MERGED, remove
        others = Duplicate.objects.using(using).filter(Q(product=remove) | Q(other=remove))
        others.filter(state=PairState.OPEN).exclude(pk=pair.pk).delete()

    return _decided(number, decide, by=by, using=using)


def undo(number: int, *, by: str, using: str) -> Duplicate:
    """Take a decision back: the pair is open again. Raises `PairChanged`, and what the shop's own code raises."""

    def decide(pair: Duplicate) -> None:
        if pair.state == PairState.OPEN:
            raise PairChanged(_("Nobody has decided on this pair."))
        if pair.state == PairState.MERGED:
            if pair.undo is None:
                raise PairChanged(_("The shop can't take this merge back."))
            keep, gone = _products(pair, pair.removed, using)
            document().unmerge(keep, gone, pair.undo)
            # Its other pairs were dropped.
            Unexamined.objects.using(using).create(product=pair.removed)
            transaction.on_commit(lambda: wake.wake(EXAMINE_TASK), using=using, robust=True)
        pair.state, pair.removed, pair.undo = PairState.OPEN, None, None

    return _decided(number, decide, by=by, using=using)


def _decided(number: int, decide: Callable[[Duplicate], None], *, by: str, using: str) -> Duplicate:
    """Two who decide at once take turns: the row is locked before it is looked at."""
    with transaction.atomic(using=using):
        pair = Duplicate.objects.using(using).select_for_update().filter(pk=number).first()
        if pair is None:
            raise PairChanged(_("There is no pair %(number)d any more.") % {"number": number})
        decide(pair)
        pair.decided_by = by[:300]
        pair.save(using=using)
        Duplicate.objects.using(using).filter(pk=number).update(decided_at=Now())
    return pair


def _be(pair: Duplicate, state: PairState) -> None:
    if pair.state != state:
        raise AlreadyDecided(pair.decided_by, pair.get_state_display())


def _products(pair: Duplicate, remove: Any, using: str) -> tuple[Any, Any]:
    """The product that stays and the one that goes, locked in the order of their keys."""
    keys = (pair.product, pair.other)
    rows = (
        document().queryset().using(using).filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    )
    found = {product.pk: product for product in rows}
    if len(found) < len(keys):
        raise PairChanged(_("One of the two products is gone."))
    return found[next(key for key in keys if key != remove)], found[remove]
