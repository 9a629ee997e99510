"""`path("find/", include("tiny.urls"))` in the shop's own addresses."""

from __future__ import annotations

from django.urls import path

from .views import products

urlpatterns = [path("", products, name="find")]
