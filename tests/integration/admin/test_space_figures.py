"""What the index page and a space's own page say of a space beside the one that served."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from product_search.finetuning import beside
from product_search.finetuning.figures import Figure
from product_search.models import Space, State

from .test_german import Texts, english

pytestmark = pytest.mark.django_db

BETTER = Figure("MRR", "title", "en", 214, 231, 0.5021, 0.431, 0.032, 0.11)
WORSE = Figure("nDCG@10", "judged", "spring", 180, 0, 0.6, 0.7, -0.13, -0.07)


@pytest.fixture
def spaces() -> list[Space]:
    return [
        Space.objects.create(
            name=name, digest=name, weights_digest="w", preprocessing_digest="p", dim=64, state=state
        )
        for name, state in (("old-model", State.SERVING), ("new-model", State.FILLING))
    ]


def pages(client: Client, space: Space, language: str = "en") -> list[str]:
    addresses = (
        reverse("admin:product_search_index_changelist"),
        reverse("admin:product_search_space_change", args=[space.pk]),
    )
    answers = [client.get(address, headers={"Accept-Language": language}) for address in addresses]
    assert [answer.status_code for answer in answers] == [200, 200]
    return [" ".join(answer.text.split()) for answer in answers]


def note(space: Space, *figures: Figure) -> None:
    beside.keep(space, beside.Beside(space.name, "old-model", figures), using="default")


def test_figures_of_both_stand_side_by_side_with_what_they_say(spaces, admin_client):
    note(spaces[1], BETTER)
    for page in pages(admin_client, spaces[1]):
        assert "MRR: a title (en) finds any product of that title" in page
        for number in ("214", "231", "0.502", "0.431", "0.071", "0.032 to 0.110"):
            assert f">{number}<" in page or f"({number})" in page
        assert "A step forward." in page
        assert f"manage.py spaces switch {spaces[1].pk}" in page
        assert "0 seconds ago" in page
    assert "new-model beside old-model" in pages(admin_client, spaces[1])[0]


def test_a_step_back_is_called_one(spaces, admin_client):
    note(spaces[1], WORSE)
    assert all("A step back." in page for page in pages(admin_client, spaces[1]))
    note(spaces[1], WORSE, BETTER)
    assert all("Better in some, a step back in others." in page for page in pages(admin_client, spaces[1]))


def test_a_space_that_was_not_measured_says_how_to(spaces, admin_client):
    index, own = pages(admin_client, spaces[1])
    assert "Models side by side" not in index
    assert "<code>manage.py train_clip --into-space</code>" in own


def test_figures_of_other_weights_under_the_same_number_are_not_shown(spaces, admin_client):
    note(spaces[1], BETTER)
    Space.objects.filter(pk=spaces[1].pk).update(digest="another")
    assert all("A step forward." not in page for page in pages(admin_client, spaces[1]))


def test_they_are_told_in_german(spaces, admin_client):
    note(spaces[1], BETTER, WORSE)
    for page in pages(admin_client, spaces[1], "de"):
        assert "0,502" in page
        assert "In manchem besser" in page
        assert english(Texts(page).texts) == []
