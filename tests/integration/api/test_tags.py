"""What a picture shows, by the vocabulary: said where it is sure, and why not where it isn't."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from product_search.indexing.embedding import encoder_for
from product_search.models import Attribute, AttributeValue, PictureSpan
from product_search.tagging import tag_pending
from tests.integration.retrieval.shelf import DIM, leaning, unit
from tests.integration.tagging.conftest import AXES, Office, office, shelf, shelf_factory

from .conftest import picture_bytes

__all__ = ["office", "shelf", "shelf_factory"]

COLOURS = {"red": (255, 0, 0), "blue": (0, 0, 255)}


@pytest.fixture
def tagged(office: Office) -> Office:
    AttributeValue.objects.filter(value="red").update(label="Red", translations={"de": "Rot"})
    Attribute.objects.update(label="Colour", translations={"de": "Farbe"})
    office.word("Red", AXES["red"])
    office.product("Shirt", "red")
    office.product("Hat", "blue")
    tag_pending()
    return office


def shows(office: Office, vector: list[float], pixel: tuple[int, int, int] = COLOURS["red"]) -> None:
    """A picture of this colour lies there."""
    office.shelf.encoder.pictures[pixel] = vector


def ask(client: Client, data: dict[str, Any] | None = None, **options: Any) -> Any:
    if data is None:
        data = {"picture": SimpleUploadedFile("query.png", picture_bytes("red"), content_type="image/png")}
    return client.post(reverse("product_search:tags"), data, **options)


def colour(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    (found,) = response.json()["attributes"]
    return dict(found)


def test_a_red_picture_is_red(client: Client, tagged: Office) -> None:
    shows(tagged, leaning(AXES["red"], 0.9))
    found = colour(ask(client, headers={"Accept-Language": "de"}))
    assert (found["name"], found["label"], found["choice"], found["doubt"]) == (
        "colour",
        "Farbe",
        "single",
        "",
    )
    assert found["abstained"] is False
    first, *others = found["values"]
    assert (first["value"], first["label"], first["said"]) == ("red", "Rot", True)
    assert first["probability"] >= found["threshold"]
    assert [each["value"] for each in others] == ["blue", "green"]
    assert not any(each["said"] for each in others)


@pytest.mark.parametrize(
    ("vector", "doubt"),
    [
        (leaning(AXES["other"], 0.9), "none_of_these"),
        (leaning(AXES["text"], 0.9), "not_a_product"),
        (unit(1, 1, 0.2), "unsure"),
    ],
)
def test_what_is_not_sure_is_not_said_and_why(
    client: Client, tagged: Office, vector: list[float], doubt: str
) -> None:
    shows(tagged, vector)
    found = colour(ask(client))
    assert (found["abstained"], found["doubt"]) == (True, doubt)
    assert not any(each["said"] for each in found["values"])


def test_a_picture_unlike_all_that_is_sold_is_not_told_a_colour(client: Client, tagged: Office) -> None:
    shows(tagged, leaning(AXES["red"], 0.9))
    import numpy as np

    # The shop's own pictures lie along the second axis alone.
    axes = np.zeros((1, DIM), dtype=np.float16)
    axes[0, 1] = 1
    PictureSpan.objects.create(
        space=tagged.shelf.space,
        centre=np.zeros(DIM, dtype=np.float32).tobytes(),
        axes=axes.tobytes(),
        level=0.5,
    )
    assert colour(ask(client))["doubt"] == "unfamiliar"


def test_before_any_fit_nothing_is_said(client: Client, tagged: Office) -> None:
    Attribute.objects.update(threshold=None)
    shows(tagged, leaning(AXES["red"], 0.9))
    found = colour(ask(client))
    assert (found["doubt"], found["threshold"]) == ("not_fitted", None)


def test_without_a_vocabulary_nothing_is_asked(client: Client, tagged: Office) -> None:
    Attribute.objects.update(enabled=False)
    assert ask(client).json()["attributes"] == []


@pytest.mark.parametrize(
    ("data", "options", "status", "code"),
    [
        ({}, {}, 400, "missing_parameter"),
        ({"picture": SimpleUploadedFile("a.png", b"no picture")}, {}, 415, "not_an_image"),
        ({"q": "mug"}, {}, 400, "unknown_parameter"),
        ({}, {"content_type": "text/plain"}, 415, "unsupported_media_type"),
        ({}, {"content_type": "application/json"}, 400, "missing_parameter"),
    ],
)
def test_what_can_not_be_read_is_a_problem(
    client: Client, tagged: Office, data: dict[str, Any], options: dict[str, Any], status: int, code: str
) -> None:
    response = ask(client, data, **options)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response["Content-Type"] == "application/problem+json"


def test_too_large_is_refused_before_it_is_read(client: Client, tagged: Office, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": 100}
    data = {"picture": SimpleUploadedFile("a.png", b"x" * 400_000)}
    assert ask(client, data).status_code == 413


def test_an_index_without_a_space_is_not_ready(client: Client, db: None) -> None:
    Attribute.objects.create(name="colour")
    response = ask(client)
    assert (response.status_code, response.json()["code"]) == (503, "index_not_ready")


def test_without_the_model_it_says_so(
    client: Client, tagged: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from product_search import encoders
    from product_search.encoders import EncoderUnavailable

    def gone() -> Any:
        raise EncoderUnavailable("gone")

    assert encoder_for(tagged.shelf.space) is tagged.shelf.encoder
    monkeypatch.setattr(encoders, "get_encoder", gone)
    response = ask(client)
    assert (response.status_code, response.json()["code"]) == (503, "encoder_unavailable")
