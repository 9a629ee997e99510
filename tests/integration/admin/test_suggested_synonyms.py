"""Suggested synonyms in the admin: seen with what speaks for them, and decided by whoever may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from product_search.merchandising.changing import publish
from product_search.models import Rule, SuggestedSynonym

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


def test_accepting_drafts_a_rule_which_acts_when_it_is_published(suggestion: SuggestedSynonym) -> None:
    client = of("view_suggestedsynonym", "change_suggestedsynonym", "view_rule")
    page = act(client, "accept", suggestion).text
    assert "1 is accepted now." in page
    assert reverse("admin:product_search_rule_changelist") in page
    rule = Rule.objects.get()
    assert (rule.state, rule.live) == ("draft", None)
    assert rule.draft["language"] == "en"
    (action,) = rule.draft["actions"]
    assert (action["do"], action["words"], action["means"], action["two_way"]) == (
        "synonym",
        ["settee"],
        ["sofa"],
        False,
    )
    act(client, "accept", suggestion)
    assert Rule.objects.count() == 1
    act(client, "propose_again", suggestion)
    assert not Rule.objects.exists()
    act(client, "dismiss", suggestion)
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.decided_by) == ("dismissed", "ann")


def test_a_rule_that_was_published_is_left_when_accepting_is_taken_back(suggestion: SuggestedSynonym) -> None:
    client = of("view_suggestedsynonym", "change_suggestedsynonym")
    act(client, "accept", suggestion)
    publish(Rule.objects.get())
    act(client, "propose_again", suggestion)
    assert Rule.objects.get().state == "live"


def test_a_name_that_is_taken_is_told(suggestion: SuggestedSynonym) -> None:
    Rule.objects.create(name="Synonym: settee > sofa", position=1)
    client = of("view_suggestedsynonym", "change_suggestedsynonym")
    page = act(client, "accept", suggestion).text
    assert "There is a rule of this name already." in page
    suggestion.refresh_from_db()
    assert suggestion.state == "proposed"


def test_who_may_only_look_decides_nothing(suggestion: SuggestedSynonym) -> None:
    client = of("view_suggestedsynonym")
    page = act(client, "accept", suggestion).text
    assert "Accept: draft a rule of each" not in page
    assert not Rule.objects.exists()
