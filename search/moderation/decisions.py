"""What people decide: to hold back, to release, to clear; each with a reason, each to be undone, all of it recorded."""

from __future__ import annotations

from typing import Any, Literal

from django.db import router, transaction
from django.utils import timezone

from ..errors import ProductSearchError
from ..models import BY_HAND, Because, Event, Generation, Ruling, RulingChange, RulingState
from .judging import read_products

#: What a person may make of a product.
Decision = Literal["held", "released"]


class NothingToDecide(ProductSearchError):
    """There is no such ruling, or nothing that could be undone."""


def decide(
    product: Any, decision: Decision, *, who: str, why: str = "", policy: str = BY_HAND, using: str = ""
) -> Ruling:
    """Hold a product back or release it, in the name of `who`; at once, and until its pictures or texts change.

    Without a `policy` it is held by hand, until somebody releases it. Held already, it is confirmed. Raises
    `NothingToDecide` for releasing what no ruling is of, `ValueError` for an empty name.
    """
    if not who:
        raise ValueError("who is empty; a decision is somebody's: give a user's name.")
    using = using or router.db_for_write(Ruling)
    state = RulingState(decision)
    with transaction.atomic(using=using):
        ruling = _locked(product, policy, using)
        if ruling is None:
            if state == RulingState.RELEASED:
                raise NothingToDecide(
                    f"Product {product} has no ruling under {policy or 'anybody'}: nothing to release."
                )
            ruling = Ruling(product=product, policy=policy, because=Because.PERSON, state=RulingState.CLEAR)
        before = RulingState(ruling.state)
        ruling.content = _content(product, using)
        _set(ruling, state, who, why)
        ruling.save(using=using)
        _record(ruling, Event.DECIDED, before, who, why, using)
    return ruling


def undo(product: Any, *, who: str, policy: str = BY_HAND, using: str = "") -> Ruling:
    """Put the ruling back to what it was before the last decision of a person; that, too, is recorded.

    Raises `NothingToDecide` where nobody has decided, or what was decided is undone.
    """
    using = using or router.db_for_write(Ruling)
    with transaction.atomic(using=using):
        ruling = _locked(product, policy, using)
        decided = _decided(product, policy, using)
        if ruling is None or not decided:
            raise NothingToDecide(f"Nobody has decided about product {product} since it was judged.")
        before = RulingState(ruling.state)
        last = decided.pop()
        ruling.state = last.before
        ruling.decided_by, ruling.decided_at, ruling.reason = "", None, ""
        if decided:  # what was decided before stands again
            earlier = decided[-1]
            ruling.decided_by, ruling.decided_at, ruling.reason = earlier.who, earlier.at, earlier.why
        _record(ruling, Event.UNDONE, before, who, "", using)
        if ruling.because == Because.PERSON and ruling.state == RulingState.CLEAR:
            ruling.delete(using=using)
        else:
            ruling.save(using=using)
    return ruling


def appeal(product: Any, words: str, *, who: str, policy: str = BY_HAND, using: str = "") -> Ruling:
    """Note what somebody says against a ruling; it changes nothing but where it stands in the queue.

    Raises `NothingToDecide` where there is no such ruling.
    """
    using = using or router.db_for_write(Ruling)
    with transaction.atomic(using=using):
        ruling = _locked(product, policy, using)
        if ruling is None:
            raise NothingToDecide(f"Product {product} has no ruling to appeal against.")
        ruling.appeal, ruling.appealed_at = words, timezone.now()
        ruling.save(using=using, update_fields=["appeal", "appealed_at"])
        _record(ruling, Event.APPEALED, RulingState(ruling.state), who, words, using)
    return ruling


def _locked(product: Any, policy: str, using: str) -> Ruling | None:
    rows = Ruling.objects.using(using).select_for_update()
    return rows.filter(product=product, policy=policy).first()


def _decided(product: Any, policy: str, using: str) -> list[RulingChange]:
    """What people decided since the product was last judged, and was not undone, the latest last."""
    standing: list[RulingChange] = []
    for change in RulingChange.objects.using(using).filter(product=product, policy=policy).order_by("id"):
        if change.event == Event.JUDGED:
            standing.clear()
        elif change.event == Event.DECIDED:
            standing.append(change)
        elif change.event == Event.UNDONE:
            standing.pop()
    return standing


def _set(ruling: Ruling, state: RulingState, who: str, why: str) -> None:
    ruling.state = state
    ruling.decided_by, ruling.decided_at, ruling.reason = who, timezone.now(), why


def _content(product: Any, using: str) -> str:
    """The digest of what is stored of the product now, which the decision is about."""
    generation = Generation.serving(using)
    if generation is None:
        return ""
    (found,) = read_products([product], None, generation, using=using)
    return found.content


def _record(ruling: Ruling, event: Event, before: RulingState, who: str, why: str, using: str) -> None:
    RulingChange.objects.using(using).create(
        product=ruling.product,
        policy=ruling.policy,
        event=event,
        who=who,
        before=before,
        after=ruling.state,
        because=ruling.because,
        detail=ruling.detail,
        probability=ruling.probability,
        model=ruling.model,
        why=why,
    )
