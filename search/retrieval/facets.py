"""Facet counts over the candidate set, each with only its own filter lifted; counts are of groups.

A facet is one part of the answer's one statement: rows `(grp, value, label, chosen)` of live products, counted inside
PostgreSQL. A product with several values counts once for each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, Case, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.translation import gettext

from ..documents import Facet
from ..documents.conditions import Number
from ..documents.facet_values import branch_labels, branches_of, facet_label, facet_value
from ..documents.fields import TagFacet
from ..documents.sources import many_valued
from ..documents.tag_values import states_of, tag_labels
from ..models import Tag
from . import histogram
from .answer import FacetCounts, FacetValue
from .filters import Choices
from .grouping import group_text
from .snapshot import FRAME, GROUP, OfColumn, Part

#: Above this many products, counts come from a fixed sample of groups.
SAMPLE_FROM = 20_000
#: Values given of one facet: the chosen ones, then the most frequent.
MOST_VALUES = 200
MOST_BRANCHES = 1000
_COLUMNS = ("grp", "value", "label", "chosen")

# A group without a name has one product: those are counted by hashing their values alone. First each group once for
# each value: counting distinct ones would sort them all.
_EACH = """
    SELECT value, grp, min(label) AS label, bool_or(chosen) AS chosen,
        CASE WHEN grp IS NULL THEN count(*) ELSE 1 END AS groups
    FROM {part} WHERE value <> '' GROUP BY value, grp
"""
_VALUES = f"""
    SELECT json_build_array(value, min(label), sum(groups)) AS cells FROM ({_EACH}) AS each
    GROUP BY value ORDER BY bool_or(chosen) DESC, sum(groups) DESC, value LIMIT
"""  # noqa: S608 - SQL of ours
# A product in kitchen/mugs is in kitchen too; a group with members in two branches counts once in their parent. A
# parent has never fewer than its child and sorts before it, so a limit cuts leaves only.
_BRANCHES = f"""
    WITH each AS MATERIALIZED ({_EACH}), named AS MATERIALIZED (
        SELECT value, min(label) AS label FROM each GROUP BY value
    ), branches AS MATERIALIZED (
        SELECT value, array_to_string(steps[1:depth], '/') AS branch
        FROM named, LATERAL string_to_array(value, '/') AS steps,
            LATERAL generate_series(1, cardinality(steps)) AS depth
    ), counted AS MATERIALIZED (
        SELECT branch, sum(groups) AS groups FROM (
            SELECT branch, CASE WHEN grp IS NULL THEN sum(groups) ELSE 1 END AS groups
            FROM each JOIN branches USING (value) GROUP BY branch, grp
        ) AS inside GROUP BY branch
    )
    SELECT json_build_array(branch, label, groups) AS cells
    FROM counted LEFT JOIN named ON named.value = branch ORDER BY groups DESC, branch LIMIT
