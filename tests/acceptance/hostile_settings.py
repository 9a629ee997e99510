"""A host whose REST framework settings would each break a view that took them over."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES as SHOP_DATABASES
from tests.settings import INSTALLED_APPS as SHOP_APPS
from tests.settings import MIDDLEWARE as SHOP_MIDDLEWARE

_POLICIES = "tests.acceptance.hostile_policies"
_VIEWS = "tests.acceptance.hostile_views"

# Our views need neither of them installed.
INSTALLED_APPS = [app for app in SHOP_APPS if app not in ("rest_framework", "drf_spectacular")]
ROOT_URLCONF = "tests.acceptance.hostile_urls"
MIDDLEWARE = [*SHOP_MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
DATABASES = {"default": {**SHOP_DATABASES["default"], "ATOMIC_REQUESTS": True}}
DEFAULT_CHARSET = "iso-8859-1"
FILE_UPLOAD_HANDLERS = [f"{_POLICIES}.UploadHandler"]
USE_THOUSAND_SEPARATOR = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [f"{_POLICIES}.Authentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_THROTTLE_CLASSES": [f"{_POLICIES}.Throttle"],
    "DEFAULT_RENDERER_CLASSES": [f"{_POLICIES}.Renderer"],
    "DEFAULT_PARSER_CLASSES": [f"{_POLICIES}.Parser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": f"{_POLICIES}.Negotiation",
    "DEFAULT_METADATA_CLASS": f"{_POLICIES}.Metadata",
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "ALLOWED_VERSIONS": ["9"],
    "DEFAULT_PAGINATION_CLASS": f"{_VIEWS}.Pagination",
    "PAGE_SIZE": 1,
    "DEFAULT_SCHEMA_CLASS": f"{_VIEWS}.Schema",
    "EXCEPTION_HANDLER": f"{_VIEWS}.handle",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "COERCE_BIGINT_TO_STRING": True,
    "UPLOADED_FILES_USE_URL": False,
    "NON_FIELD_ERRORS_KEY": "host",
    "URL_FORMAT_OVERRIDE": "q",
    "FORMAT_SUFFIX_KWARG": "id",
    "URL_FIELD_NAME": "id",
    "UNICODE_JSON": False,
    "COMPACT_JSON": False,
    "STRICT_JSON": False,
    "DATETIME_FORMAT": "host",
    "DATE_FORMAT": "host",
    "SCHEMA_COERCE_PATH_PK": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "The host's",
    "OAS_VERSION": "3.0.3",
    "SCHEMA_PATH_PREFIX": "/nowhere",
    "PREPROCESSING_HOOKS": [f"{_POLICIES}.no_endpoints"],
}
