"""Why a product is there in words and bars, for people who know nothing of vectors: what the search said, only told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .answer import Deed, Explanation, LegName, Met, Steered

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: What each leg compares, as people say it.
SIDES: Mapping[LegName, StrPromise] = {
    "keywords": gettext_lazy("its words"),
    "text-text": gettext_lazy("the meaning of its text"),
    "text-picture": gettext_lazy("what its pictures show"),
    "picture-picture": gettext_lazy("how its pictures look"),
    "picture-text": gettext_lazy("its text beside the picture"),
}
#: What whoever steers did, as people say it of one by `name`.
_DEEDS: Mapping[Deed, StrPromise] = {
    "replace": gettext_lazy("“%(name)s” replaces words: %(detail)s."),
    "remove": gettext_lazy("“%(name)s” leaves words out: %(detail)s."),
    "filter": gettext_lazy("“%(name)s” adds a filter: %(detail)s."),
    "synonym": gettext_lazy("“%(name)s” adds a synonym: %(detail)s."),
    "redirect": gettext_lazy("“%(name)s” leads to another page: %(detail)s."),
    "banner": gettext_lazy("“%(name)s” shows a banner: %(detail)s."),
    "pin": gettext_lazy("“%(name)s” puts it at place %(place)s."),
    "hide": gettext_lazy("“%(name)s” hides it."),
    "boost": gettext_lazy("“%(name)s” lifts it by %(points)s."),
    "bury": gettext_lazy("“%(name)s” lowers it by %(points)s."),
    "last": gettext_lazy("“%(name)s” puts it last."),
}


@dataclass(frozen=True)
class Side:
    """One side of a product: how well it fits, 0 to 1, and whether that suffices to be found."""

    name: str
    value: float
    enough: bool

    @property
    def percent(self) -> str:
        """The value as people read it."""
        return f"{self.value:.0%}"


@dataclass(frozen=True)
class Told:
    """A hit in words: one sentence, its sides, the words that it has, those that its tags say and those that it lacks,
    and sentences about what it met.

    `value` and `floor` are those of its explanation; `sides` are in the order of `SIDES`.
    """

    reason: str
    value: float = 0.0
    floor: float = 0.0
    sides: tuple[Side, ...] = ()
    has: tuple[str, ...] = ()
    tagged: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    #: What those who steer did to it.
    steered: tuple[str, ...] = ()

    @property
    def percent(self) -> str:
        """The value as people read it."""
        return f"{self.value:.0%}"


def told(
    because: Explanation | None,
    values: Mapping[LegName, float],
    *,
    found: bool = True,
    steered: Sequence[Steered] = (),
) -> Told:
    """Why a product is there, or is not `found`, in the language that is active; `values` are those of each leg.

    Without an explanation nothing was asked for, and it is there because it exists. `steered` is what was done to it.
    """
    done = deeds(steered)
    if because is None:
        return Told(_("Nothing was asked for: everything is shown, in the shop's own order."), steered=done)
    sides = tuple(
        Side(capfirst(str(name)), values[leg], leg in because.found_by)
        for leg, name in SIDES.items()
        if leg in values
    )
    return Told(
        _reason(because, steered) if found else _("It comes near, but not near enough to be found."),
        because.value,
        because.floor,
        sides,
        because.has,
        because.tagged,
        because.lacks,
        tuple(_met(each) for each in because.met),
        done,
    )


def deeds(steered: Sequence[Steered]) -> tuple[str, ...]:
    """A sentence for each thing that somebody who steers did to a search or to a product."""
    return tuple(
        str(_DEEDS[each.did])
        % {
            "name": each.name,
            "detail": each.detail,
            "place": f"{each.amount or 1:.0f}",
            "points": f"{abs(each.amount or 0):.2f}",
        }
        for each in steered
    )


def _reason(because: Explanation, steered: Sequence[Steered]) -> str:
    if because.lacks and because.margin < 0 and any(each.did == "pin" for each in steered):
        return _("It is here because somebody put it here, whatever its relevance.")
    if because.exact:
        return _("One of its texts is just what was asked for.")
    if because.tagged and not because.lacks:
        return _("Its texts and tags say every word.")
    if because.has and not because.lacks:
        return _("It has every word.")
    by = [str(SIDES[leg]) for leg in because.found_by if leg != "keywords" or because.has]
    if not by:
        return _("All its sides together suffice.")
    return _("Found by %(sides)s.") % {"sides": ", ".join(by)}


def _met(met: Met) -> str:
    words, values = met.words, ", ".join(met.values)
    if met.kind == "phrase":
        return _("It has “%(words)s” in just this order.") % {"words": words}
    if met.kind == "excluded":
        return _("It neither says nor is “%(words)s”.") % {"words": words}
    if met.kind == "where":
        return _("It meets the condition %(words)s.") % {"words": words}
    if words:
        return _("“%(words)s” was read as %(facet)s: %(values)s, and it passes.") % {
            "words": words,
            "facet": met.facet,
            "values": values,
        }
    return _("It passes the filter %(facet)s: %(values)s.") % {"facet": met.facet, "values": values}
