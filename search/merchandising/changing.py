"""Everything that is written of rules: drafts, publishing, precedence, undo. Each change keeps what was before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import router, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from ..errors import ProductSearchError
from ..models import RULES, Revision, Rule, RuleChange, RuleEvent, RuleState
from .content import Content
from .reading import BadRule, checked

#: What of a rule is in the history.
KEPT = ("name", "state", "position", "live", "draft")


class ChangedMeanwhile(ProductSearchError):
    """Somebody else changed the rule after it was shown; nothing was written."""


def save_draft(
    name: str, content: Content, *, who: str = "", rule: Rule | None = None, seen: int | None = None
) -> Rule:
    """Keep `content` as the draft of `rule`, or of a new rule, under `name`; what is live goes on as it is.

    `seen` is the last change that the writer knew of. Raises `BadRule`, and `ChangedMeanwhile` where there is another.
    """
    kept, name = checked(content).as_json(), " ".join(name.split())
    using = database()
    with transaction.atomic(using=using):
        _check_name(name, rule, using)
        if rule is None:
            last = Rule.objects.using(using).aggregate(last=Max("position"))["last"] or 0
            made = Rule.objects.using(using).create(name=name, position=last + 1, draft=kept)
            _keep(made, RuleEvent.DRAFTED, who, None)
            return made
        row, before = _locked(rule.pk, seen)
        row.draft = None if kept == row.live and row.name == name else kept
        renamed, row.name = row.name != name, name
        row.save(using=using)
        _keep(row, RuleEvent.DRAFTED, who, before, searched=renamed)
        return row


def publish(rule: Rule, *, who: str = "", seen: int | None = None) -> Rule:
    """What is drafted is live; raises `BadRule` where nothing is."""
    with transaction.atomic(using=database()):
        row, before = _locked(rule.pk, seen)
        if row.draft is None:
            raise BadRule("", _("There is no draft to publish."))
        row.live, row.draft, row.state = row.draft, None, RuleState.LIVE
        row.fault, row.fault_at = "", None
        row.save()
        _keep(row, RuleEvent.PUBLISHED, who, before, searched=True)
        return row


def discard(rule: Rule, *, who: str = "", seen: int | None = None) -> Rule:
    """The draft is gone (the history has it); a rule that was never published stays, without content."""
    with transaction.atomic(using=database()):
        row, before = _locked(rule.pk, seen)
        row.draft = None
        row.save()
        _keep(row, RuleEvent.DISCARDED, who, before)
        return row


def switch(rule: Rule, *, on: bool, who: str = "") -> Rule:
    """A rule that was published acts, or does not."""
    with transaction.atomic(using=database()):
        row, before = _locked(rule.pk, None)
        if row.live is None:
            raise BadRule("", _("It was never published."))
        row.state = RuleState.LIVE if on else RuleState.OFF
        row.fault, row.fault_at = "", None
        row.save()
        _keep(row, RuleEvent.SWITCHED_ON if on else RuleEvent.SWITCHED_OFF, who, before, searched=True)
        return row


def move(rule: Rule, by: int, *, who: str = "") -> Rule:
    """The rule comes `by` places later in the order of precedence, or earlier where that is below 0."""
    using = database()
    with transaction.atomic(using=using):
        rows = list(Rule.objects.using(using).select_for_update().order_by("position", "pk"))
        at = next((at for at, each in enumerate(rows) if each.pk == rule.pk), None)
        if at is None:
            raise ChangedMeanwhile(_("This rule is no longer there."))
        row = rows.pop(at)
        before = snapshot(row) | {"position": at + 1}
        rows.insert(min(max(at + by, 0), len(rows)), row)
        _number(rows)
        _keep(row, RuleEvent.MOVED, who, before, searched=True)
        return row


def undo(change: RuleChange, *, who: str = "") -> Rule:
    """The rule is as it was before `change`, which stays in the history, as this does. A deleted rule comes back.

    Raises `ChangedMeanwhile` where the rule changed after it: undo the later change first.
    """
    using = database()
    with transaction.atomic(using=using):
        last = RuleChange.objects.using(using).filter(rule=change.rule).order_by("-pk").first()
        if last is None or last.pk != change.pk:
            raise ChangedMeanwhile(_("The rule was changed after that: undo the later change first."))
        now = Rule.objects.using(using).select_for_update().filter(pk=change.rule).first()
        before = None if now is None else snapshot(now)
        if change.before is None:
            row = now or Rule(pk=change.rule, name=change.name)
            if now is not None:
                row.live, row.draft, row.state = None, None, RuleState.DRAFT
                row.save()
        else:
            row = now or Rule(pk=change.rule)
            _check_name(change.before["name"], row, using)
            for name in KEPT:
                setattr(row, name, change.before[name])
            row.fault, row.fault_at = "", None
            row.save(force_insert=now is None, using=using)
            others = Rule.objects.using(using).select_for_update().exclude(pk=row.pk)
            rows = list(others.order_by("position", "pk"))
            rows.insert(min(row.position - 1, len(rows)), row)
            _number(rows)
        _keep(row, RuleEvent.UNDONE, who, before, searched=True)
        return row


def delete(rule: Rule, *, who: str = "") -> None:
    """The rule is gone; its history stays, and undoes it."""
    using = database()
    with transaction.atomic(using=using):
        row, before = _locked(rule.pk, None)
        key = row.pk
        row.delete(using=using)
        row.pk = key
        _keep(row, RuleEvent.DELETED, who, before, searched=True, gone=True)


def imported(name: str, kept: dict[str, Any], position: int, *, who: str = "") -> bool:
    """A rule of another environment, by its name, as `copying` has checked it; False where it is just so already."""
    using = database()
    with transaction.atomic(using=using):
        row = Rule.objects.using(using).select_for_update().filter(name=name).first()
        before = None if row is None else snapshot(row)
        row = row or Rule(name=name)
        row.state, row.live, row.draft, row.position = kept["state"], kept["live"], kept["draft"], position
        if before == snapshot(row):
            return False
        row.save(using=using)
        _keep(row, RuleEvent.IMPORTED, who, before, searched=True)
        return True


def history(rule: int) -> QuerySet[RuleChange]:
    """What became of the rule of this key, the latest first."""
    return RuleChange.objects.using(database()).filter(rule=rule).order_by("-pk")


def last_change(rules: Sequence[Rule]) -> dict[int, int]:
    """The key of the last change of each: what `seen` takes."""
    rows = RuleChange.objects.using(database()).filter(rule__in=[rule.pk for rule in rules])
    return dict(rows.values_list("rule").annotate(last=Max("pk")))


def snapshot(rule: Rule) -> dict[str, Any]:
    """What the history keeps of a rule."""
    return {name: getattr(rule, name) for name in KEPT}


def database() -> str:
    """Where rules are written."""
    return router.db_for_write(Rule)


def _number(rows: Sequence[Rule]) -> None:
    """Give them their places in this order."""
    for place, each in enumerate(rows, 1):
        if each.position != place:
            each.position = place
            each.save(update_fields=["position"], using=database())


def _locked(key: int, seen: int | None) -> tuple[Rule, dict[str, Any]]:
    using = database()
    row = Rule.objects.using(using).select_for_update().filter(pk=key).first()
    if row is None:
        raise ChangedMeanwhile(_("This rule is no longer there."))
    if seen is not None and last_change([row]).get(row.pk, seen) != seen:
        raise ChangedMeanwhile(
            _(
                "Somebody else changed this rule meanwhile; what you wrote is below, what they wrote is in its history."
            )
        )
    return row, snapshot(row)


def _check_name(name: str, rule: Rule | None, using: str) -> None:
    if not name:
        raise BadRule("name", _("Give it a name."))
    if len(name) > 120:
        raise BadRule("name", _("A name has at most 120 characters."))
    others = Rule.objects.using(using).filter(name=name)
    if (others if rule is None else others.exclude(pk=rule.pk)).exists():
        raise BadRule("name", _("There is a rule of this name already."))


def _keep(
    rule: Rule,
    event: RuleEvent,
    who: str,
    before: dict[str, Any] | None,
    *,
    searched: bool = False,
    gone: bool = False,
) -> None:
    """Write the change down and, where searches may differ by it, tell processes."""
    using = database()
    RuleChange.objects.using(using).create(
        rule=rule.pk,
        name=rule.name,
        event=event,
        who=who,
        before=before,
        after=None if gone else snapshot(rule),
    )
    if searched:
        Revision.renew(RULES, using=using)
