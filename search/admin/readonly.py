"""Admin pages that only show: the rows are the worker's; a change by hand would be overwritten, or worse, believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..conf import product_model_name

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:  # Django's own class takes no type arguments
    _ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(_ModelAdmin):
    """Needs the model's view permission; adds, changes and deletes nothing."""

    #: Counting a million rows for "1 to 100 of ..." is not worth a second.
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class OfProductAdmin(ReadOnlyAdmin):
    """Rows that belong to a product: found by its key, with a link to the shop's own page for it."""

    search_help_text = _("The product's primary key")
    # Shows the box; `get_search_results` looks the key up in the shop's own type.
    search_fields = ("product",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The product's rows; none for what can't be a key."""
        if not search_term:
            return queryset, False
        try:
            key = self.model._meta.get_field("product").to_python(search_term)
        except ValidationError:
            return queryset.none(), False
        return queryset.filter(product=key), False

    @admin.display(description=_("product"), ordering="product")
    def product_link(self, row: Any) -> str:
        """The key, linked to the shop's admin page where it has one."""
        options = apps.get_model(product_model_name())._meta
        try:
            address = reverse(
                f"{self.admin_site.name}:{options.app_label}_{options.model_name}_change",
                args=[quote(str(row.product))],
            )
        except NoReverseMatch:
            return str(row.product)
        return format_html('<a href="{}">{}</a>', address, row.product)
