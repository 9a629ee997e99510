"""What waits for somebody's decision, and in which order it is most useful to decide: the uncertain, then the frequent.

Suggestions are sure enough to be said; questions are not, and teach the most.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Exists, Model, OuterRef, QuerySet, Sum

from ..documents import document
from ..models import Attribute, AttributeValue, Question, Tag, TagState

#: Groups whose mean probabilities differ by less are as uncertain as each other.
STEP = 0.05


@dataclass(frozen=True)
class Group:
    """Products that seem to have one value of an attribute: how many wait, and their mean probability."""

    attribute: str
    value: str
    label: str
    value_label: str
    waiting: int
    suggested: int
    probability: float

    @property
    def percent(self) -> str:
        """The mean probability, for people."""
        return f"{self.probability:.0%}"


@dataclass(frozen=True)
class Waiting:
    """A product that seems to have a value; `asked` where that is too unsure to be said without a person."""

    product: Any
    attribute: str
    value: str
    probability: float
    asked: bool

    @property
    def percent(self) -> str:
        """The probability, for people."""
        return f"{self.probability:.0%}"


@dataclass(frozen=True)
class Bulk:
    """Suggestions that are as likely as `least`: how many, and how many of them are expected to be right."""

    least: float
    tags: int
    expected: float

    @property
    def precision(self) -> float:
        """Of these so much is expected to be right."""
        return self.expected / self.tags if self.tags else 0.0


def groups(*, using: str, language: str) -> list[Group]:
    """All that waits, by attribute and value: the most uncertain group first, of equally uncertain ones the largest."""
    attributes = {each.name: each for each in Attribute.objects.using(using).filter(enabled=True)}
    labels = {
        (attributes_of.attribute.name, attributes_of.value): attributes_of.label_in(language)
        for attributes_of in AttributeValue.objects.using(using)
        .filter(attribute__enabled=True)
        .select_related("attribute")
    }
    found: dict[tuple[str, str], list[tuple[bool, int, float]]] = defaultdict(list)
    for asked, rows in ((False, _suggested(using)), (True, _asked(using))):
        counted = rows.values_list("attribute", "value").annotate(n=Count("pk"), p=Avg("probability"))
        for attribute, value, count, mean in counted:
            if attribute in attributes:
                found[attribute, value].append((asked, count, mean))
    made = [
        Group(
            attribute,
            value,
            attributes[attribute].label_in(language),
            labels.get((attribute, value), value),
            sum(count for _, count, _ in parts),
            sum(count for asked, count, _ in parts if not asked),
            sum(count * mean for _, count, mean in parts) / sum(count for _, count, _ in parts),
        )
        for (attribute, value), parts in found.items()
    ]
    return sorted(
        made, key=lambda each: (round(each.probability / STEP), -each.waiting, each.attribute, each.value)
    )


def waiting(attribute: str, value: str, *, using: str, limit: int) -> list[Waiting]:
    """The products of one group, the most uncertain first."""
    found = [
        Waiting(product, attribute, value, probability, asked)
        for asked, rows in ((False, _suggested(using)), (True, _asked(using)))
        for product, probability in rows.filter(attribute=attribute, value=value)
        .order_by("probability", "product")
        .values_list("product", "probability")[:limit]
    ]
    return sorted(found, key=lambda each: each.probability)[:limit]


def progress(*, using: str) -> tuple[int, int]:
    """How many values of products somebody decided on, and how many wait."""
    decided = Tag.objects.using(using).exclude(state=TagState.SUGGESTED).count()
    names = Attribute.objects.using(using).filter(enabled=True).values("name")
    return decided, sum(
        rows.filter(attribute__in=names).count() for rows in (_suggested(using), _asked(using))
    )


def bulk(attribute: str, value: str, least: float, *, using: str) -> tuple[Bulk, list[int]]:
    """Suggestions of an attribute, or of one of its values, from `least` on, with their keys."""
    rows = _suggested(using).filter(attribute=attribute, probability__gte=least)
    if value:
        rows = rows.filter(value=value)
    expected = rows.aggregate(sum=Sum("probability"))["sum"] or 0.0
    keys = list(rows.order_by("product", "pk").values_list("pk", flat=True))
    return Bulk(least, len(keys), expected), keys


def _suggested(using: str) -> QuerySet[Any]:
    return _live(Tag, using).filter(state=TagState.SUGGESTED)


def _asked(using: str) -> QuerySet[Any]:
    said = Tag.objects.using(using).filter(product=OuterRef("product"), attribute=OuterRef("attribute"))
    return _live(Question, using).filter(~Exists(said.exclude(state=TagState.REJECTED)))


def _live(model: type[Model], using: str) -> QuerySet[Any]:
    """Rows of products that the shop still has."""
    products = document().queryset().order_by().using(using).filter(pk=OuterRef("product"))
    return model._default_manager.using(using).filter(Exists(products)).order_by()
