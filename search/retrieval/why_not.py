"""Why a search does not show a product: the first step that dropped it, in words that a merchant understands.

It runs the search itself and asks, step by step, the functions that the search asked, for this one product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..conf import Conf, settings
from ..documents import SearchScope, document, held_back
from ..models import Entry, PictureVector, Text
from .answer import Explanation, LegName
from .engine import find
from .explain import judged_anew, values_at
from .filters import Choices, row_of
from .found import Found, Judging
from .request import MAX_DEPTH, MAX_PER_PAGE, SearchRequest, check_whole
from .snapshot import transaction_of_a_search
from .steering import Steerer
from .telling import SIDES
from .where import within

#: In the order in which they are looked at; the last two are no reasons, the product is found.
Step = Literal[
    "disabled", "unknown", "hidden", "held", "unindexed", "excluded", "phrase", "where", "example", "filter", "rule",
    "floor", "nearest", "beyond", "variant", "page", "shown",
]  # fmt: skip


@dataclass(frozen=True)
class WhyNot:
    """The `step` that dropped a product, and the `reason` in words; `details` are further sentences.

    `facet` is the filter at fault, `by` the name of the rule, `instead` the key of the variant that is shown,
    `explanation` what was judged where it came so far. Of a product that is found, `page` and `place` (1 is the first)
    say where.
    """

    step: Step
    reason: str
    details: tuple[str, ...] = ()
    facet: str = ""
    by: str = ""
    instead: Any = None
    page: int | None = None
    place: int | None = None
    explanation: Explanation | None = None
    legs: Mapping[LegName, float] = field(default_factory=dict)

    @property
    def found(self) -> bool:
        """Whether it is among the results, on this page or another."""
        return self.step in ("page", "shown")


def why_not(
    request: SearchRequest,
    product_key: Any,
    scope: SearchScope,
    *,
    conf: Conf | None = None,
    steering: Sequence[Steerer] | None = None,
    moment: datetime | None = None,
) -> WhyNot:
    """Why the answer to `request` for `scope` does not show the product, or where it does.

    Sentences are in the language that is active. The rest is as `find` has it. Raises what `search` raises.
    """
    conf = settings() if conf is None else conf
    check_whole("per_page", request.per_page, 1, MAX_PER_PAGE)  # it says on which page
    if not conf.enabled:
        return WhyNot("disabled", _('Search is switched off: PRODUCT_SEARCH["ENABLED"] is False.'))
    visible = Choices.of(document(), scope, {})
    with transaction_of_a_search(visible.visible.db):
        key = _key(document().queryset().using(visible.visible.db), product_key)
        if key is None:
            return WhyNot("unknown", _("There is no product %(key)s.") % {"key": str(product_key)[:80]})
        if document().queryset().using(visible.visible.db).filter(held_back(), pk=key).exists():
            return WhyNot("held", _("It is held back by moderation, until somebody releases it."))
        if not visible.visible.filter(pk=key).exists():
            hidden = _(
                "This shopper may not see it: `visible` of the document leaves it out, as it does drafts."
            )
            return WhyNot("hidden", hidden)
        asked = replace(request, facets=(), explain=False, highlight=False)
        found = find(asked, scope, conf=conf, walk=True, steering=steering, moment=moment)
        return next(_Asked(request, key, visible, found).steps())


def _key(products: QuerySet[Any], product_key: Any) -> Any:
    """The key in the shop's own type; None where no product has it."""
    row = row_of(products, product_key, "pk")
    return None if row is None else row[0]


