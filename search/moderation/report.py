"""How moderation does: what each policy holds, how often people agreed, and which groups of products it falls upon."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from ..documents import Facet, ProductDocument, document
from ..documents.facet_values import facet_value
from ..documents.fields import TagFacet
from ..documents.tag_values import tags_of
from ..errors import ProductSearchError
from ..models import BY_HAND, Because, Entry, Policy, Ruling, RulingState, Tag

#: Standard deviations of the interval that is told with a share: 95 of 100 such intervals have the truth within.
Z = 1.96
#: What was noticed: held back, flagged, or released since by a person.
_NOTICED = (RulingState.HELD, RulingState.FLAGGED, RulingState.RELEASED)


class UnknownFacet(ProductSearchError):
    """There is no facet of this name to group products by."""


@dataclass(frozen=True)
class Share:
    """So many `of` so many, with the interval in which the true share lies (Wilson, 1927)."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """None where nothing was counted."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """From where to where, in 0..1."""
        if not self.of:
            return 0.0, 1.0
        share, n = self.count / self.of, self.of
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        wide = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        return max(middle - wide, 0.0), min(middle + wide, 1.0)


@dataclass(frozen=True)
class GroupRate:
    """How many of a group's products a policy noticed; `apart` where its interval does not have the rate of all."""

    group: str
    noticed: Share
    apart: bool


@dataclass(frozen=True)
class PolicyReport:
    """One policy: products `held`, `flagged` and `released`, `unjudged` ones among the held, appeals that wait, and
    `precision`: of what it noticed and a person decided, how much was held back for good.
    """

    policy: str
    held: int
    flagged: int
    released: int
    unjudged: int
    appeals: int
    precision: Share
    rate: Share
    groups: tuple[GroupRate, ...] = ()

    @property
    def undecided(self) -> int:
        """What waits for a person."""
        return self.held + self.flagged + self.released - self.precision.of


def report(*, by: str = "", using: str) -> list[PolicyReport]:
    """Every policy in use, and whatever has rulings without one; by groups of the facet `by` where it is given.

    Raises `UnknownFacet`.
    """
    shop = document()
    facet = shop.facets.get(by) if by else None
    if by and (facet is None or facet.kind == "range"):
        known = ", ".join(name for name, each in shop.facets.items() if each.kind != "range")
        raise UnknownFacet(f'"{by}" is no facet that products can be grouped by; expected one of: {known}.')
    products = Entry.objects.using(using).filter(done__gt=0).count()
    rows = Ruling.objects.using(using)
    names = list(Policy.objects.using(using).filter(enabled=True).values_list("name", flat=True))
    others = rows.exclude(state=RulingState.CLEAR).exclude(policy__in=names)
    names += sorted(set(others.values_list("policy", flat=True)))
    groups = _groups(shop, by, facet, using=using) if facet is not None else None
    return [
        _of_policy(name, rows.filter(policy=name), products, shop, by, facet, groups, using) for name in names
    ]


def _of_policy(
    name: str,
    rows: QuerySet[Ruling],
    products: int,
    shop: ProductDocument,
    by: str,
    facet: Facet | None,
    groups: Counter[str] | None,
    using: str,
) -> PolicyReport:
    states = Counter(dict(rows.values_list("state").annotate(Count("pk")).order_by()))
    judged = rows.exclude(because=Because.PERSON)
    decided = Counter(
        dict(judged.exclude(decided_by="").values_list("state").annotate(Count("pk")).order_by())
    )
    right, wrong = decided[RulingState.HELD], decided[RulingState.RELEASED]
    noticed = rows.filter(state__in=_NOTICED)
    rate = Share(noticed.count(), products)
    found = _rates(shop, by, facet, groups, name, rate, using) if facet is not None and groups else ()
    return PolicyReport(
        name,
        states[RulingState.HELD],
        states[RulingState.FLAGGED],
        states[RulingState.RELEASED],
        rows.filter(state=RulingState.HELD, because=Because.UNJUDGED).count(),
        rows.filter(appealed_at__isnull=False, decided_by="").count(),
        Share(right, right + wrong),
        rate,
        found,
    )


def _grouped(
    shop: ProductDocument, by: str, facet: Facet, products: QuerySet[Any], *, using: str
) -> Counter[str]:
    """How many of `products` each group has."""
    if isinstance(facet, TagFacet):
        tags: QuerySet[Tag] = tags_of(facet, using=using).filter(product__in=products.values("pk"))
        counted = tags.values_list("value").annotate(Count("product", distinct=True))
        return Counter(dict(counted.order_by()))
    rows = products.annotate(ps_group=facet_value(shop, facet)).values_list("ps_group")
    return Counter({value or "": n for value, n in rows.annotate(Count("pk", distinct=True)).order_by()})


def _groups(shop: ProductDocument, by: str, facet: Facet, *, using: str) -> Counter[str]:
    return _grouped(shop, by, facet, _indexed(shop, using), using=using)


def _indexed(shop: ProductDocument, using: str) -> QuerySet[Any]:
    entries = Entry.objects.using(using).filter(product=OuterRef("pk"), done__gt=0)
    return shop.queryset().order_by().using(using).filter(Exists(entries))


def _rates(
    shop: ProductDocument,
    by: str,
    facet: Facet,
    groups: Counter[str],
    policy: str,
    whole: Share,
    using: str,
) -> tuple[GroupRate, ...]:
    rulings = Ruling.objects.using(using).filter(product=OuterRef("pk"), policy=policy, state__in=_NOTICED)
    found = _grouped(shop, by, facet, _indexed(shop, using).filter(Exists(rulings)), using=using)
    rates = []
    for group, products in groups.items():
        noticed = Share(found[group], products)
        low, high = noticed.interval
        rates.append(GroupRate(group, noticed, not low <= (whole.value or 0.0) <= high))
    return tuple(sorted(rates, key=lambda rate: (-(rate.noticed.value or 0.0), rate.group)))


def title(policy: str) -> str:
    """What a report calls a policy."""
    return policy if policy != BY_HAND else "by hand"


def lines(found: Sequence[PolicyReport], by: str = "") -> list[str]:
    """The report as text, for a terminal: where there is nothing to tell, it says so."""
    if not found:
        return ["No policy is in use and nothing is held back. Write one in the admin (Policies)."]
    said = []
    for each in found:
        said.append(
            f"{title(each.policy)}: {each.held} held back, {each.flagged} flagged, {each.released} released"
            f" of {each.rate.of} products ({_percent(each.rate)})"
        )
        if each.unjudged:
            said.append(f"  {each.unjudged} of the held ones could not be judged")
        if each.precision.of:
            low, high = each.precision.interval
            said.append(
                f"  precision {_percent(each.precision)}: people held {each.precision.count} of the"
                f" {each.precision.of} that they decided ({low:.0%} to {high:.0%})"
            )
        else:
            said.append("  precision unknown: nobody has decided about any yet")
        if each.undecided:
            said.append(f"  {each.undecided} wait for somebody to decide")
        if each.appeals:
            said.append(f"  {each.appeals} appeals wait for an answer")
        for rate in each.groups:
            mark = "  <- unlike the others" if rate.apart else ""
            said.append(
                f"    {by}={rate.group or 'none'}: {rate.noticed.count} of {rate.noticed.of}"
                f" ({_percent(rate.noticed)}){mark}"
            )
    return said


def _percent(share: Share) -> str:
    return "nothing to count" if share.value is None else f"{share.value:.1%}"