"""  # noqa: S608 - SQL of ours


@dataclass(frozen=True)
class FacetPlan:
    """Which facets to count, over what: `keys` is the candidate set, or None for all that exists.

    `sample` is 1, or of that many groups one is counted. `most` values are given of each, branches some more.
    """

    names: tuple[str, ...]
    choices: Choices
    keys: Sequence[Any] | None
    language: str
    sample: int
    most: int = MOST_VALUES

    @property
    def known(self) -> tuple[Any, ...]:
        """What tells this plan from others, but for the keys and the choices."""
        return self.names, self.language, self.sample, self.most

    def parts(self) -> dict[str, Part]:
        """What to read, by name of facet."""
        return {f"facet {name}": self._part(name, self.choices.document.facets[name]) for name in self.names}

    @property
    def nothing(self) -> dict[str, list[list[Any]]]:
        """What is read where nothing is visible."""
        facets = self.choices.document.facets
        ends = [list(row) for row in histogram.EMPTY]
        return {f"facet {name}": ends if facets[name].kind == "range" else [] for name in self.names}

    def framed(self, products: QuerySet[Any]) -> QuerySet[Any]:
        """`products`, which have a `ps_group`, with the columns that `framed_parts` reads of them."""
        shop, columns = self.choices.document, {}
        for at, facet in self._single():
            columns[f"ps_value{at}"] = self._value(facet)
            if facet.kind != "range" and (label := facet_label(facet, self.language)) is not None:
                columns[f"ps_label{at}"] = label
        if self.sample > 1:
            columns["ps_sampled"] = _Sampled(group_text(shop), mask=self.sample - 1)
        framed: QuerySet[Any] = products.annotate(**columns)
        return framed

    def framed_parts(self, columns: Collection[str]) -> dict[str, Part]:
        """As `parts`, but read from the frame, which has these `columns`; what has many values is read beside it."""
        parts: dict[str, Part] = {}
        single = dict(self._single())
        for at, name in enumerate(self.names):
            facet = self.choices.document.facets[name]
            if at not in single:
                parts[f"facet {name}"] = self._part(name, facet, framed=True)
                continue
            where = [lifting(self.choices, name)]
            sampled = "ps_sampled" if self.sample > 1 else "true"
            chosen = self.choices.filters.get(name, ())
            part: Callable[[str], Part]
            if facet.kind == "range":
                read = f"{GROUP}, ps_value{at}, {sampled}"
                part = partial(
                    Part, columns=histogram.COLUMNS, select=histogram.SELECT, empty=histogram.EMPTY
                )
            else:
                label = f"ps_label{at}" if f"ps_label{at}" in columns else "NULL::text"
                read = f"{GROUP}, ps_value{at}, {label}, ps_value{at} = ANY(%s::text[])"
                part = partial(Part, columns=_COLUMNS, select=self._listed(facet), parameters=(list(chosen),))
                where.append(sampled)
            met = " AND ".join(filter(None, where))
            parts[f"facet {name}"] = part(f"SELECT {read} FROM {FRAME} WHERE {met or 'true'}")  # noqa: S608
        return parts

    def _single(self) -> Iterator[tuple[int, Facet]]:
        """The facets of which a product has one value, with their places among the names."""
        shop = self.choices.document
        for at, name in enumerate(self.names):
            facet = shop.facets[name]
            if facet.is_tag:
                continue
            if isinstance(facet.source, Q) or not many_valued(shop, facet.source):
                yield at, facet

    def _value(self, facet: Facet) -> Any:
        if facet.kind != "range":
            return facet_value(self.choices.document, facet)
        source: Any = F(facet.source) if isinstance(facet.source, str) else facet.source
        return Cast(source, Number())

    def counts(self, rows: Mapping[str, list[list[Any]]], total: int) -> tuple[FacetCounts, ...]:
        """The counts from what was read; `total` groups pass all filters."""
        return tuple(
            self._counted(name, self.choices.document.facets[name], rows[f"facet {name}"], total)
            for name in self.names
        )

    def _part(self, name: str, facet: Facet, *, framed: bool = False) -> Part:
        shop = self.choices.document
        if isinstance(facet, TagFacet):
            return self._part_of_tags(name, facet, framed=framed)
        if framed:
            products = shop.queryset().order_by().using(self.choices.visible.db)
            products = products.filter(InFrame(lifting(self.choices, name)))
        else:
            products = self.choices.products(lifted=name)
        group = group_text(shop)
        sampled = _Sampled(group, mask=self.sample - 1) if self.sample > 1 else None
        if facet.kind == "range":
            # The ends are those of all numbers; what lies between is counted in the sample.
            products = products.annotate(
                ps_group=group, ps_value=self._value(facet), ps_sampled=sampled or Value(True)
            )
            rows = products.values_list("ps_group", "ps_value", "ps_sampled")
            return Part(rows, histogram.COLUMNS, histogram.SELECT, histogram.EMPTY)
        if sampled is not None:
            products = products.filter(sampled)
        chosen = self.choices.filters.get(name, ())
        value = facet_value(shop, facet)
        products = products.annotate(
            ps_group=group,
            ps_value=value,
            ps_label=facet_label(facet, self.language) or value,
            ps_chosen=Case(When(ps_value__in=chosen, then=True), default=False, output_field=BooleanField()),
        )
        rows = products.values_list("ps_group", "ps_value", "ps_label", "ps_chosen")
        return Part(rows, _COLUMNS, self._listed(facet))

    def _listed(self, facet: Facet) -> str:
        """SQL for the values or branches of a part, as many as are given."""
        if facet.hierarchical:
            return f"{_BRANCHES} {max(self.most, MOST_BRANCHES)}"
        return f"{_VALUES} {self.most}"

    def _part_of_tags(self, name: str, facet: TagFacet, *, framed: bool) -> Part:
        """Tags stand in a table of ours, which is joined to the products: one row for each of a product's tags."""
        select = self._listed(facet)
        chosen = list(self.choices.filters.get(name, ()))
        scope = (facet.attribute, states_of(facet))
        if framed:
            where = lifting(self.choices, name)
            met = " AND ".join(filter(None, (where, "ps_sampled" * (self.sample > 1)))) or "true"
            # A product may have a branch and what lies below it, so even one that is alone is told apart there.
            named = "ps_group" if facet.hierarchical else GROUP
            held, parameters = f"SELECT ps_key, {named} FROM {FRAME} WHERE {met}", ()  # noqa: S608 - names of ours
        else:
            group, using = group_text(self.choices.document), self.choices.visible.db
            rows = self.choices.products(lifted=name).annotate(ps_group=group)
            if self.sample > 1:
                rows = rows.filter(_Sampled(group, mask=self.sample - 1))
            rows = rows.values_list("pk", "ps_group")
            try:
                held, parameters = Part(rows, (), "").compiled(using)
            except EmptyResultSet:  # Django knows that nothing passes
                return Part(rows, _COLUMNS, select)
        sql = (
            "SELECT held.grp, tag.value, NULL::text, tag.value = ANY(%s::text[])"  # noqa: S608 - names of ours
            f" FROM ({held}) AS held(key, grp) JOIN {Tag._meta.db_table} AS tag ON tag.product = held.key"
            " WHERE tag.attribute = %s AND tag.state = ANY(%s::text[])"
        )
        return Part(sql, _COLUMNS, select, parameters=(chosen, *parameters, *scope))

    def _counted(self, name: str, facet: Facet, rows: list[list[Any]], total: int) -> FacetCounts:
        chosen = self.choices.filters.get(name, ())
        if facet.kind == "range":
            low, high = (None if cell is None else Decimal(cell) for cell in rows[0][:2])
            spans = tuple(FacetValue(value, value, total, True) for value in chosen)
            return FacetCounts(name, "range", spans, low, high, histogram.buckets(rows[0], self.sample))
        counts = {value: count * self.sample for value, _, count in rows}
        labels = {value: label for value, label, _ in rows if label}
        for value in chosen:  # shown even where nothing has it, so that it can be taken back
            counts.setdefault(value, 0)
        using, named = self.choices.visible.db, self._to_name(name, counts)
        if isinstance(facet, TagFacet):
            labels |= tag_labels(name, named, self.language, using=using)
        elif facet.hierarchical and (unnamed := [branch for branch in named if branch not in labels]):
            labels |= branch_labels(self.choices.document, facet, unnamed, self.language, using=using)
        if facet.hierarchical:
            ordered = _as_tree(counts)
        else:
            ordered = sorted(counts, key=lambda value: (-counts[value], labels.get(value, value), value))
        if facet.kind == "boolean":
            with translation.override(self.language):
                labels = {"true": gettext("Yes"), "false": gettext("No")}
        return FacetCounts(
            name,
            facet.kind,
            tuple(
                FacetValue(
                    value,
                    labels.get(value) or (value.rsplit("/", 1)[-1] if facet.hierarchical else value),
                    counts[value],
                    value in chosen,
                    value.count("/") if facet.hierarchical else 0,
                )
                for value in ordered
            ),
        )

    def _to_name(self, name: str, counts: Mapping[str, int]) -> list[str]:
        """Of the values those whose names are looked up: not what a key's filters leave no product of."""
        if not self.choices.bounded:
            return list(counts)
        return [
            value
            for value, count in counts.items()
            if count or self.choices.choosing({name: (value,)}).products().exists()
        ]


