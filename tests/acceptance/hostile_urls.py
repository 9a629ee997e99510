"""The hostile host's addresses: its own endpoint, its own schema, and ours."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from .hostile_views import HostView, page

urlpatterns = [
    path("host/orders", HostView.as_view()),
    path("host/schema", SpectacularJSONAPIView.as_view(authentication_classes=(), throttle_classes=())),
    path("host/page", page),
    path("search/", include("product_search.urls")),
    path("", include("catalog.storefront.urls")),
]
