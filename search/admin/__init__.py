"""The index in the host's admin: what is indexed, what waits, what failed and why. It reads, and retries."""

from __future__ import annotations

from django.contrib import admin

from .index import register

__all__ = ["register"]

# Django's autodiscover imports this module; a host with a site of its own calls `register(site)` for it.
register(admin.site)
