"""Search in the host's admin: the index with what waits and what failed, and a mixin for the host's own products."""

from __future__ import annotations

from django.contrib import admin

from .index import register
from .products import SearchAdminMixin
from .query_pictures import upload_problem
from .tags import TagInline

__all__ = ["SearchAdminMixin", "TagInline", "register", "upload_problem"]

# Django's autodiscover imports this module; a host with a site of its own calls `register(site)` for it.
register(admin.site)
