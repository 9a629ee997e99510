"""Offers into their table: what was decided while they were made stays."""

from __future__ import annotations

import pytest

from product_search.alt_texts.writing import Offer, write_offers
from product_search.models import AltText


@pytest.mark.django_db
def test_what_was_decided_a_moment_ago_stays() -> None:
    for language in ("en", "de"):
        AltText.objects.create(product=1, picture="1", language=language, text="Mug", suggestion="Mug")
    AltText.objects.filter(language="de").update(state="edited", text="Meine Tasse")
    offers = [Offer(1, "1", language, 0, "Red mug", "") for language in ("en", "de")]
    write_offers([1], offers, using="default")
    assert list(AltText.objects.order_by("language").values_list("text", flat=True)) == [
        "Meine Tasse",
        "Red mug",
    ]
    write_offers([1], [], using="default")
    assert list(AltText.objects.values_list("text", flat=True)) == ["Meine Tasse"]
