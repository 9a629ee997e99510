"""What a host includes where it likes: `path("search/", include("product_search.urls"))`."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from .api import events, pictures, searches, views

app_name = "product_search"


class ProductKeyConverter(StringConverter):
    """Any text, as a key may be: with slashes and, unlike Django's `path`, with line breaks."""

    regex = "(?s:.+)"


register_converter(ProductKeyConverter, "product_search_key")

urlpatterns = [
    path("v1/search", views.SearchView.as_view(), name="search"),
    path("v1/searches", searches.SearchesView.as_view(), name="searches"),
    path("v1/facets/<str:name>", searches.FacetView.as_view(), name="facet"),
    path("v1/products/<product_search_key:id>/similar", views.SimilarView.as_view(), name="similar"),
    path("v1/products/<product_search_key:id>/cover", pictures.CoverView.as_view(), name="cover"),
    path("v1/recommend", views.RecommendView.as_view(), name="recommend"),
    path("v1/why-not", views.WhyNotView.as_view(), name="why_not"),
    path("v1/suggest", views.SuggestView.as_view(), name="suggest"),
    path("v1/related", views.RelatedView.as_view(), name="related"),
    path("v1/events", events.EventsView.as_view(), name="events"),
    path("v1/tags", views.TagsView.as_view(), name="tags"),
    path("v1/classify", pictures.ClassifyView.as_view(), name="classify"),
    path("v1/media", pictures.MediaView.as_view(), name="media"),
    path("v1/media/rank", pictures.RankPicturesView.as_view(), name="rank_pictures"),
    path("v1/health", views.HealthView.as_view(), name="health"),
    path("v1/live", views.LiveView.as_view(), name="live"),
    path("v1/ready", views.ReadyView.as_view(), name="ready"),
    path("v1/metrics", views.MetricsView.as_view(), name="metrics"),
    path("v1/schema", views.SchemaView.as_view(), name="schema"),
]
