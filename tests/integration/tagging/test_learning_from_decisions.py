"""Decisions refit what is sure, teach heads that are used where they help, and answer questions."""

from __future__ import annotations

import io

import numpy as np
import pytest
from django.core.management import call_command

from product_search.models import Attribute, Entry, LearnedHead, Question, Tag, Verdict
from product_search.tagging import is_due, tag_pending, teaching
from product_search.tagging.deciding import Subject, decide
from product_search.tagging.learning import Learned, Lesson
from tests.integration.retrieval.shelf import DIM

from .conftest import Office

SEED = 7_302


@pytest.fixture
def confused(office: Office) -> Office:
    """What the pictures show lies along an axis that no sentence names: 4 is red, 5 is blue."""
    random = np.random.default_rng(SEED)
    for number in range(120):
        vector = np.zeros(DIM)
        vector[4 + number % 2] = 1.0
        vector[:3] = 0.5 + random.normal(0, 0.05, 3)
        vector /= np.linalg.norm(vector)
        product = office.shelf.product(f"Thing {number}", pictures={f"p{number}": list(vector)})
        Entry.objects.create(product=product.pk, wanted=1, done=1)
    Attribute.objects.update(background_prompts=["nowhere"])
    office.word("nowhere", 6)
    tag_pending()
    return office


def truth(name: str) -> str:
    return ("red", "blue")[int(name.removeprefix("Thing ")) % 2]


def review(office: Office, count: int, lies: int = 0) -> None:
    """Decide so many products as they are, the first of them wrongly."""
    known = set(Tag.objects.exclude(state="suggested").values_list("product", flat=True))
    left = [(key, name) for key, name in sorted(office.shelf_names()) if key not in known]
    for number, (key, name) in enumerate(left[:count]):
        right = truth(name) if number >= lies else ("red", "blue", "green")[number % 3]
        decide(Subject(key, "colour", right), Verdict.ACCEPTED, by="ann", using="default")


def test_what_was_decided_is_learnt_and_said_of_others(
    confused: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    learn = teaching.learn

    def noted(lesson: Lesson, strength: float, scale: float) -> Learned:
        seen.append(len(lesson.pictures))
        return learn(lesson, strength, scale)

    monkeypatch.setattr(teaching, "learn", noted)
    assert Tag.objects.count() == 0, "the sentences tell nothing"
    assert 0 < Question.objects.count() <= teaching.QUESTIONS
    review(confused, 84)
    assert is_due("default")
    tag_pending()
    row = LearnedHead.objects.get()
    assert row.in_use
    assert row.taught + row.held == 84
    assert seen == [row.taught], "those that are held out teach nothing"
    assert row.held == pytest.approx(21, abs=9)
    assert row.right_after > row.right_before
    assert Attribute.objects.get().fitted_by == "decisions"
    names = dict(confused.shelf_names())
    said = {
        names[key]: value
        for key, value in Tag.objects.filter(state="suggested").values_list("product", "value")
    }
    assert len(said) >= 25
    assert all(truth(name) == value for name, value in said.items())
    out = io.StringIO()
    call_command("tag", stdout=out, verbosity=0)
    assert f"learnt from {row.taught}" in out.getvalue()


def test_what_does_not_help_is_not_used(confused: Office) -> None:
    review(confused, 84, lies=84)
    tag_pending()
    assert not LearnedHead.objects.get().in_use


def test_few_decisions_teach_nothing_and_are_not_waited_for(confused: Office) -> None:
    review(confused, 19)
    tag_pending()
    assert not LearnedHead.objects.exists()
    assert not is_due("default")
    review(confused, 1)
    assert is_due("default"), "twenty are worth a look"


def test_a_rejected_answer_is_known_to_be_wrong(office: Office) -> None:
    """Only rejections: nothing is known to be right, and so nothing is said any more."""
    for number in range(60):
        office.product(f"Shirt {number}", "red")
    tag_pending()
    assert Tag.objects.filter(state="suggested").count() == 60
    for key, _ in sorted(office.shelf_names())[:50]:
        decide(Subject(key, "colour", "red"), Verdict.REJECTED, by="ann", using="default")
    tag_pending()
    assert Tag.objects.filter(state="suggested").count() == 0
