"""A set-up is a way of searching that can be measured beside another: some legs, some settings, or a stored run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings as django_settings

from ..conf import SETTING, Conf, problems, settings
from ..errors import ProductSearchError
from ..retrieval.answer import LegName
from ..retrieval.steering import Steerer

#: What can be asked alone: the words, what texts mean, what pictures show.
LEGS: Mapping[str, frozenset[LegName] | None] = {
    "hybrid": None,
    "keyword": frozenset({"keywords"}),
    "text": frozenset({"text-text", "picture-text"}),
    "picture": frozenset({"text-picture", "picture-picture"}),
}
#: The settings that change a search and nothing that is stored.
CHANGEABLE = ("RELEVANCE_FLOOR", "VECTOR_WEIGHT", "DESCRIBED_WEIGHT", "LEG_SIZE")
#: Not a setting but a shopper's choice: with `off` no word is corrected and none sets a filter.
UNDERSTANDING = "UNDERSTANDING"
#: Nor this: the number of an embedding space that is searched in the place of the serving one.
SPACE = "SPACE"


class BadSetup(ProductSearchError):
    """No such set-up; the message shows how one is written."""


@dataclass(frozen=True)
class Setup:
    """The engine as it is, or one of its legs alone; `changes` are settings that differ from the shop's.

    A leg alone ranks all that it knows, without the floor: it must not look worse for a floor that was made for all
    legs together.
    """

    name: str
    legs: frozenset[LegName] | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    #: Whether words are corrected and may set filters, as they are for a shopper; a leg alone gains by it, too.
    understanding: bool = True
    #: Who steers the searches. Nobody, unless it is just that which is measured: answers were judged without.
    steering: tuple[Steerer, ...] = ()
    #: When the searches are made, to who steers; None for now.
    moment: datetime | None = None
    #: The embedding space that is searched; None for whichever serves.
    space: int | None = None

    def conf(self) -> Conf:
        """The settings to search with."""
        alone = {} if self.legs is None else {"RELEVANCE_FLOOR": 0.0}
        return replace(
            settings(), **{name.lower(): value for name, value in {**alone, **self.changes}.items()}
        )


def read_setup(text: str) -> Setup:
    """A set-up as it is written: `hybrid`, `keyword`, `text` or `picture`, and `hybrid:VECTOR_WEIGHT=0.3,LEG_SIZE=90`.

    With `SPACE=3` it is the search as it would be if that embedding space served. Raises `BadSetup`.
    """
    legs, _, tail = text.partition(":")
    if legs not in LEGS:
        raise BadSetup(
            f"There is no set-up {text!r}; write {', '.join(LEGS)}, or hybrid:VECTOR_WEIGHT=0.3 with other settings."
        )
    changes: dict[str, Any] = {}
    understanding = True
    space: int | None = None
    for pair in filter(None, tail.split(",")):
        name, equals, value = pair.partition("=")
        if name == UNDERSTANDING and value in ("on", "off"):
            understanding = value == "on"
            continue
        if name == SPACE and value.isdecimal() and len(value) < 19:
            space = int(value)
            continue
        if not equals or name not in CHANGEABLE:
            raise BadSetup(
                f"{text!r}: {pair!r} is no setting of a search; those are {', '.join(CHANGEABLE)}, "
                f"{UNDERSTANDING}=off and {SPACE}=NUMBER."
            )
        try:
            changes[name] = json.loads(value, parse_constant=_refused)
        except ValueError:
            raise BadSetup(f"{text!r}: {value!r} is no number.") from None
    problem = next(problems({**getattr(django_settings, SETTING), **changes}), None)
    if problem is not None:
        raise BadSetup(f"{text!r}: {problem}")
    return Setup(text, LEGS[legs], changes, understanding, space=space)


def in_space(text: str, number: int | None) -> str:
    """The set-up `text` in the embedding space of this number, written as a set-up; as it is for None."""
    if number is None:
        return text
    return f"{text}{',' if ':' in text else ':'}{SPACE}={number}"


def _refused(constant: str) -> None:
    """NaN and Infinity, which JSON does not have and Python reads."""
    raise ValueError(constant)
