"""Settings of the reference shop; everything that differs from place to place comes from the environment.

Importing them starts nothing and needs no database.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

import product_search

from .postgres import url_of

BASE_DIR = Path(__file__).resolve().parent.parent
#: What a running shop leaves behind: its database, pictures, broker and uploads.
STATE_DIR = Path(os.environ.get("SHOP_STATE") or BASE_DIR / ".demo").resolve()

# A machine that has been given a secret is a real one, so debugging is off there unless asked for.
_secret = os.environ.get("SHOP_SECRET_KEY", "")
DEBUG = os.environ.get("SHOP_DEBUG", "0" if _secret else "1") == "1"
if not _secret and not DEBUG:
    raise ImproperlyConfigured(
        "SHOP_DEBUG is 0 and SHOP_SECRET_KEY is not set: set it to 50 random characters."
    )
SECRET_KEY = _secret or "only-for-development-on-this-machine"
ALLOWED_HOSTS = os.environ.get("SHOP_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("SHOP_TRUSTED_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "import_export",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "product_search",
    "catalog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "catalog.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Without DATABASE_URL: the embedded server that `manage.py demo` runs. A search only reads, so no request is wrapped
# in a transaction; what must be one says so itself.
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or url_of(STATE_DIR / "postgres"),
        conn_max_age=60,
        conn_health_checks=True,
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PRODUCT_SEARCH = {
    "PRODUCT_MODEL": "catalog.Product",
    "DOCUMENT": "catalog.documents.ProductDocument",
    "ENCODER": os.environ.get("SHOP_ENCODER") or f"local-dir:{BASE_DIR / 'fixtures' / 'model'}",
    "RUNTIME": os.environ.get("SHOP_RUNTIME") or "torch",
    "ENCODER_SOCKET": os.environ.get("SHOP_ENCODER_SOCKET", ""),
    # Redis is shared by all web processes; the cache that stands in for it is each one's own.
    "QUERY_CACHE": "default" if os.environ.get("CACHE_URL") else "",
    "THESAURUS_DIR": os.environ.get("SHOP_THESAURI", ""),
    "METRICS_TOKEN": os.environ.get("SHOP_METRICS_TOKEN", ""),
    "ALT_TEXTS": True,
    "EVENTS": True,
    "SEARCHES_AT_ONCE": int(os.environ["SHOP_SEARCHES_AT_ONCE"])
    if "SHOP_SEARCHES_AT_ONCE" in os.environ
    else None,
    "PERSONAL_WEIGHT": 0.2,
    "PROXIES": int(os.environ["SHOP_PROXIES"]) if "SHOP_PROXIES" in os.environ else None,
    "RATE_PER_ADDRESS": int(os.environ.get("SHOP_RATE_PER_ADDRESS", "1200")),
}

_cache_url = os.environ.get("CACHE_URL", "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _cache_url}
        if _cache_url
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    # Pictures that shoppers search with, for an hour: every web process must find them.
    "uploads": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _cache_url}
        if _cache_url
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": STATE_DIR / "uploads",
            "OPTIONS": {"MAX_ENTRIES": 2000},
        }
    ),
}

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or "filesystem://"
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(STATE_DIR / "broker" / "messages"),
        "data_folder_out": str(STATE_DIR / "broker" / "messages"),
        "control_folder": str(STATE_DIR / "broker" / "control"),
        "polling_interval": 0.1,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {**product_search.schedule()}
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "celerybeat-schedule")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "catalog" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("SHOP_STATIC_ROOT") or STATE_DIR / "static")
MEDIA_URL = "media/"
MEDIA_ROOT = Path(os.environ.get("SHOP_MEDIA_ROOT") or STATE_DIR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# While developing, static files are served from where they are written, without collectstatic.
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG

REST_FRAMEWORK: dict[str, Any] = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}

# Scripts and styles come from our own files alone; a page can't be made to run what somebody wrote into a product.
# Django 6 has this built in.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        # data: for the admin's icons, blob: for a picture that is shown before it is sent.
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if not DEBUG else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "catalog": {"level": os.environ.get("SHOP_LOG_LEVEL", "INFO")},
        "product_search": {"level": os.environ.get("SHOP_LOG_LEVEL", "INFO")},
    },
}
