"""What people decide of tags: each decision is written with the change of the tag, or neither is.

Two reviewers of one product's attribute take turns (a lock to the end of the transaction), and each says what state the
tag was in when they looked. Where it is in another by then, the second changes nothing and learns who was first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext as _

from ..errors import ProductSearchError
from ..indexing import wake
from ..indexing.claim import key_type
from ..indexing.copying import copy_rows
from ..models import (
    Attribute,
    AttributeValue,
    Choice,
    Decision,
    Question,
    Space,
    Tag,
    TagState,
    Untagged,
    Verdict,
)
from .keeping import queue_kept
from .queue import TAG_TASK

#: What a verdict makes of the value's own tag.
LEADS_TO = {
    Verdict.ACCEPTED: TagState.ACCEPTED,
    Verdict.REJECTED: TagState.REJECTED,
    Verdict.CHANGED: TagState.REJECTED,
    Verdict.UNDONE: TagState.SUGGESTED,
}
#: How sure a value is that a person chose.
CHOSEN = 1.0
#: Tags that are accepted in one transaction, at most.
TOGETHER = 500
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('product_search decision'), hashtext(%s))"


class AlreadyDecided(ProductSearchError):
    """Somebody else was first: `by` is their name, `said` what stands now. Nothing was changed."""

    def __init__(self, by: str, said: str) -> None:
        who = _("%(by)s was first: %(said)s.") if by else _("It was decided meanwhile: %(said)s.")
        super().__init__(who % {"by": by, "said": said})
        self.by = by
        self.said = said


class UnknownValue(ProductSearchError):
    """The value that was chosen instead is none of the attribute's."""


@dataclass(frozen=True)
class Subject:
    """What is decided on: that a product has a value of an attribute."""

    product: Any
    attribute: str
    value: str


def decide(
    subject: Subject,
    verdict: Verdict,
    *,
    by: str,
    using: str,
    expected: str = TagState.SUGGESTED,
    chosen: str = "",
) -> Decision:
    """Write the `verdict` of the user called `by` and make the tag so; `chosen` is right instead where it is CHANGED.

    `expected` is the tag's state as the user saw it. A suggestion that a worker withdrew since is decided all the same.
    Raises `AlreadyDecided`, and `UnknownValue` for a `chosen` that the attribute does not have.
    """
    attribute = Attribute.objects.using(using).filter(name=subject.attribute).first()
    if (verdict == Verdict.CHANGED) != bool(chosen) or chosen == subject.value:
        raise ValueError(f"{verdict} of {subject.value!r} with {chosen!r} in its place")
    if chosen and not AttributeValue.objects.using(using).filter(attribute=attribute, value=chosen).exists():
        raise UnknownValue(
            _('"%(value)s" is no value of %(attribute)s; choose one of the list.')
            % {"value": chosen, "attribute": subject.attribute}
        )
    with transaction.atomic(using=using):
        _take_turn(subject, using)
        tags = _tags(subject, using)
        known = tags.get(subject.value)
        if (known.state if known else TagState.SUGGESTED) != expected:
            raise _already(subject, known, using)
        right = chosen or (subject.value if verdict == Verdict.ACCEPTED else "")
        if right and attribute is not None and attribute.choice == Choice.SINGLE:
            for other in tags.values():
                if other.state == TagState.ACCEPTED and other.value not in (subject.value, right):
                    raise _already(subject, other, using)
        if chosen in tags and tags[chosen].state == TagState.REJECTED:
            raise _already(subject, tags[chosen], using)
        space = Space.serving(using)
        asked = Question.objects.using(using).filter(product=subject.product, attribute=subject.attribute)
        seen = known or asked.filter(value=subject.value).first()
        decision = Decision.objects.using(using).create(
            decided_by=by,
            product=subject.product,
            attribute=subject.attribute,
            value=subject.value,
            verdict=verdict,
            chosen=chosen,
            probability=seen.probability if seen else None,
            model=space.name if space else "",
            space=space.digest if space else "",
            before=known.state if known else "",
            chosen_before=tags[chosen].state if chosen in tags else "",
        )
        asked.delete()
        _set(subject, LEADS_TO[verdict], using, seen.probability if seen else CHOSEN)
        if chosen:
            _set(Subject(subject.product, subject.attribute, chosen), TagState.ACCEPTED, using)
        _settled([subject], using)
    return decision


def undo(decision: Decision, *, by: str, using: str) -> Decision:
    """Take `decision` back: its tags become what they were. Raises `AlreadyDecided` where it was taken back, or
    something else decided of them, since.
    """
    subject = Subject(decision.product, decision.attribute, decision.value)
    with transaction.atomic(using=using):
        _take_turn(subject, using)
        tags = _tags(subject, using)
        left = {decision.value: LEADS_TO[Verdict(decision.verdict)].value}
        if decision.chosen:
            left[decision.chosen] = TagState.ACCEPTED.value
        for value, state in left.items():
            known = tags.get(value)
            if (known.state if known else "") != state:
                raise _already(subject, known, using)
        if Decision.objects.using(using).filter(undoes=decision).exists():
            raise _already(subject, tags.get(decision.value), using)
        taken_back = Decision.objects.using(using).create(
            decided_by=by,
            product=decision.product,
            attribute=decision.attribute,
            value=decision.value,
            verdict=Verdict.UNDONE,
            probability=decision.probability,
            model=decision.model,
            space=decision.space,
            before=left[decision.value],
            undoes=decision,
        )
        _set(subject, decision.before, using)
        if not decision.before and decision.probability is not None:  # it was a question
            Question.objects.using(using).get_or_create(
                product=subject.product,
                attribute=subject.attribute,
                value=subject.value,
                defaults={"probability": decision.probability},
            )
        if decision.chosen:
            _set(Subject(subject.product, subject.attribute, decision.chosen), decision.chosen_before, using)
        _settled([subject], using)
    return taken_back


