from __future__ import annotations

import pytest

from tests.integration.retrieval.conftest import shelf, shelf_factory
from tests.integration.tagging.conftest import Office, office

__all__ = ["audited", "office", "shelf", "shelf_factory"]

COLOURS = ("red", "blue", "green")
#: Products of each colour and maker.
EACH = 20


@pytest.fixture
def audited(office: Office) -> Office:
    """Three makers' shirts in three colours that their titles name; of ten pictures one shows another colour."""
    for colour in COLOURS:
        for template in ("a photo of a {}", "a picture of a {}", "product photo of a {}"):
            office.shelf.encoder.texts[template.replace("{}", colour)] = office.shelf.encoder.texts[colour]
    for maker in ("ash", "birch", "cedar"):
        for place, colour in enumerate(COLOURS):
            for number in range(EACH):
                shown = COLOURS[place - 1] if number % 10 == 3 else colour
                cosine = 0.6 + 0.015 * number
                office.product(f"{colour} shirt {maker} {number}", shown, cosine=cosine, brand=maker)
    return office
