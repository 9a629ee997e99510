"""Rules as a file: from one environment to another, by their names. The same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ..documents import document
from ..models import Rule, RuleState
from .changing import database, imported
from .content import Content, Pin
from .reading import BadRule, read
from .rulebook import product_key

VERSION = 1


@dataclass(frozen=True)
class Copied:
    """What became of the rules of a file; `missing` are products, by rule, that this shop has not."""

    changed: tuple[str, ...]
    same: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]


def exported() -> dict[str, Any]:
    """All rules in their order of precedence, with their drafts and without their history."""
    rows = Rule.objects.using(database()).order_by("position", "pk")
    listed = [{"name": row.name, "state": row.state, "live": row.live, "draft": row.draft} for row in rows]
    return {"version": VERSION, "rules": listed}


def take_over(file: Any, *, who: str = "", dry_run: bool = False) -> Copied:
    """Make the rules of `file` those of this shop, in its order; rules that it does not name come after them.

    All or nothing: raises `BadRule` for what can't be read, with the rule's name.
    """
    if (
        not isinstance(file, Mapping)
        or file.get("version") != VERSION
        or not isinstance(file.get("rules"), list)
    ):
        raise BadRule("", _("This is no file of rules: it has version 1 and a list of rules."))
    kept = dict(checked_rule(each) for each in file["rules"])
    if len(kept) < len(file["rules"]):
        raise BadRule("name", _("The file names a rule twice."))
    changed: list[str] = []
    with transaction.atomic(using=database()):
        others = list(Rule.objects.using(database()).exclude(name__in=kept).order_by("position", "pk"))
        for place, (name, each) in enumerate(kept.items(), 1):
            if imported(name, each, place, who=who):
                changed.append(name)
        for place, row in enumerate(others, len(kept) + 1):
            Rule.objects.using(database()).filter(pk=row.pk).update(position=place)
        if dry_run:
            transaction.set_rollback(True, using=database())
    same = tuple(name for name in kept if name not in changed)
    return Copied(tuple(changed), same, _missing(kept))


def checked_rule(each: Any) -> tuple[str, dict[str, Any]]:
    """The name of a rule in a file, and what is kept of it; raises `BadRule`."""
    if (
        not isinstance(each, Mapping)
        or not isinstance(each.get("name"), str)
        or not 0 < len(each["name"]) <= 120
    ):
        raise BadRule("name", _("Each rule has a name, of at most 120 characters."))
    name, state = " ".join(each["name"].split()), each.get("state")
    try:
        contents = {part: _content(each.get(part)) for part in ("live", "draft")}
    except BadRule as error:
        raise BadRule(error.part, f"{name}: {error}") from error
    if state not in RuleState.values or (contents["live"] is None) != (state == RuleState.DRAFT):
        raise BadRule("state", _("%(name)s: its state does not fit what it has.") % {"name": name})
    kept = {part: None if own is None else own.as_json() for part, own in contents.items()}
    return name, {"state": state, **kept}


def _content(kept: Any) -> Content | None:
    return None if kept is None else read(kept)


def _missing(kept: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Pinned and hidden products that are not there, by rule."""
    asked = {name: _products(each) for name, each in kept.items()}
    keys = {key for own in asked.values() for text in own if (key := product_key(text)) is not None}
    there = set(document().queryset().filter(pk__in=keys).values_list("pk", flat=True))
    missing = {
        name: tuple(text for text in own if product_key(text) not in there) for name, own in asked.items()
    }
    return {name: own for name, own in missing.items() if own}


def _products(each: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for part in ("live", "draft"):
        for action in () if each[part] is None else read(each[part]).actions:
            which = action if isinstance(action, Pin) else getattr(action, "which", None)
            found += () if which is None else which.products
    return list(dict.fromkeys(found))
