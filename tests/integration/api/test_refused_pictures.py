"""Pictures that shoppers send: what falls under a policy that refuses uploads gets no answer but that."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from product_search.models import Policy
from product_search.moderation import moderate_pending
from tests.integration.moderation.conftest import Court, court
from tests.integration.retrieval.shelf import leaning
from tests.integration.tagging.conftest import office, shelf, shelf_factory

from .conftest import picture_bytes

__all__ = ["court", "office", "shelf", "shelf_factory"]

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def shop(court: Court) -> Court:
    """A shop that takes no red pictures."""
    Policy.objects.update(block_uploads=True, action="flag")
    court.office.shelf.encoder.pictures |= {RED: leaning(0, 0.9), BLUE: leaning(1, 0.9)}
    court.office.product("Hat", "blue")
    moderate_pending()
    return court


def send(colour: str, name: str = "search", field: str = "picture", **more: str) -> Any:
    client = Client(raise_request_exception=False)
    picture = SimpleUploadedFile("query.png", picture_bytes(colour), content_type="image/png")
    return client.post(reverse(f"product_search:{name}"), {field: picture, **more})


@pytest.mark.parametrize(("name", "field"), [("search", "picture"), ("search", "like"), ("tags", "picture")])
def test_a_picture_under_the_policy_is_refused_and_others_are_not(shop: Court, name: str, field: str) -> None:
    refused = send("red", name, field)
    assert (refused.status_code, refused.json()["code"]) == (422, "picture_refused")
    assert "no_red" not in refused.content.decode(), "what policies are called is the shop's own"
    assert send("blue", name, field).status_code == 200


@pytest.mark.parametrize("changed", [{"block_uploads": False}, {"enabled": False}, {"judged_by": "text"}])
def test_only_a_policy_that_says_so_refuses(shop: Court, changed: dict[str, Any]) -> None:
    Policy.objects.update(**changed)
    assert send("red").status_code == 200


@pytest.mark.parametrize(
    ("setting", "status", "code"), [("hold", 503, "picture_not_judged"), ("pass", 503, "encoder_unavailable")]
)
def test_without_the_model_the_policys_setting_is_what_happens(
    shop: Court, monkeypatch: pytest.MonkeyPatch, setting: str, status: int, code: str
) -> None:
    Policy.objects.update(unjudged=setting)
    monkeypatch.setattr(shop.office.shelf.encoder, "encode_images", lambda *_, **__: shop.office.missing())
    answer = send("blue")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    words = send("blue", q="hat")
    assert words.status_code == (503 if setting == "hold" else 200)
