"""A bookshop as different from the reference shop as one can be: few apps, its own user model, no Celery."""

import os
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bookshop.urls"
AUTH_USER_MODEL = "bookshop.Customer"
#: After step 3 of docs/uninstall.md the plugin is in no list any more.
WITH_SEARCH = "BOOKSHOP_WITHOUT_SEARCH" not in os.environ
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    *(["product_search"] if WITH_SEARCH else []),
    "bookshop",
]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]

_database = conninfo_to_dict(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database["dbname"],
        "USER": _database.get("user", ""),
        "PASSWORD": _database.get("password", ""),
        "HOST": _database.get("host", ""),
        "PORT": _database.get("port", ""),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
MEDIA_ROOT = BASE_DIR / "covers"
MEDIA_URL = "/covers/"
STATIC_URL = "/static/"
USE_TZ = True

if WITH_SEARCH:
    PRODUCT_SEARCH = {
        "PRODUCT_MODEL": "bookshop.Book",
        "DOCUMENT": "bookshop.documents.BookDocument",
        "ENCODER": "hash:64",
    }