def lifting(choices: Choices, lifted: str | None = None) -> str:
    """What rows of a frame meet that pass every chosen filter but that of `lifted`; empty where all do."""
    return " AND ".join(f"ps_in{at}" for at, name in enumerate(choices.filters) if name != lifted)


def sample_rate(products: int) -> int:
    """1 up to `SAMPLE_FROM` products; above, the power of two that brings them under it."""
    rate = 1
    while products > rate * SAMPLE_FROM:
        rate *= 2
    return rate


class InFrame(OfColumn):
    """That a product is in the frame of the same statement, in a row that meets `where`, which names columns of it."""

    output_field: BooleanField[bool, bool] = BooleanField()
    conditional = True

    def __init__(self, where: str) -> None:
        super().__init__("pk")
        self.where = where

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = compiler.compile(self.column)
        met = f" WHERE {self.where}" * bool(self.where)
        return f"{sql} IN (SELECT ps_key FROM {FRAME}{met})", tuple(parameters)  # noqa: S608 - names of ours


class _Sampled(Func):
    """A fixed part of all groups, whole groups together: the same ones in every search."""

    template = "(hashtextextended(%(expressions)s, 0) & %(mask)s) = 0"
    output_field: BooleanField[bool, bool] = BooleanField()


def _as_tree(counts: Mapping[str, int]) -> list[str]:
    """Branches with each parent before its children, and the fuller sibling first."""

    def place(branch: str) -> list[tuple[int, str]]:
        return [(-counts.get(path, 0), path) for path in branches_of(branch)]

    return sorted(counts, key=place)
