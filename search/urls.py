"""What a host includes where it likes: `path("search/", include("product_search.urls"))`."""

from __future__ import annotations

from django.urls import path

from .api import views

app_name = "product_search"

urlpatterns = [
    path("v1/search", views.SearchView.as_view(), name="search"),
    path("v1/products/<path:id>/similar", views.SimilarView.as_view(), name="similar"),
    path("v1/health", views.HealthView.as_view(), name="health"),
    path("v1/schema", views.SchemaView.as_view(), name="schema"),
]
