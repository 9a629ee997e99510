"""Tags as values of a facet: which of them count, and what people call them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from ..models import AttributeValue, Tag, TagState
from .facet_values import branches_of
from .fields import TagFacet


def states_of(facet: TagFacet) -> list[str]:
    """The states in which a tag is a value of the facet."""
    return [TagState.ACCEPTED, TagState.SUGGESTED] if facet.suggested else [TagState.ACCEPTED]


def tags_of(facet: TagFacet, *, using: str) -> QuerySet[Tag]:
    """The tags that are values of the facet, of any product."""
    rows = Tag.objects.using(using).filter(attribute=facet.attribute, state__in=states_of(facet))
    return rows.order_by()


def having(facet: TagFacet, values: Collection[str], *, using: str) -> Q:
    """That a product has one of `values`, or in a hierarchy something below it."""
    among = Q(value__in=list(values))
    if facet.hierarchical:
        for value in values:
            among |= Q(value__startswith=f"{value}/")
    return Q(pk__in=tags_of(facet, using=using).filter(among).values("product"))


def tag_labels(attribute: str, values: Collection[str], language: str, *, using: str) -> dict[str, str]:
    """What people call `values` of an attribute in `language`; what the vocabulary does not have is its own name."""
    asked: set[Any] = {branch for value in values for branch in branches_of(value)} | set(values)
    rows = AttributeValue.objects.using(using).filter(attribute__name=attribute, value__in=asked)
    return {row.value: row.label_in(language) for row in rows}
