"""Which saves concern the index: derived from the document, one watch for each model that it reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignObjectRel, Model

from ..conf import settings
from ..documents import ProductDocument, document
from ..documents.sources import ManyToMany, Source, field_of, sources


@dataclass(frozen=True)
class Owner:
    """A reverse relation: rows of the watched model belong, by `key_path`, to a row of the model `label`.

    `attname` is the attribute that holds that row's primary key; empty where the relation leads by another column.
    """

    label: str
    key_path: str
    attname: str


@dataclass(frozen=True)
class Watch:
    """Rows of `model` decide what products say: those that `filter(**{path: key})` gives, for each of `paths`.

    A path of "" is the product itself. `columns` are the fields whose change matters; None means any.
    """

    model: type[Model]
    paths: tuple[str, ...]
    columns: frozenset[str] | None
    #: Our own Picture rows record its rows by primary key, so that a moved picture is found at its old product.
    pictures: bool = False
    #: Where its rows belong; a row that moves concerns its old owner too.
    owners: tuple[Owner, ...] = ()

    @property
    def label(self) -> str:
        """`app_label.model`, as marks name it."""
        return self.model._meta.label_lower

    @property
    def is_product(self) -> bool:
        """Whether its rows are products."""
        return "" in self.paths

    def key(self, instance: Model) -> Any:
        """The watched row's key, from an instance of the model, of a proxy or of a multi-table child."""
        return getattr(instance, key_field(self.model).attname)

    def concerns(self, update_fields: Iterable[str] | None) -> bool:
        """Whether a save of these fields (None: all of them) may change what a product says."""
        if self.columns is None or update_fields is None:
            return self.is_product or self.columns is None or bool(self.columns)
        return not self.columns.isdisjoint(update_fields)


@dataclass(frozen=True)
class Side:
    """One end of a many-to-many table: the model there, its watch's label, and the table's column that names it."""

    model: type[Model]
    label: str
    column: str


@dataclass(frozen=True)
class Link:
    """A many-to-many table on a declared path. Its changes mark rows of the `near` side, from which the path comes."""

    through: type[Model]
    near: Side
    far: Side
    #: The near model holds the ManyToManyField, so `m2m_changed` calls it the instance of a forward change.
    near_is_forward: bool


@dataclass(frozen=True)
class Watches:
    """All watches by the label that marks carry, and by the class that signals name as their sender."""

    by_label: Mapping[str, Watch]
    by_sender: Mapping[type[Model], tuple[Watch, ...]]
    links: Mapping[type[Model], tuple[Link, ...]]


def watches() -> Watches:
    """The watches of the document in use; raises `ImproperDocument` when it names what isn't there."""
    return _derive(settings().document, settings().product_model)


@lru_cache(maxsize=8)
def _derive(document_path: str, product_model: str) -> Watches:
    shop = document()
    read = sources(shop)
    found: dict[str, Watch] = {}
    for source in read.rows:
        for watch in _watches_of(shop, source):
            known = found.get(watch.label)
            found[watch.label] = watch if known is None else _merged(known, watch)
    by_sender: defaultdict[type[Model], list[Watch]] = defaultdict(list)
    for watch in found.values():
        for sender in apps.get_models(include_auto_created=True):
            if issubclass(sender, watch.model):
                by_sender[sender].append(watch)
    links: defaultdict[type[Model], list[Link]] = defaultdict(list)
    for relation in read.many_to_many:
        links[relation.through].append(_link(shop, relation))
    return Watches(
        found,
        {sender: tuple(many) for sender, many in by_sender.items()},
        {through: tuple(many) for through, many in links.items()},
    )


def _watches_of(shop: ProductDocument, source: Source) -> Iterable[Watch]:
    """A watch for the model's table and, since a parent's rows are parts of a child's, one for each parent table."""
    model = concrete(source.model)
    picture_models = {_model_at(shop, images.relation) for images in shop.pictures.values() if images.file}
    owner = _owner(shop, source.path)
    watch = Watch(
        model=model,
        paths=(source.path,),
        columns=source.columns,
        pictures=model in picture_models,
        owners=() if owner is None else (owner,),
    )
    yield watch
    for parent in model._meta.get_parent_list():
        steps = [step.join_field.name for step in model._meta.get_path_to_parent(parent)]
        path = "__".join(filter(None, [source.path, *steps]))
        yield replace(watch, model=parent, paths=(path,), pictures=False, owners=())


def _merged(one: Watch, other: Watch) -> Watch:
    columns = None if one.columns is None or other.columns is None else one.columns | other.columns
    return replace(
        one,
        paths=tuple(dict.fromkeys((*one.paths, *other.paths))),
        columns=columns,
        pictures=one.pictures or other.pictures,
        owners=tuple(dict.fromkeys((*one.owners, *other.owners))),
    )


def _owner(shop: ProductDocument, path: str) -> Owner | None:
    """For a path that ends in a reverse foreign key (`images`), the side that the rows belong to."""
    if not path:
        return None
    *before, last = path.split("__")
    near = _model_at(shop, "__".join(before))
    field = field_of(near, last)
    if isinstance(field, ForeignObjectRel) and not field.many_to_many:
        direct = field.field.target_field.primary_key
        return Owner(near._meta.label_lower, f"{field.field.name}__pk", field.field.attname if direct else "")
    return None


def _link(shop: ProductDocument, relation: ManyToMany) -> Link:
    near, far = _model_at(shop, relation.path), _model_at(shop, relation.target)
    field = field_of(_model_at(shop, relation.path), relation.target.split("__")[-1])
    forward = not isinstance(field, ForeignObjectRel)
    holder = field if forward else field.field
    own, other = holder.m2m_field_name(), holder.m2m_reverse_field_name()
    near_column, far_column = (own, other) if forward else (other, own)
    return Link(
        relation.through,
        Side(near, near._meta.label_lower, near_column),
        Side(far, far._meta.label_lower, far_column),
        forward,
    )


def _model_at(shop: ProductDocument, path: str) -> type[Model]:
    model: Any = shop.model
    for hop in filter(None, path.split("__")):
        model = field_of(model, hop).related_model
    return concrete(model)


def concrete(model: type[Model]) -> type[Model]:
    """The model whose table holds the rows of `model`, which may be a proxy."""
    found: type[Model] = model._meta.concrete_model or model
    return found


def key_field(model: type[Model]) -> Field[Any, Any]:
    """The model's primary key field."""
    found: Field[Any, Any] = model._meta.pk
    return found
