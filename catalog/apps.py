"""Names the shop's app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """The reference shop."""

    name = "catalog"
    verbose_name = _("Shop")
    default_auto_field = "django.db.models.BigAutoField"
