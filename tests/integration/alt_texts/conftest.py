from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from catalog.models import Product
from product_search.alt_texts import write_pending
from product_search.models import AltText, Attribute, AttributeValue
from tests.integration.tagging.conftest import Office, office, shelf, shelf_factory

__all__ = ["office", "shelf", "shelf_factory"]

GERMAN = {"red": "rot", "blue": "blau", "green": "grün", "dotted": "gepunktet"}


class Desk:
    """The office with two attributes in two languages, and its alt texts."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.attribute("pattern", "dotted", "striped")
        for value in AttributeValue.objects.all():
            value.translations = {"de": GERMAN[value.value]} if value.value in GERMAN else {}
            value.save()
        Attribute.objects.filter(name="pattern").update(position=1)

    def product(self, name: str, *shown: str, **fields: Any) -> Product:
        made: Product = self.office.product(name, *shown, **fields)
        return made

    def phrase(self, words: str, *lying: str) -> None:
        """The model takes `words` for what lies between these."""
        from tests.integration.retrieval.shelf import unit
        from tests.integration.tagging.conftest import AXES

        parts = [0.0] * 6
        for each in lying:
            parts[AXES[each]] = 1.0
        self.office.shelf.encoder.texts[words] = unit(*parts)

    def texts(self, language: str = "en", *, again: bool = True) -> Mapping[str, str]:
        """The words for each picture, with their state where somebody decided; looked at `again`, or as workers do."""
        write_pending(again=again)
        return {
            row.picture: row.text + ("" if row.state == "suggested" else f" ({row.state})")
            for row in AltText.objects.filter(language=language).order_by("product", "position")
        }


@pytest.fixture
def desk(office: Office, settings: Any) -> Desk:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ALT_TEXTS": True}
    return Desk(office)
