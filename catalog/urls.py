"""The shop's addresses: storefront, admin, and the plugin's API where the shop mounts it."""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("search/", include("product_search.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("", include("catalog.storefront.urls")),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
