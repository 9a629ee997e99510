"""What the rules that apply make of one search: before it is understood, and on the set of what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from ..conf import product_model_name
from ..retrieval.answer import Banner, Deed, Steered
from ..retrieval.steering import Asked, Condition, Course, Found, Move
from ..retrieval.synonyms import NO_SYNONYMS, Synonyms, together
from ..text import terms
from .content import (
    Action,
    Boost,
    Filter,
    Hide,
    Last,
    Pin,
    Redirect,
    Remove,
    Replace,
    ShowBanner,
    Synonym,
    Which,
)
from .rulebook import Ruling, product_key, within
from .sets import Asking, members, proved
from .words import meanings, removed, replaced

#: By what these moves are named.
BY = "rules"
#: Told of a rule: its fault, or "" where all went well.
Report = Callable[[Ruling, str], None]


def course_of(rules: Sequence[Ruling], asked: Asked, report: Report) -> Course:
    """The course of `rules`, which apply, in their order: of two that want the same the first has its way."""
    q, request = asked.request.q, asked.request
    filters: dict[str, tuple[str, ...]] = {}
    synonyms = NO_SYNONYMS
    redirect = ""
    banners: list[Banner] = []
    did: list[Steered] = []
    on_set, own_terms = False, terms(q, asked.language)
    for rule in rules:
        for action in rule.content.actions:
            detail = ""
            match action:
                case Replace() | Remove():
                    before, q = q, _worded(q, action, asked.language)
                    detail = f"{before} → {q}" if q != before else ""
                case Filter():
                    for name, values in action.filters.items():
                        if name not in filters:
                            filters[name] = values
                            detail = f"{name}: {', '.join(values)}"
                            did.append(Steered(BY, rule.name, "filter", detail=detail))
                    continue
                case Synonym():
                    own = _synonyms(action, asked.language)
                    if not rule.content.always:  # those that always hold are known without being asked for
                        synonyms = together(synonyms, own)
                    if any(within(said, own_terms) for said in own):
                        detail = f"{', '.join(action.words)} {'=' if action.two_way else '→'} {', '.join(action.means)}"
                case Redirect() if not redirect:
                    redirect = detail = action.url
                case ShowBanner():
                    banners.append(Banner(action.text, action.url, action.image))
                    detail = action.text or action.image
                case Pin() | Hide() | Boost() | Last():
                    on_set = True
                    continue
            if detail:
                did.append(Steered(BY, rule.name, _deed(action), detail=detail))
    return Course(
        request=replace(request, q=q) if q != request.q else None,
        filters=filters,
        synonyms=synonyms,
        redirect=redirect,
        banners=tuple(banners),
        did=tuple(did),
        on_set=_OnSet(tuple(rules), report) if on_set else None,
    )


@dataclass(frozen=True)
class _OnSet:
    """The second moment of some rules."""

    rules: tuple[Ruling, ...]
    report: Report
    #: Rules whose products could not be found: they are not asked again in this search, whatever else it looks at.
    failed: set[int] = field(default_factory=set)

    def __call__(self, found: Found) -> list[Move]:
        asking = [
            (rule, action)
            for rule in self.rules
            for action in rule.content.actions
            if isinstance(action, Hide | Boost | Last) and action.which.asks and id(rule) not in self.failed
        ]
        conditions = self._conditions(asking, found)
        inside = {} if conditions else self._inside(asking, found)
        moves: list[Move] = []
        for rule in self.rules:
            for action in rule.content.actions:
                own = inside.get(id(action), frozenset())
                moves += _moves(rule, action, own, conditions.get(id(action)))
        return moves

    def _conditions(
        self, asking: Sequence[tuple[Ruling, Hide | Boost | Last]], found: Found
    ) -> dict[int, Condition]:
        """By action, what the statement that counts may be asked; none where it is not known to be quick."""
        if found.candidates is None or found.keys is None or not asking:
            return {}
        kept = proved([action.which for _, action in asking], found.choices, len(found.keys))
        if kept is None:
            return {}
        return {id(action): Asking(action.which, kept, partial(self._tell, rule)) for rule, action in asking}

    def _inside(
        self, asking: Sequence[tuple[Ruling, Hide | Boost | Last]], found: Found
    ) -> dict[int, frozenset[Any]]:
        """By action, the keys that the tables know of."""
        inside: dict[int, frozenset[Any]] = {}
        faults: dict[int, tuple[Ruling, str]] = {}
        for what, group in self._groups(asking, found):
            choices = found.choices
            if what == "hide" and found.keys is None:
                choices = replace(choices, filters={})  # hidden from facets whose own filter is lifted, too
            told = members([action.which for _, action in group], choices, found.keys)
            for at, (ruling, action) in enumerate(group):
                if at in told.faults:
                    faults[id(ruling)] = ruling, told.faults[at]
                else:
                    inside[id(action)] = told.keys[at]
        for ruling in {id(rule): rule for rule, _ in asking}.values():
            self._tell(ruling, faults[id(ruling)][1] if id(ruling) in faults else "")
        return inside

    def _tell(self, rule: Ruling, fault: str) -> None:
        if fault:
            self.failed.add(id(rule))
        if fault or id(rule) not in self.failed:
            self.report(rule, fault)

    def _groups(
        self, asking: Sequence[tuple[Ruling, Hide | Boost | Last]], found: Found
    ) -> Iterator[tuple[str, list[tuple[Ruling, Hide | Boost | Last]]]]:
        """What is asked together: all of it, but while browsing what hides is asked of more products."""
        if found.keys is not None:
            groups = {"all": list(asking)}
        else:
            groups = {
                "hide": [each for each in asking if isinstance(each[1], Hide)],
                "shift": [each for each in asking if not isinstance(each[1], Hide)],
            }
        return ((name, group) for name, group in groups.items() if group)


def _moves(rule: Ruling, action: Action, inside: frozenset[Any], where: Condition | None) -> Iterator[Move]:
    match action:
        case Pin(products=products, place=place):
            for at, key in enumerate(products):
                yield Move(Steered(BY, rule.name, "pin", place + at), _keys_of((key,), product_model_name()))
        case Hide(which=which):
            yield Move(Steered(BY, rule.name, "hide"), _keys(which) | inside, where=where)
        case Boost(which=which, points=points):
            yield Move(Steered(BY, rule.name, _deed(action), points), _keys(which) | inside, where=where)
        case Last(which=which):
            yield Move(Steered(BY, rule.name, "last"), _keys(which) | inside, where=where)
        case _:
            return


def _keys(which: Which) -> frozenset[Any]:
    return _keys_of(which.products, product_model_name())


@lru_cache(maxsize=10_000)
def _keys_of(products: tuple[str, ...], _model: str) -> frozenset[Any]:
    """Keys in the shop's own type, which are read once: a rule may name many, and every search asks."""
    return frozenset(map(product_key, products)) - {None}


def _worded(q: str, action: Replace | Remove, language: str) -> str:
    if isinstance(action, Replace):
        return replaced(q, action.words, action.instead, language) if q else q
    return removed(q, action.words, language)


def _synonyms(action: Synonym, language: str) -> Synonyms:
    return {said: tuple(others) for said, others in meanings(action, language).items()}


def _deed(action: Action) -> Deed:
    if isinstance(action, Boost):
        return "boost" if action.points > 0 else "bury"
    return action.do
