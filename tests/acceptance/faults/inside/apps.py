from __future__ import annotations

from django.apps import AppConfig


class InsideConfig(AppConfig):
    """Stands before the plugin in INSTALLED_APPS, so that its receivers are called first."""

    name = "tests.acceptance.faults.inside"
    label = "faults_inside"

    def ready(self) -> None:
        from product_search.encoders import loading

        from . import points
        from .encoder import CountingEncoder

        loading.HashEncoder = CountingEncoder  # type: ignore[assignment]
        points.connect()
