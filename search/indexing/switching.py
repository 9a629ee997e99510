"""From one embedding space to another, in one transaction, and back: what searches read is one row's state.

The space that served before stands by. Workers write to it as to the serving one, so going back is the same step again
and loses no save made since.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from ..documents import document
from ..models import Space, State
from . import spaces
from .missing import coverage
from .spaces import SpaceProblem


def switch(space: Space, *, using: str, force: bool = False) -> None:
    """Let a filled space serve; the one that served stands by.

    Raises `SpaceProblem` while products are missing in it, unless `force`. A search that began before reads the old
    space to its end.
    """
    with transaction.atomic(using=using):
        # Locked in one order, so that two switches at once come one after the other.
        found = {row.pk: row for row in Space.objects.using(using).select_for_update().order_by("pk")}
        new = found.get(space.pk)
        if new is None:
            raise SpaceProblem(f"Space {space.pk} is no longer there: see `manage.py spaces list`.")
        if new.state == State.SERVING:
            return
        if not force:
            _require_complete(using, new)
        old = [row.pk for row in found.values() if row.state == State.SERVING]
        Space.objects.using(using).filter(pk__in=old).update(state=State.STANDBY, since=Now())
        Space.objects.using(using).filter(pk=new.pk).update(state=State.SERVING, since=Now(), paused=False)


def previous(using: str) -> Space:
    """The space that served last before the present one. Raises `SpaceProblem` when none stands by."""
    found = Space.objects.using(using).filter(state=State.STANDBY).order_by("-since", "-pk").first()
    if found is None:
        raise SpaceProblem(
            "No space stands by to go back to: `manage.py spaces list` shows which there are, and"
            " `manage.py spaces switch NUMBER` lets another one serve."
        )
    return found


def rollback(*, using: str, force: bool = False) -> Space:
    """Let the space that served before serve again; returns it. Raises `SpaceProblem` as `switch` does."""
    space = previous(using)
    switch(space, using=using, force=force)
    return space


def _require_complete(using: str, space: Space) -> None:
    if space.state == State.RETIRED:
        raise SpaceProblem(
            f"Space {space.pk} is retired: what was saved since is not in it. "
            f"Run `manage.py spaces fill {space.pk}` first."
        )
    now = coverage(using, space)
    if now.missing:
        raise SpaceProblem(
            f"{now.missing} of {now.products} products are not in space {space.pk} as they are now. "
            f"Run `manage.py spaces fill {space.pk}`, or switch with --force."
        )
    due = spaces.missing_indexes(space, document().languages, using=using)
    if due:
        raise SpaceProblem(
            f"Space {space.pk} has rows for an index that is not built, so searches would be slow: "
            f"{', '.join(due)}. Run `manage.py spaces index {space.pk}`, or switch with --force."
        )
