"""The storefront's addresses."""

from __future__ import annotations

from django.urls import path

from . import basket, taste, views
from .busy import searches

app_name = "catalog"
urlpatterns = [
    path("", searches(views.home), name="home"),
    path("products/", searches(views.results), name="results"),
    path("products/<path:department>/", searches(views.results), name="category"),
    path("product/<int:pk>-<str:slug>/", searches(views.product), name="product"),
    path("basket/", basket.basket, name="basket"),
    path("basket/put/", basket.put, name="put"),
    path("basket/order/", basket.order, name="order"),
    path("basket/ordered/", basket.ordered, name="ordered"),
    path("taste/", taste.switch, name="taste"),
    path("picture/<str:token>", views.uploaded_picture, name="picture"),
]