def accept_all(tags: Iterable[int], *, by: str, using: str) -> int:
    """Accept those of the tags of these keys that are still suggested; returns how many.

    What somebody decided meanwhile, and a value beside an accepted one where there can be but one, is passed over.
    """
    keys, taken = list(tags), 0
    for at in range(0, len(keys), TOGETHER):
        with transaction.atomic(using=using):
            taken += len(_accept(keys[at : at + TOGETHER], by, using))
    return taken


def last_decision(by: str, *, using: str) -> Decision | None:
    """The latest decision of the user called `by` that can be taken back."""
    own = Decision.objects.using(using).filter(decided_by=by, undone_by=None)
    return own.exclude(verdict=Verdict.UNDONE).order_by("-id").first()


def _accept(keys: Sequence[int], by: str, using: str) -> list[Subject]:
    tag, decision = Tag._meta.db_table, Decision._meta.db_table
    attribute = Attribute._meta.db_table
    rows = Tag.objects.using(using).filter(pk__in=keys, state=TagState.SUGGESTED)
    # In one order, so that two who accept the same at once wait for each other and not both.
    subjects = sorted(
        {Subject(*row) for row in rows.values_list("product", "attribute", "value")}, key=_lock_name
    )
    for subject in subjects:
        _take_turn(subject, using)
    space = Space.serving(using)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH taken AS (
                UPDATE {tag} AS tag SET state = %s
                WHERE id = ANY(%s) AND state = %s AND product = ANY(%s::{key_type(using)}[]) AND NOT EXISTS (
                    SELECT FROM {tag} AS other JOIN {attribute} AS attribute ON attribute.name = other.attribute
                    WHERE other.product = tag.product AND other.attribute = tag.attribute AND other.state = %s
                        AND attribute.choice = %s
                ) RETURNING product, attribute, value, probability
            )
            INSERT INTO {decision} (decided_by, product, attribute, value, verdict, chosen, probability, model, space,
                before, chosen_before)
            SELECT %s, product, attribute, value, %s, '', probability, %s, %s, %s, '' FROM taken
            RETURNING product, attribute, value
            """,  # noqa: S608 - tables of ours
            [
                TagState.ACCEPTED,
                list(keys),
                TagState.SUGGESTED,
                [subject.product for subject in subjects],
                TagState.ACCEPTED,
                Choice.SINGLE,
                by,
                Verdict.ACCEPTED,
                space.name if space else "",
                space.digest if space else "",
                TagState.SUGGESTED,
            ],
        )
        field: Any = Tag._meta.get_field("product")
        taken = [Subject(field.to_python(key), name, value) for key, name, value in cursor.fetchall()]
    _settled(taken, using)
    return taken


def _lock_name(subject: Subject) -> str:
    return f"{subject.attribute}/{subject.product}"


def _take_turn(subject: Subject, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(_LOCK, [_lock_name(subject)])


def _tags(subject: Subject, using: str) -> dict[str, Tag]:
    """The tags of the subject's product and attribute by value, locked: a worker may be at them."""
    rows = Tag.objects.using(using).filter(product=subject.product, attribute=subject.attribute)
    return {tag.value: tag for tag in rows.select_for_update()}


def _set(subject: Subject, state: str, using: str, probability: float = CHOSEN) -> None:
    """Give the subject's tag this state; without any there is to be no such tag. A new one is so `probability`."""
    rows = Tag.objects.using(using)
    about = {"product": subject.product, "attribute": subject.attribute, "value": subject.value}
    if not state:
        rows.filter(**about).delete()
    else:
        rows.update_or_create(
            **about, defaults={"state": state}, create_defaults={"state": state, "probability": probability}
        )


def _settled(subjects: Sequence[Subject], using: str) -> None:
    """Have a worker score the products again: beside an accepted value nothing stays suggested, and behind a rejected
    one the next may be likely enough. The shop's own fields follow.
    """
    if subjects:
        keys = dict.fromkeys(subject.product for subject in subjects)
        queue_kept([(subject.product, subject.attribute) for subject in subjects], using=using)
        copy_rows(using, Untagged._meta.db_table, ("product",), ((key,) for key in keys))
        transaction.on_commit(lambda: wake.wake(TAG_TASK), using=using, robust=True)


def _already(subject: Subject, found: Tag | None, using: str) -> AlreadyDecided:
    """Who was first, and what stands now."""
    last = (
        Decision.objects.using(using)
        .filter(product=subject.product, attribute=subject.attribute)
        .order_by("-id")
        .first()
    )
    said = _("undecided") if found is None else f"{found.value}, {found.get_state_display()}"
    return AlreadyDecided(last.decided_by if last else "", said)
