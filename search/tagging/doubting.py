"""What people decide of doubted pictures: that one is right, or that it is to be mended. Both can be undone."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from ..errors import ProductSearchError
from ..models import Doubt, DoubtState
from .deciding import AlreadyDecided


class DoubtGone(ProductSearchError):
    """Nobody doubts this picture any more: it changed, or its product did."""


def decide(number: int, state: DoubtState, *, by: str, using: str) -> Doubt:
    """The picture is right (DISMISSED: it is not doubted again), to be mended (WRONG), or doubted as before (OPEN).

    Raises `AlreadyDecided` where somebody else was first, and `DoubtGone`.
    """
    with transaction.atomic(using=using):
        doubt = Doubt.objects.using(using).select_for_update().filter(pk=number).first()
        if doubt is None:
            raise DoubtGone(_("This picture is no longer doubted."))
        if (doubt.state == DoubtState.OPEN) == (state == DoubtState.OPEN):
            raise AlreadyDecided(doubt.decided_by, doubt.get_state_display())
        doubt.state, doubt.decided_by = state, by[:300]
        doubt.save(using=using)
        Doubt.objects.using(using).filter(pk=number).update(decided_at=Now())
    return doubt
