"""Pages of the admin for somebody who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from playwright.sync_api import Page


def signed_in(new_page: Callable[..., Page], shop: str, client: Client, **options: Any) -> Page:
    """A new page of the shop at this address in the session of `client`; `options` are those of `new_page`."""
    page = new_page(**options)
    page.set_default_navigation_timeout(120_000)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": shop}])
    return page
