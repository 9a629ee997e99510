"""The plugin, mounted where this shop likes it."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [path("shelves/finder/", include("product_search.urls"))] if settings.WITH_SEARCH else []
