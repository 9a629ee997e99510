"""A column that holds a product's primary key in the shop's own type, without a constraint to the shop's table."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from ..conf import product_model_name

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:  # Django's own class takes no type arguments
    _Field = models.Field


class ProductKeyField(_Field):
    """The product's key: integer, UUID or text, as the shop has it (a multi-table child's is its parent's).

    It deconstructs without naming a model, so that one migration serves every shop; there is no foreign key, so that
    deletes in the shop are never blocked.
    """

    description = "Primary key of the shop's product"

    @property
    def target(self) -> models.Field[Any, Any]:
        """The shop's own key field, at the end of any chain of parent links."""
        return _target(product_model_name())

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return self.target.rel_db_type(connection)

    def get_internal_type(self) -> str:
        return "ProductKeyField"

    def to_python(self, value: Any) -> Any:
        return self.target.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        return self.target.get_prep_value(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return self.target.get_db_prep_value(value, connection, prepared)

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> Any:
        return [*super().get_db_converters(connection), *self.target.get_db_converters(connection)]


@lru_cache(maxsize=8)
def _target(product_model: str) -> models.Field[Any, Any]:
    """Asked for with each of the many keys that one statement takes."""
    field: Any = apps.get_model(product_model)._meta.pk
    while field.remote_field is not None:
        field = field.target_field
    found: models.Field[Any, Any] = field
    return found
