"""Rules and synonyms as files: what went out comes in again, and is undone like any other change."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tablib import Dataset

from product_search.admin.exchange import RuleResource, SynonymResource
from product_search.merchandising.changing import publish, save_draft, switch, undo
from product_search.merchandising.content import Content, Hide, Pin, Which
from product_search.models import Rule, RuleChange
from tests.synonyms import add_synonym

pytestmark = pytest.mark.django_db
COLUMNS = ["name", "language", "words", "means", "two_way"]


def imported(
    *rows: tuple[str, ...], resource: Any = SynonymResource, headers: Any = COLUMNS, dry_run: bool = False
) -> Any:
    return resource().import_data(Dataset(*rows, headers=headers), dry_run=dry_run)


def said() -> dict[str, Any]:
    """Each rule's state and what is live of it."""
    return {rule.name: (rule.state, rule.live) for rule in Rule.objects.all()}


def test_synonyms_come_in_and_go_out_the_same() -> None:
    result = imported(
        ("", "en", "settee; couch", "sofa", "0"),
        ("Cups", "", "cup", "mug", ""),
        ("", "de", "Becher", "Tasse", "yes"),
    )
    assert not result.has_errors()
    assert not result.has_validation_errors()
    state, live = said()["settee; couch = sofa"]
    assert (state, live["language"]) == ("live", "en")
    assert live["actions"] == [
        {"do": "synonym", "words": ["settee", "couch"], "means": ["sofa"], "two_way": False}
    ]
    before, changes = said(), RuleChange.objects.count()
    out = SynonymResource().export()
    assert out["words"] == ["Becher", "cup", "settee;couch"]
    again = SynonymResource().import_data(out)
    assert again.totals["skip"] == 3
    assert (said(), RuleChange.objects.count()) == (before, changes)


def test_a_changed_row_changes_its_rule_and_is_undone() -> None:
    imported(("Cups", "", "cup", "mug", "1"))
    imported(("Cups", "", "cup", "mug;beaker", "1"))
    assert said()["Cups"][1]["actions"][0]["means"] == ["mug", "beaker"]
    undo(RuleChange.objects.latest("pk"))
    assert said()["Cups"][1]["actions"][0]["means"] == ["mug"]


def test_what_was_switched_off_acts_again() -> None:
    imported(("Cups", "", "cup", "mug", "1"))
    switch(Rule.objects.get(), on=False)
    imported(("Cups", "", "cup", "mug", "1"))
    assert said()["Cups"][0] == "live"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("", "", "cup", "", "1"), "words on both sides"),
        (("", "", "cup", "mug", "perhaps"), "neither 1 nor 0"),
        (("", "xx", "cup", "mug", "1"), "xx"),
        (("Pinned", "", "cup", "mug", "1"), "give the synonym another name"),
    ],
)
def test_a_bad_row_is_told_and_nothing_is_written(row: tuple[str, ...], says: str) -> None:
    publish(save_draft("Pinned", Content(actions=(Pin(products=("1",)),))))
    before = said()
    result = imported(row)
    told = str(
        [each.error for each in result.invalid_rows]
        + [error.error for _, errors in result.row_errors() for error in errors]
    )
    assert says in told
    assert said() == before


def test_a_trial_writes_nothing() -> None:
    assert imported(("", "", "cup", "mug", "1"), dry_run=True).totals["new"] == 1
    assert said() == {}


def test_rules_come_in_again_with_their_drafts_and_places() -> None:
    add_synonym("cup", "mug")
    rule = publish(save_draft("Hidden", Content(actions=(Hide(Which(filters={"brand": ("nord",)})),))))
    save_draft("Hidden", Content(actions=(Pin(products=("1",)),)), rule=rule)
    before, out = said(), RuleResource().export()
    drafts = list(Rule.objects.order_by("position").values_list("name", "draft"))
    Rule.objects.all().delete()
    assert not RuleResource().import_data(out).has_validation_errors()
    assert said() == before
    assert list(Rule.objects.order_by("position").values_list("name", "draft")) == drafts


def test_rules_out_of_nonsense_are_told() -> None:
    headers = ["name", "position", "state", "live", "draft"]
    result = imported(
        ("A", "1", "live", "{no json", ""),
        ("B", "0", "draft", "", '{"actions": []}'),
        ("C", "1", "live", "", ""),
        resource=RuleResource,
        headers=headers,
    )
    assert len(result.invalid_rows) == 3
    assert said() == {}


def test_the_admin_takes_a_file_and_says_who_did_it(client: Client) -> None:
    client.force_login(get_user_model().objects.create_superuser("merchant"))
    page = client.get(reverse("admin:product_search_rule_changelist")).text
    assert reverse("admin:product_search_rule_import") in page
    file = SimpleUploadedFile(
        "synonyms.csv", b"language,words,means,two_way,name\nen,settee,sofa,0,\n", "text/csv"
    )
    trial = client.post(
        reverse("admin:product_search_rule_import"), {"resource": "0", "format": "0", "import_file": file}
    )
    assert trial.status_code == 200
    assert not Rule.objects.exists()
    confirm = trial.context["confirm_form"].initial
    done = client.post(
        reverse("admin:product_search_rule_process_import"), {**confirm, "resource": "0"}, follow=True
    )
    assert done.status_code == 200
    assert Rule.objects.get().name == "settee = sofa"
    assert RuleChange.objects.latest("pk").who == "merchant"
    export = client.get(reverse("admin:product_search_rule_export"))
    assert export.status_code == 200
    assert "onchange" not in export.text


def test_who_may_only_look_imports_nothing(client: Client) -> None:
    user = get_user_model().objects.create_user("ada", is_staff=True)
    client.force_login(user)
    assert client.get(reverse("admin:product_search_rule_import")).status_code == 403
    assert client.get(reverse("admin:product_search_rule_export")).status_code == 403
