"""What a change of a rule changed, line by line, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext_lazy as _

from ..models import RuleChange

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: What the parts of a rule are called, in the order in which they are read; what is missing stands as it is kept.
NAMES: Mapping[str, StrPromise] = {
    "name": _("name"),
    "state": _("state"),
    "position": _("position"),
    "live": _("live"),
    "draft": _("draft"),
    "conditions": _("condition"),
    "actions": _("action"),
    "language": _("language"),
    "starts": _("from"),
    "ends": _("until"),
    "note": _("note"),
    "do": _("does"),
    "about": _("query"),
    "words": _("words"),
    "means": _("means"),
    "instead": _("instead"),
    "two_way": _("both ways"),
    "picture": _("picture"),
    "filters": _("filter"),
    "segments": _("segment"),
    "channels": _("channel"),
    "products": _("product"),
    "which": _("products"),
    "among": _("among"),
    "place": _("place"),
    "points": _("points"),
    "url": _("address"),
    "text": _("text"),
    "image": _("image"),
}
_PLACES = {name: place for place, name in enumerate(NAMES)}


@dataclass(frozen=True)
class Line:
    """One line of a rule: it was there before the change only, is there since, or stayed."""

    kind: Literal["gone", "new", "same"]
    text: str


def lines(change: RuleChange) -> list[Line]:
    """The rule before and after the change as one list; what stayed is there to be read with what did not."""
    before, after = _written(change.before), _written(change.after)
    found: list[Line] = []
    for tag, first, last, start, end in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Line("same", each) for each in before[first:last]]
        else:
            found += [Line("gone", each) for each in before[first:last]]
            found += [Line("new", each) for each in after[start:end]]
    return found


def _written(snapshot: Mapping[str, Any] | None) -> list[str]:
    """One line for each value that a snapshot has: `live, action 1, words: couch`."""
    return [] if snapshot is None else list(_values(snapshot, ()))


def _values(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        # The database keeps an object's names in an order of its own.
        for name, part in sorted(value.items(), key=lambda each: _PLACES.get(each[0], len(_PLACES))):
            yield from _values(part, (*path, str(NAMES.get(name, name))))
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        *above, last = path
        for number, part in enumerate(value, start=1):
            yield from _values(part, (*above, f"{last} {number}"))
    elif value is not None:
        said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"{', '.join(path)}: {said}"
