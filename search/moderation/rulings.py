"""Findings into rulings, and every change of a ruling into the audit trail, in one transaction.

A held product is absent from the moment that its ruling is committed: whoever searches asks this table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from ..models import (
    Action,
    Because,
    Event,
    Policy,
    Ruling,
    RulingChange,
    RulingState,
    Space,
    Unjudged,
)
from .judging import Finding

#: Columns of a ruling that judging it again may change.
JUDGED = (
    "state",
    "probability",
    "because",
    "detail",
    "picture",
    "model",
    "content",
    "judged_at",
    "decided_by",
    "decided_at",
    "reason",
    "appeal",
    "appealed_at",
)


@dataclass(frozen=True)
class Judged:
    """One product, judged: the digest of what was looked at, and what was found by policy."""

    product: Any
    content: str
    findings: Mapping[str, Finding]


def state_of(policy: Policy, finding: Finding) -> RulingState:
    """What a policy makes of a finding."""
    if finding.because == Because.UNJUDGED:
        return RulingState.HELD if policy.unjudged == Unjudged.HOLD else RulingState.CLEAR
    if finding.probability is None or finding.probability < policy.threshold:
        return RulingState.CLEAR
    return RulingState.HELD if policy.action == Action.HOLD else RulingState.FLAGGED


def write_rulings(
    judged: Sequence[Judged], policies: Sequence[Policy], space: Space | None, *, using: str
) -> int:
    """Make these the rulings of their products under `policies`, within the caller's transaction; returns how many
    are flagged or held now.

    What a person decided stays where the content is the same. Of a policy that is no longer in use nothing remains but
    what a person decided.
    """
    model = "" if space is None else f"{space.name} ({space.digest[:12]})"
    rules = {policy.name: policy for policy in policies}
    known: dict[tuple[Any, str], Ruling] = {
        (ruling.product, ruling.policy): ruling
        for ruling in Ruling.objects.using(using)
        .select_for_update()
        .filter(product__in=[each.product for each in judged])
        .order_by("product", "policy")
    }
    now = timezone.now()
    new: list[Ruling] = []
    changed: list[Ruling] = []
    gone: list[int] = []
    trail: list[RulingChange] = []
    standing = 0
    for each in judged:
        for name, policy in rules.items():
            finding = each.findings.get(name)
            before = known.pop((each.product, name), None)
            if finding is None or (before is not None and _stands(before, each.content)):
                standing += before is not None and before.state in NOTICED
                continue
            state = state_of(policy, finding)
            standing += state in NOTICED
            if before is None and state == RulingState.CLEAR:
                continue
            ruling = before or Ruling(product=each.product, policy=name)
            was = RulingState(ruling.state) if before is not None else RulingState.CLEAR
            if before is not None and not _differs(before, finding, state, each.content, model):
                continue
            if was != state:
                trail.append(_change(finding, was, state, model, _why(before)))
            _take(ruling, finding, state, each.content, model, now)
            (new if before is None else changed).append(ruling)
    for (product, name), ruling in known.items():
        if name in rules or ruling.decided_by or ruling.because == Because.PERSON:
            continue
        gone.append(ruling.pk)
        if ruling.state != RulingState.CLEAR:
            left = Finding(product, name, ruling.probability, Because(ruling.because))
            trail.append(
                _change(
                    left, RulingState(ruling.state), RulingState.CLEAR, model, "The policy is not in use."
                )
            )
    if gone:
        Ruling.objects.using(using).filter(pk__in=gone).delete()
    if changed:
        Ruling.objects.using(using).bulk_update(changed, JUDGED)
    if new:
        Ruling.objects.using(using).bulk_create(new, ignore_conflicts=True)  # a person was quicker
    if trail:
        RulingChange.objects.using(using).bulk_create(trail)
    return standing


#: States that somebody should look at.
NOTICED = (RulingState.FLAGGED, RulingState.HELD)


def _stands(ruling: Ruling, content: str) -> bool:
    """Whether a person decided it, of what is still the same."""
    return bool(ruling.decided_by) and ruling.content == content


def _why(before: Ruling | None) -> str:
    return (
        "Its pictures or texts have changed since that was decided." if before and before.decided_by else ""
    )


def _differs(before: Ruling, finding: Finding, state: RulingState, content: str, model: str) -> bool:
    return (
        before.state,
        before.probability,
        before.because,
        before.picture,
        before.content,
        before.model,
    ) != (
        state,
        finding.probability,
        finding.because,
        finding.picture,
        content,
        model,
    )


def _take(ruling: Ruling, finding: Finding, state: RulingState, content: str, model: str, now: Any) -> None:
    """Judge `ruling` anew: what was decided of other content is over, and remains in the trail."""
    ruling.state = state
    ruling.probability = finding.probability
    ruling.because = finding.because
    ruling.detail = finding.detail
    ruling.picture = finding.picture
    ruling.model = model
    ruling.content = content
    ruling.judged_at = now
    ruling.decided_by = ruling.reason = ruling.appeal = ""
    ruling.decided_at = ruling.appealed_at = None


def _change(finding: Finding, before: RulingState, after: RulingState, model: str, why: str) -> RulingChange:
    return RulingChange(
        product=finding.product,
        policy=finding.policy,
        event=Event.JUDGED,
        before=before,
        after=after,
        because=finding.because,
        detail=finding.detail,
        probability=finding.probability,
        model=model,
        why=why,
    )
