"""The storefront's addresses."""

from __future__ import annotations

from django.urls import path

from . import basket, suggesting, taste, views

app_name = "catalog"
urlpatterns = [
    path("", views.home, name="home"),
    path("suggestions/", suggesting.suggestions, name="suggestions"),
    path("products/", views.results, name="results"),
    path("products/<path:department>/", views.results, name="category"),
    path("product/<int:pk>-<str:slug>/", views.product, name="product"),
    path("basket/", basket.basket, name="basket"),
    path("basket/put/", basket.put, name="put"),
    path("basket/order/", basket.order, name="order"),
    path("basket/ordered/", basket.ordered, name="ordered"),
    path("taste/", taste.switch, name="taste"),
    path("picture/<str:token>", views.uploaded_picture, name="picture"),
]
