"""A category's page in the order that somebody wants: products are dragged, or moved by buttons, and what stands above
the last moved one stays. It is a rule like any other, whose draft this page writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from ..documents import SearchScope, document
from ..errors import InvalidRequest, ProductSearchError
from ..merchandising import changing
from ..merchandising.content import Conditions, Content, Last, Pin, Which
from ..merchandising.reading import BadRule, read
from ..merchandising.rulebook import Ruling
from ..merchandising.steerers import with_content
from ..models import FacetName, Rule, State
from ..replicas import on_primary
from ..retrieval import SearchRequest, search
from .one_by_one import product_address
from .tried import Card, Pictured

#: Products that can be moved; those behind them follow in the shop's own order.
SHOWN = 96


@dataclass(frozen=True)
class Page:
    """A page of the shop: one value of a facet."""

    facet: str
    value: str
    label: str

    @property
    def conditions(self) -> Conditions:
        """A rule's conditions that say just this page."""
        return Conditions(about="none", filters={self.facet: (self.value,)})


def pages_of(request: HttpRequest) -> list[Page]:
    """The pages that can be arranged: values of the shop's hierarchical facets, in the language that is active."""
    language = SearchScope(language=translation.get_language() or "").search_language(document().languages)
    facets = [name for name, facet in document().facets.items() if facet.hierarchical]
    names = FacetName.objects.filter(generation__state=State.SERVING, language=language, facet__in=facets)
    rows = names.order_by("facet", "value").values_list("facet", "value", "label")[:1000]
    return [Page(facet, value, label) for facet, value, label in rows]


@dataclass(frozen=True)
class Arrangement:
    """What a rule of a page says of its order: the products that stand first, and whether what is out of stock is last.

    `others` are its other actions, which stay.
    """

    first: tuple[str, ...] = ()
    stock_last: bool = False
    others: tuple[Any, ...] = ()

    @classmethod
    def of(cls, content: Content) -> Arrangement:
        """Taken out of a rule's content."""
        first: tuple[str, ...] = ()
        stock_last, others = False, []
        for action in content.actions:
            if isinstance(action, Pin) and action.place == 1 and not first:
                first = action.products
            elif action == out_of_stock_last():
                stock_last = True
            else:
                others.append(action)
        return cls(first, stock_last, tuple(others))

    def content(self, before: Content) -> Content:
        """`before` with this order."""
        actions = [Pin(self.first)] if self.first else []
        last = out_of_stock_last()
        return replace(
            before, actions=(*actions, *([last] if self.stock_last and last else []), *self.others)
        )

    def moved(self, shown: Sequence[str], key: str, to: int) -> Arrangement:
        """With the product of `key` at place `to` (0 is the first) of those that are `shown`; all above it stay."""
        rest = [each for each in shown if each != key]
        to = min(max(to, 0), len(rest))
        kept = max(len(self.first), to + 1)
        return replace(self, first=tuple([*rest[:to], key, *rest[to:]][:kept]))


def out_of_stock_last() -> Last | None:
    """The action of the switch; None where no facet of the shop says what is in stock."""
    for name, facet in document().facets.items():
        if facet.meaning(name) == "stock":
            return Last(Which(filters={name: ("false",)}))
    return None


def arrange_view(request: HttpRequest, site: admin.AdminSite, opts: Any) -> HttpResponse:
    """The page's products with what moves them; a POST writes the draft."""
    page = _page(request)
    here = reverse(f"{site.name}:product_search_rule_arrange")
    if page is None:
        messages.warning(request, _("Choose a page to arrange."))
        return HttpResponseRedirect(reverse(f"{site.name}:product_search_rule_changelist"))
    rule = _rule_of(page)
    content = _content(rule, page)
    here = f"{here}?{urlencode({'facet': page.facet, 'value': page.value})}"
    if request.method == "POST":
        return _written(request, page, rule, content, here)
    arrangement = Arrangement.of(content)
    cards, total = _cards(page, rule, content, site.name)
    context = {
        **site.each_context(request),
        "opts": opts,
        "title": _("Arrange: %(page)s") % {"page": page.label},
        "page": page,
        "here": here,
        "cards": cards,
        "total": total,
        "first": len(arrangement.first),
        "has_stock": out_of_stock_last() is not None,
        "stock_last": arrangement.stock_last,
        "rule": rule,
        "rule_url": ""
        if rule is None
        else reverse(f"{site.name}:product_search_rule_change", args=[rule.pk]),
        "preview": "" if rule is None else _preview(site.name, rule.pk),
    }
    return TemplateResponse(request, "product_search/admin/rule_arrange.html", context)


