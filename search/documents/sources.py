"""Which models a document reads, and by which path from the product: so what a save must mark is derived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Field, ForeignObjectRel, Model, Q

from ..errors import ImproperDocument
from .document import ProductDocument


@dataclass(frozen=True)
class Source:
    """Rows of `model` decide what products say: those `filter(**{path: row})` gives; `path` is "" for the product.

    `columns` are the field names and attnames read from it; None means any (a function reads it).
    """

    model: type[Model]
    path: str
    columns: frozenset[str] | None


@dataclass(frozen=True)
class ManyToMany:
    """A many-to-many table on a declared path: m2m_changed of `through` marks products by `path`.

    `path` leads from the product to the side that the path comes from ("" is the product), `target` to the other side.
    """

    through: type[Model]
    path: str
    target: str


@dataclass(frozen=True)
class Sources:
    """Everything a document reads, merged by model and path."""

    rows: tuple[Source, ...]
    many_to_many: tuple[ManyToMany, ...]


def sources(document: ProductDocument) -> Sources:
    """What `document` reads; raises `ImproperDocument` naming the declaration whose path does not exist."""
    collector = _Collector(document.model)
    for name, text in document.texts.items():
        if text.reader is not None:
            collector.whole("")
        for column in text.columns():
            for path in column_paths(column):
                collector.walk(path, declared=f"{type(document).__qualname__}.{name}")
    for name, images in document.pictures.items():
        declared = f"{type(document).__qualname__}.{name}"
        for path in filter(None, (images.file_path, images.order_path)):
            collector.walk(path, declared=declared)
    for path in document.related:
        collector.walk(path, declared=f"{type(document).__qualname__}.Meta.related")
        collector.whole(path)
    return collector.result()


def column_paths(column: Any) -> Iterator[str]:
    """The field paths a `Column` reads: itself, or every `F` and `Q` look-up inside the expression."""
    if isinstance(column, str):
        yield column
    elif isinstance(column, F):
        yield column.name  # type: ignore[attr-defined]
    elif isinstance(column, Q):
        for child in column.children:
            if isinstance(child, tuple):
                yield child[0]
                if not isinstance(child[1], str):
                    yield from column_paths(child[1])
            else:
                yield from column_paths(child)
    else:
        for part in getattr(column, "get_source_expressions", list)():
            if part is not None:
                yield from column_paths(part)


class _Collector:
    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.columns: dict[tuple[type[Model], str], set[str] | None] = {(model, ""): set()}
        self.many_to_many: dict[tuple[type[Model], str], ManyToMany] = {}

    def walk(self, path: str, *, declared: str) -> None:
        """Follow `path` hop by hop; a look-up or transform after the last field ends it."""
        model, prefix = self.model, ""
        for hop in path.split("__"):
            field = field_of(model, hop)
            if field is None:
                if prefix and hop in model._meta.pk.get_lookups():
                    return  # brand__isnull: a look-up on the relation itself
                names = ", ".join(sorted(f.name for f in model._meta.get_fields()))
                raise ImproperDocument(
                    f'{declared} reads "{path}", but {model._meta.label} has no field "{hop}". Fields: {names}.'
                )
            self._note(model, prefix, field)
            if not field.is_relation or field.related_model is None:
                return
            target: Any = field.related_model
            path_to_target = f"{prefix}__{hop}" if prefix else hop
            self._note_through(field, prefix, path_to_target)
            model, prefix = target, path_to_target
            if isinstance(field, ForeignObjectRel) and not field.many_to_many:
                self._add(model, prefix, field.field.name, getattr(field.field, "attname", field.field.name))

    def whole(self, path: str) -> None:
        """Any column of the model at the end of `path` matters."""
        model = self.model
        for hop in filter(None, path.split("__")):
            field = field_of(model, hop)
            related: Any = field.related_model
            model = related
        self.columns[model, path] = None

    def _note(self, model: type[Model], prefix: str, field: Field[Any, Any] | ForeignObjectRel) -> None:
        if isinstance(field, ForeignObjectRel) or field.many_to_many:
            self.columns.setdefault((model, prefix), set())
            return
        self._add(model, prefix, field.name, getattr(field, "attname", field.name))

    def _add(self, model: type[Model], prefix: str, *names: str) -> None:
        known = self.columns.setdefault((model, prefix), set())
        if known is not None:
            known.update(names)

    def _note_through(self, field: Any, prefix: str, target: str) -> None:
        if not field.many_to_many:
            return
        forward: Any = field.field if isinstance(field, ForeignObjectRel) else field
        remote = getattr(forward, "remote_field", None)
        through = getattr(remote, "through", None)
        if through is None:
            return
        # An explicit table as well: `collection.products.add(...)` inserts its rows without a save of any of them.
        self.many_to_many[through, target] = ManyToMany(through, prefix, target)
        if through._meta.auto_created:
            return
        # A row of an explicit through table is reached from the side the path comes from.
        near = (
            forward.m2m_reverse_field_name()
            if isinstance(field, ForeignObjectRel)
            else forward.m2m_field_name()
        )
        back = through._meta.get_field(near).remote_field
        reverse = back.get_accessor_name() if back.hidden else back.name
        path = f"{prefix}__{reverse}" if prefix else str(reverse)
        self.columns[through, path] = None

    def result(self) -> Sources:
        rows = tuple(
            Source(model, path, None if names is None else frozenset(names))
            for (model, path), names in self.columns.items()
        )
        return Sources(rows, tuple(self.many_to_many.values()))


def field_of(model: type[Model], name: str) -> Any:
    """The field or reverse relation that a look-up calls `name`; None when there is none."""
    if name == "pk":
        return model._meta.pk
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        for field in model._meta.get_fields(include_hidden=False):
            if isinstance(field, ForeignObjectRel) and field.name == name:
                return field
            if getattr(field, "attname", None) == name:
                return field
        return None


def many_valued(document: ProductDocument, column: Any) -> bool:
    """Whether a product may have several values of `column`: a path through a relation to many."""
    for path in column_paths(column):
        model: Any = document.model
        for hop in path.split("__"):
            found = field_of(model, hop)
            if found is None:
                break
            if found.one_to_many or found.many_to_many:
                return True
            if not found.is_relation:
                break
            model = found.related_model
    return False


def last_field(shop: ProductDocument, path: str) -> Field[Any, Any] | ForeignObjectRel | None:
    """The field at the end of `path`; None when the path goes on into a look-up or a transform."""
    model: Any = shop.model
    found: Any = None
    for hop in path.split("__"):
        if model is None:
            return None
        found = field_of(model, hop)
        if found is None:
            return None
        model = found.related_model if found.is_relation else None
    ended: Field[Any, Any] | ForeignObjectRel | None = found
    return ended
