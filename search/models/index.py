"""The index as a whole, as the admin shows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .entry import Entry


class Index(Entry):
    """All entries together, by the name under which their page stands in the admin; seen and changed as entries are."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("index")
        default_permissions = ()
