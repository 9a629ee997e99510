"""A facet's value and what people call it, as ORM expressions: filters, counts and the names of values read these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf

from .document import ProductDocument
from .fields import Facet, Translated
from .sources import last_field, many_valued


def facet_value(shop: ProductDocument, facet: Facet) -> Combinable:
    """The facet's value as text, as filters and counts name it; `true` or `false` for a boolean."""
    source = facet.source
    if not isinstance(source, Q):
        return Cast(F(source) if isinstance(source, str) else source, TextField())
    if many_valued(shop, source):
        source = Q(pk__in=shop.queryset().order_by().filter(source).values("pk"))
    return Case(When(source, then=Value("true")), default=Value("false"), output_field=TextField())


def facet_label(facet: Facet, language: str, *, below: str = "") -> Combinable | None:
    """The value's name in `language` as text; None where the value is its own name, or is not reached from `below`."""
    if facet.label is None:
        return None
    if not isinstance(facet.label, Translated):
        columns = [facet.label]
    else:
        columns = list(dict.fromkeys((facet.label.column(language), facet.label.default)))
    expressions: list[Any] = []
    for column in columns:
        if below:
            if not isinstance(column, str) or not column.startswith(f"{below}__"):
                return None
            column = column.removeprefix(f"{below}__")
        expression: Any = F(column) if isinstance(column, str) else column
        expressions.append(NullIf(Cast(expression, TextField()), Value("", output_field=TextField())))
    return expressions[0] if len(expressions) == 1 else Coalesce(*expressions)


def branch_labels(
    shop: ProductDocument, facet: Facet, branches: Iterable[str], language: str, *, using: str
) -> dict[str, str]:
    """Names in `language` of branches that maybe no product stands in itself, from the rows of the related model."""
    if facet_label(facet, language) is None or not isinstance(facet.source, str) or "__" not in facet.source:
        return {}
    relation, column = facet.source.rsplit("__", 1)
    related = last_field(shop, relation)
    model: Any = None if related is None else related.related_model
    names = facet_label(facet, language, below=relation)
    if model is None or names is None:
        return {}
    rows = model._default_manager.using(using).filter(**{f"{column}__in": list(branches)})
    return dict(rows.order_by().annotate(ps_label=names).values_list(column, "ps_label"))


def branches_of(value: str) -> list[str]:
    """The branches of a hierarchical value, from the top to itself: `a`, `a/b` and `a/b/c` of `a/b/c`."""
    steps = value.split("/")
    return ["/".join(steps[: depth + 1]) for depth in range(len(steps))]
