"""The merchant's desk, as the admin shows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .entry import Entry


class Desk(Entry):
    """Whatever wants somebody's attention, by the name under which its page stands in the admin."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("desk")
        default_permissions = ()
