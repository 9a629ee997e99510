"""Suggested synonyms in the admin: seen with what speaks for them, and decided by whoever may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from product_search.models import SuggestedSynonym, Synonym

pytestmark = pytest.mark.django_db
LIST = "admin:product_search_suggestedsynonym_changelist"


@pytest.fixture
def suggestion() -> SuggestedSynonym:
    evidence = {"rephrased": [["settee", "sofa <b>", 7]], "shared": [["settee", "sofa", 4, 0.93]]}
    return SuggestedSynonym.objects.create(
        language="en", words="settee", means="sofa", sessions=9, evidence=evidence
    )


def of(*permissions: str) -> Client:
    user: Any = get_user_model().objects.create_user("ann", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str, row: SuggestedSynonym) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": [row.pk]}, follow=True)


def test_what_speaks_for_it_is_shown(suggestion: SuggestedSynonym) -> None:
    client = of("view_suggestedsynonym", "change_suggestedsynonym")
    page = client.get(reverse(LIST)).text
    assert "settee → sofa" in page
    assert "“settee”, then “sofa &lt;b&gt;”: 7 sessions" in page
    assert "the same 4 products (likeness 93%)" in page
    own = client.get(reverse("admin:product_search_suggestedsynonym_change", args=[suggestion.pk]))
    assert "7 sessions" in own.text


def test_accepted_dismissed_and_taken_back(suggestion: SuggestedSynonym) -> None:
    client = of("view_suggestedsynonym", "change_suggestedsynonym")
    assert "1 is accepted now." in act(client, "accept", suggestion).text
    assert Synonym.objects.get().words == "settee"
    act(client, "propose_again", suggestion)
    assert not Synonym.objects.exists()
    act(client, "dismiss", suggestion)
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.decided_by) == ("dismissed", "ann")


def test_who_may_only_look_decides_nothing(suggestion: SuggestedSynonym) -> None:
    client = of("view_suggestedsynonym")
    page = act(client, "accept", suggestion).text
    assert "Accept: make them synonyms" not in page
    assert not Synonym.objects.exists()