def _written(
    request: HttpRequest, page: Page, rule: Rule | None, content: Content, here: str
) -> HttpResponse:
    sent, who = request.POST, request.user.get_username()
    shown = sent.getlist("shown")
    kept = int(sent["first"]) if sent.get("first", "").isdigit() else 0
    arrangement = replace(Arrangement.of(content), first=tuple(shown[:kept]), stock_last="stock_last" in sent)
    key, _colon, step = sent.get("move", "").rpartition(":")
    if key in shown:
        at = shown.index(key)
        to = {"top": 0, "up": at - 1, "down": at + 1}.get(step, at)
        arrangement = arrangement.moved(shown, key, to)
    if "release" in sent:
        arrangement = replace(arrangement, first=())
    try:
        name = rule.name if rule is not None else _name(page)
        if rule is not None and not arrangement.content(content).actions:
            if rule.live is not None:
                changing.switch(rule, on=False, who=who)
            changing.discard(rule, who=who)
            messages.success(request, _("The page is in the shop's own order again."))
            return HttpResponseRedirect(here)
        rule = changing.save_draft(name, arrangement.content(content), who=who, rule=rule)
        if "publish" in sent and rule.draft is not None:
            changing.publish(rule, who=who)
            messages.success(request, _("The page is published in this order."))
        elif "save" in sent:
            messages.success(request, _("The draft of this order is saved."))
    except BadRule:
        messages.warning(request, _("Nothing is moved yet: the page is in the shop's own order."))
    except ProductSearchError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(f"{here}&{urlencode({'moved': f'{key}:{step}'})}" if key else here)


def _page(request: HttpRequest) -> Page | None:
    facet, value = request.GET.get("facet", ""), request.GET.get("value", "")
    if "page" in request.GET:
        facet, _colon, value = request.GET["page"].partition(":")
    declared = document().facets.get(facet)
    if declared is None or not value:
        return None
    try:
        value = SearchRequest(filters={facet: (value,)}).filters[facet][0]
    except (InvalidRequest, KeyError):
        return None
    names = FacetName.objects.filter(generation__state=State.SERVING, facet=facet, value=value)
    return Page(facet, value, names.values_list("label", flat=True).first() or value)


def _rule_of(page: Page) -> Rule | None:
    """The rule of just this page, its own order among others; None so far."""
    kept = Content(page.conditions).as_json()["conditions"]
    rules = Rule.objects.using(changing.database()).order_by("position")
    return (
        rules.filter(draft__conditions=kept).first()
        or rules.filter(draft__isnull=True, live__conditions=kept).first()
    )


def _content(rule: Rule | None, page: Page) -> Content:
    kept = None if rule is None else (rule.live if rule.draft is None else rule.draft)
    return Content(page.conditions) if kept is None else read(kept)


def _name(page: Page) -> str:
    """A name that no rule has."""
    name = _("Page %(page)s") % {"page": page.label}
    taken = set(
        Rule.objects.using(changing.database()).filter(name__startswith=name).values_list("name", flat=True)
    )
    return name if name not in taken else f"{name} ({page.value})"


def _cards(page: Page, rule: Rule | None, content: Content, site: str) -> tuple[list[Card], int]:
    """The page's first products in the order that the draft gives them, as shoppers would see them; and how many."""
    tried = with_content(rule, Ruling(None, rule.name if rule else "", content))
    request = SearchRequest(filters={page.facet: (page.value,)}, per_page=SHOWN, facets=())
    with on_primary():  # what was saved a moment ago is shown
        answer = search(request, SearchScope(language=translation.get_language() or ""), steering=[tried])
    pictures = Pictured.products([hit.key for hit in answer.hits])
    cards = [
        Card(
            hit.key,
            str(hit.card.get("title") or hit.product),
            "",
            product_address(site, hit.key),
            pictures.best(hit.key, None),
            place,
        )
        for place, hit in enumerate(answer.hits, 1)
    ]
    return cards, answer.total


def _preview(site: str, key: int) -> str:
    try:
        return reverse(f"{site}:product_search_rule_preview", args=[key])
    except NoReverseMatch:
        return ""
