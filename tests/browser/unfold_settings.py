"""The tests' shop with django-unfold as the look of its admin."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as SHOP_APPS
from tests.settings import MIDDLEWARE as SHOP_MIDDLEWARE

INSTALLED_APPS = ["unfold", *SHOP_APPS]
# Its pages need inline scripts and styles: who uses it has allowed them.
MIDDLEWARE = [each for each in SHOP_MIDDLEWARE if "csp" not in each.lower()]
DEBUG = True  # serves the static files of a package that was never collected