@dataclass(frozen=True)
class _Asked:
    """One product and one search, with all that its shopper may see."""

    request: SearchRequest
    key: Any
    visible: Choices
    found: Found

    def steps(self) -> Iterator[WhyNot]:
        """Every step that drops the product, in order; at the end where it is found."""
        yield from self._unindexed()
        yield from self._conditions()
        yield from self._where()
        yield from self._example()
        yield from self._filters()
        yield from self._hidden_by()
        if self.found.judging is not None:
            yield from self._below(self.found.judging)
        yield self._placed()

    def _unindexed(self) -> Iterator[WhyNot]:
        query, judging = self.found.query, self.found.judging
        if judging is not None:
            space, generation, using = judging.serving.space, judging.serving.generation, self._using
            texts = Text.objects.using(using).filter(product=self.key, language=query.language)
            pictures = PictureVector.objects.using(using).filter(product=self.key)
            if generation is not None and texts.filter(generation=generation).exists():
                return
            if space is not None and pictures.filter(space_id=space.pk).exists():
                return
        elif query.browsing:
            return
        entry = self._entry()
        if entry is None:
            reason = _(
                "It is not indexed yet: no worker has heard of it. `manage.py index --status` says why."
            )
        elif entry.parked:
            reason = _("Indexing it failed, and is not tried again until somebody asks for it: %(error)s")
        elif entry.attempts:
            reason = _("Indexing it failed, and is tried again: %(error)s")
        else:
            reason = _(
                "It is not indexed yet: it waits for a worker. `manage.py index --status` says for how long."
            )
        yield WhyNot("unindexed", reason % {"error": _first_line(entry)})

    def _conditions(self) -> Iterator[WhyNot]:
        for condition in self.found.query.conditions:
            if not self.visible.visible.filter(condition.holds, pk=self.key).exists():
                reason = (
                    _("It says or is “%(words)s”, which the query excludes.")
                    if condition.kind == "excluded"
                    else _("None of its texts has the words “%(words)s” in just this order.")
                )
                yield WhyNot(condition.kind, reason % {"words": condition.words})

    def _where(self) -> Iterator[WhyNot]:
        for clause in self.request.where:
            if not within(self.visible, [clause]).visible.filter(pk=self.key).exists():
                reason = _("It does not meet the condition %(words)s.") % {"words": " | ".join(clause)}
                yield WhyNot("where", reason)

    def _example(self) -> Iterator[WhyNot]:
        """A product to be like, or its variant: those are left out of what is visible."""
        if not self.found.choices.visible.filter(pk=self.key).exists():
            reason = _(
                "The search asks for what is like it, or unlike: itself and its variants are left out."
            )
            yield WhyNot("example", reason)

    def _filters(self) -> Iterator[WhyNot]:
        written = {chip.facet: chip.words for chip in self.found.query.understood if chip.kind == "filter"}
        by = {
            each.detail.partition(":")[0]: each.name
            for each in self.found.answer.steered
            if each.did == "filter"
        }
        for facet, values in self.found.choices.filters.items():
            if replace(self.visible, filters={facet: values}).products().filter(pk=self.key).exists():
                continue
            if facet in self.request.filters:
                reason = _("It does not pass the filter %(facet)s: %(values)s.")
            elif not written.get(facet) and facet in by:
                reason = _("“%(by)s” adds the filter %(facet)s: %(values)s, and it does not pass that.")
            else:
                reason = _(
                    "“%(words)s” was read as the filter %(facet)s: %(values)s, and it does not pass that."
                )
            named = {"facet": facet, "values": ", ".join(values), "words": written.get(facet, "")}
            named["by"] = by.get(facet, "")
            yield WhyNot("filter", reason % named, facet=facet)

    def _hidden_by(self) -> Iterator[WhyNot]:
        """By a merchant's rule, whatever else speaks for it."""
        if self.key in self.found.moves.hidden:
            by = next(each.name for each in self.found.moves.of(self.key) if each.did == "hide")
            yield WhyNot("rule", _("“%(by)s” hides it.") % {"by": by}, by=by)

    def _below(self, judging: Judging) -> Iterator[WhyNot]:
        """Below the floor; or above it, but not among the rows that an index of vectors gave."""
        if self.key in judging.candidates.places:
            return
        evidence, (because,) = judged_anew([self.key], self.request, judging, using=self._using)
        belongs, _scores = judging.judge(evidence)
        numbers = {"value": f"{because.value:.2f}", "floor": f"{because.floor:.2f}"}
        if bool(belongs[0]):
            reason = _(
                "It is relevant enough (%(value)s), but only the nearest products by the index of vectors are looked "
                "at, and it is not among them. More words, a filter or a larger LEG_SIZE bring it in."
            )
            yield WhyNot("nearest", reason % numbers, self._stale(), explanation=because)
            return
        reason = _("Its relevance is %(value)s, and what is shown has at least %(floor)s.")
        legs = values_at(evidence, 0)
        details = (*_words(because), *_each_leg(legs), *_strange(judging), *self._nearly(), *self._stale())
        yield WhyNot("floor", reason % numbers, details, explanation=because, legs=legs)

    def _placed(self) -> WhyNot:
        """Where it is, or its variant that is shown instead."""
        per_page = self.request.per_page
        for at, group in enumerate(self.found.ranked.groups()):
            if self.key not in group:
                continue
            page, place = at // per_page + 1, at + 1
            where = {"page": page, "place": place, "other": group[0]}
            if self.key != group[0]:
                reason = (
                    _("Its variant %(other)s fits better and is shown for both, on page %(page)d.") % where
                )
                return WhyNot("variant", reason, instead=group[0], page=page, place=place)
            if page == self.request.page:
                reason = _("It is shown: it is number %(place)d.") % where
                return WhyNot("shown", reason, page=page, place=place)
            if page * per_page > MAX_DEPTH:
                where["depth"] = MAX_DEPTH
                reason = _("It is number %(place)d, and pages end after %(depth)d: a cursor goes on.") % where
            else:
                reason = _("It is on page %(page)d: it is number %(place)d.") % where
            return WhyNot("page", reason, page=page, place=place)
        return WhyNot("beyond", _("It comes after everything that is ranked at once: narrow the search."))

    def _nearly(self) -> Iterator[str]:
        if any(self.key == hit.key for hit in self.found.answer.near):
            yield _("It is shown apart, among what nearly fits.")

    def _stale(self) -> tuple[str, ...]:
        """That what is searched is not what it says now."""
        entry = self._entry()
        if entry is None or entry.done >= entry.wanted:
            return ()
        if entry.attempts:
            return (_("Its last change could not be indexed: %(error)s") % {"error": _first_line(entry)},)
        return (_("Its last change is not indexed yet."),)

    def _entry(self) -> Entry | None:
        return Entry.objects.using(self._using).filter(product=self.key).first()

    @property
    def _using(self) -> str:
        return self.visible.visible.db


def _first_line(entry: Entry | None) -> str:
    """The error in one line; the others say where it came from."""
    lines = entry.error.strip().splitlines() if entry is not None else []
    return lines[0][:300] if lines else ""


def _strange(judging: Judging) -> Iterator[str]:
    if judging.encoded.unfamiliar:
        yield _("The picture looks like nothing that is sold here, so only the very same one is found.")


def _words(because: Explanation) -> Iterator[str]:
    if because.lacks:
        yield _("It lacks: %(words)s.") % {"words": ", ".join(because.lacks)}
    if because.tagged:
        yield _("Its tags say: %(words)s.") % {"words": ", ".join(because.tagged)}
    if because.has:
        yield _("It has: %(words)s.") % {"words": ", ".join(because.has)}


def _each_leg(legs: Mapping[LegName, float]) -> Iterator[str]:
    if legs:
        said = ", ".join(f"{SIDES[name]} {value:.2f}" for name, value in legs.items())
        yield _("Relevance by each of its sides: %(said)s.") % {"said": said}
