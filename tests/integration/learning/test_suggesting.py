"""Synonyms that are suggested from events: with how much evidence, and what becomes of a decision."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from product_search.learning.suggesting import decide, suggest_synonyms
from product_search.models import (
    DailyProduct,
    DailyQuery,
    Rule,
    SearchEvent,
    ShopperEvent,
    SuggestedSynonym,
    SuggestionState,
)
from tests.synonyms import add_synonym

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def searched(words, session, *, minutes=0.0, clicked=False, page=1, language="en"):
    search_id = uuid.uuid4()
    at = NOW - timedelta(hours=1) + timedelta(minutes=minutes)
    SearchEvent.objects.create(
        search_id=search_id, at=at, session=session, language=language, kind="words", words=words, page=page
    )
    if clicked:
        ShopperEvent.objects.create(
            at=at + timedelta(seconds=10), session=session, kind="click", product=1, search_id=search_id
        )


def rephrased(before, after, sessions, **later):
    for _ in range(sessions):
        session = uuid.uuid4()
        searched(before, session)
        searched(after, session, **{"minutes": 2, "clicked": True, **later})


def suggestions():
    return [
        (row.words, row.means, row.sessions, row.state)
        for row in SuggestedSynonym.objects.order_by("words", "means")
    ]


def test_five_sessions_that_say_it_otherwise_and_find_it():
    rephrased("settee", "sofa", 5)
    rephrased("commode", "chest of drawers", 4)
    assert suggest_synonyms("default") == 1
    assert suggestions() == [("settee", "sofa", 5, "proposed")]
    assert SuggestedSynonym.objects.get().evidence["rephrased"] == [["settee", "sofa", 5]]
    assert not Rule.objects.exists()


@pytest.mark.parametrize("later", [{"minutes": 30}, {"clicked": False}, {"language": "de"}])
def test_what_came_long_after_or_was_not_clicked_or_in_another_language_says_nothing(later):
    rephrased("settee", "sofa", 6, **later)
    assert suggest_synonyms("default") == 0


def test_who_clicked_on_a_later_page_did_not_fail():
    for _ in range(6):
        session = uuid.uuid4()
        searched("settee", session)
        searched("settee", session, minutes=1, page=2, clicked=True)
        searched("sofa", session, minutes=2, clicked=True)
    assert suggest_synonyms("default") == 0


def test_queries_that_lead_to_the_same_products():
    day = timezone.localdate()
    for query in ("settee", "sofa"):
        DailyQuery.objects.create(
            day=day, language="en", channel="", segment="", kind="words", query=query, sessions=9, searches=9
        )
        for product in (1, 2, 3):
            DailyProduct.objects.create(
                day=day, language="en", query=query, product=product, position=product, shown=9, clicks=3
            )
    assert suggest_synonyms("default") == 1
    found = SuggestedSynonym.objects.get()
    assert found.two_way
    assert found.evidence["shared"] == [["settee", "sofa", 3, 1.0]]


def test_what_was_dismissed_does_not_come_back_either_way_round():
    rephrased("settee", "sofa", 5)
    suggest_synonyms("default")
    decide(SuggestedSynonym.objects.get(), SuggestionState.DISMISSED, by="anna", using="default")
    rephrased("settee", "sofa", 5)
    rephrased("sofa", "settee", 5)
    assert suggest_synonyms("default") == 0
    assert suggestions() == [("settee", "sofa", 5, "dismissed")]


def test_what_is_a_synonym_already_is_not_suggested():
    add_synonym("Sofa", "settee")
    rephrased("settee", "sofa", 5)
    assert suggest_synonyms("default") == 0


def test_a_proposal_follows_what_shoppers_do_and_goes_with_it():
    rephrased("settee", "sofa", 5)
    suggest_synonyms("default")
    rephrased("settee", "sofa", 2)
    suggest_synonyms("default")
    assert suggestions() == [("settee", "sofa", 7, "proposed")]
    SearchEvent.objects.all().delete()
    assert suggest_synonyms("default") == 0
    assert suggestions() == []


def test_what_a_rule_says_already_is_not_suggested():
    action = {"do": "synonym", "words": ["settee"], "means": ["sofa", "couch"]}
    Rule.objects.create(name="sofas", position=1, draft={"actions": [action], "conditions": {}})
    rephrased("settee", "sofa", 5)
    assert suggest_synonyms("default") == 0


def test_a_decision_is_taken_back():
    rephrased("settee", "sofa", 5)
    suggest_synonyms("default")
    found = SuggestedSynonym.objects.get()
    decide(found, SuggestionState.ACCEPTED, by="anna", using="default")
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("accepted", "anna")
    decide(found, SuggestionState.PROPOSED, by="anna", using="default")
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_at) == ("proposed", "", None)
