"""What the index page says of approximate scans."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from product_search.indexing import heartbeat
from product_search.models import Space, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def space() -> Space:
    return Space.objects.create(
        name="hash:64", digest="d", weights_digest="w", preprocessing_digest="p", dim=64, state=State.SERVING
    )


def shown(client: Client) -> str:
    page = client.get(reverse("admin:product_search_index_changelist"))
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def note(space: Space, **detail: Any) -> None:
    pairs = {"text-text": {"mean": 0.999, "low": 0.99}, "text-picture": {"mean": 0.9871, "low": 0.875}}
    known = {"ef_search": 400, "pairs": pairs, "queries": 100, "proposed": 400}
    heartbeat.beat(f"recall:{space.pk}", using="default", **known | detail)


def test_it_names_the_command_before_anything_was_measured(space: Space, admin_client: Client) -> None:
    page = shown(admin_client)
    assert "Not measured yet." in page
    assert "manage.py measure_recall" in page


def test_the_worst_pair_is_shown_with_its_breadth_and_age(space: Space, admin_client: Client) -> None:
    note(space)
    page = shown(admin_client)
    assert "Recall 0.987 (5th percentile 0.875) at ef_search 400, measured 0 seconds ago." in page
    assert "would do" not in page
    assert "is set by now" not in page


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"proposed": 80}, "80 would do."),
        ({"proposed": None}, "No breadth that was measured is enough."),
        ({"ef_search": 40, "proposed": 40}, "Another EF_SEARCH is set by now."),
    ],
)
def test_what_to_change_is_said(
    space: Space, admin_client: Client, detail: dict[str, Any], said: str
) -> None:
    note(space, **detail)
    assert said in shown(admin_client)


def test_another_spaces_recall_says_nothing_of_this_one(space: Space, admin_client: Client) -> None:
    note(Space(pk=space.pk + 1))
    assert "Not measured yet." in shown(admin_client)
