"""The desk: what waits, where it is decided, and for whom; and the groups that people are put into."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from product_search.admin import desk
from product_search.admin.roles import ROLES
from product_search.analytics import days
from product_search.merchandising.changing import publish, save_draft
from product_search.merchandising.content import Content, Pin
from product_search.models import (
    AltText,
    DailyQuery,
    Doubt,
    Duplicate,
    Entry,
    Picture,
    Question,
    Ruling,
    SuggestedSynonym,
    Tag,
)
from tests.synonyms import add_synonym

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> dict[str, int]:
    """Rows of each concern, with decoys that are decided: how many wait, by the page that decides them."""
    first, *others = [
        Product.objects.create(sku=each, name=f"Mug {each}", price=1, currency="EUR") for each in "ABCDE"
    ]
    Entry.objects.all().delete()
    for number, product in enumerate([first, *others]):
        Entry.objects.create(
            product=product.pk, wanted=1, done=int(number > 2), attempts=int(number < 3), parked=number < 2
        )
    Picture.objects.create(product=first.pk, picture="1", name="a.png", reason="truncated")
    Picture.objects.create(product=first.pk, picture="2", name="b.png")
    for product, state, by in ((first, "held", ""), (others[0], "flagged", "ada"), (others[1], "clear", "")):
        Ruling.objects.create(
            product=product.pk, policy="candles", state=state, decided_by=by, because="words"
        )
    Doubt.objects.create(product=first.pk, picture="1", kind="other", sure=0.9)
    Doubt.objects.create(product=first.pk, picture="2", kind="other", sure=0.9, state="dismissed")
    for other in others[:2]:
        Duplicate.objects.create(product=first.pk, other=other.pk, kind="same_picture")
    Tag.objects.create(product=first.pk, attribute="colour", value="red", probability=0.9)
    Tag.objects.create(product=first.pk, attribute="colour", value="blue", probability=0.9, state="rejected")
    Question.objects.create(product=first.pk, attribute="colour", value="green", probability=0.5)
    for picture in "123":
        AltText.objects.create(product=first.pk, picture=picture, language="en", suggestion="a mug")
    for words, state in (("settee", "proposed"), ("divan", "dismissed")):
        SuggestedSynonym.objects.create(language="en", words=words, means="sofa", sessions=9, state=state)
    for number, zero in enumerate((3, 0)):
        DailyQuery.objects.create(
            day=days.today(), language="en", kind="words", query=f"q{number}", searches=3, zero_results=zero
        )
    long_ago = days.today() - timedelta(days=30)
    DailyQuery.objects.create(day=long_ago, language="en", kind="words", query="q", zero_results=1)
    add_synonym("cup", "mug")
    save_draft("Gone pin", Content(actions=(Pin(products=("999999",)),)))
    publish(save_draft("Gone pin too", Content(actions=(Pin(products=("999999",)),))))
    return {
        "rule/check/": 1,
        "rule/": 1,
        "dailysearches/?days=7": 1,
        "entry/?state=parked": 2,
        "entry/?state=failing": 1,
        "picture/?reason=any": 1,
        "ruling/?decision=waits": 1,
        "doubt/review/": 1,
        "duplicate/review/": 2,
        "alttext/": 3,
        "tag/": 1,
        "suggestedsynonym/?state__exact=proposed": 1,
    }


def shown(page: str) -> dict[str, str]:
    """What the desk says, by the address behind it."""
    cards = re.findall(r'<a class="ps-figure[^"]*" href="/admin/product_search/([^"]+)"><strong>(.*?)<', page)
    return {address.replace("&amp;", "&"): count for address, count in cards}


def opened(client: Client) -> str:
    answer = client.get(reverse("admin:product_search_desk_changelist"))
    assert answer.status_code == 200
    return answer.content.decode()


def member(*groups: str) -> Client:
    """A member of staff in these groups."""
    call_command("search_groups", verbosity=0)
    user = get_user_model().objects.create_user("ada", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def test_all_that_waits_is_counted_and_each_link_shows_it(waiting, admin_client):
    cards = shown(opened(admin_client))
    assert {address: int(count) for address, count in cards.items()} == waiting
    for address in cards:
        assert admin_client.get(f"/admin/product_search/{address}").status_code == 200


def test_with_nothing_to_do_it_says_so(admin_client):
    assert "Nothing waits for you" in opened(admin_client)


def test_very_many_are_not_counted_to_the_end(waiting, admin_client, monkeypatch):
    monkeypatch.setattr(desk, "COUNTED", 2)
    cards = shown(opened(admin_client))
    assert cards["alttext/"] == "more than 2"
    assert cards["duplicate/review/"] == "2"


@pytest.mark.parametrize(
    ("group", "sees"),
    [
        ("Search: moderation", {"ruling/?decision=waits"}),
        ("Search: review", {"doubt/review/", "duplicate/review/", "alttext/", "tag/"}),
        ("Search: rules", {"rule/check/", "rule/"}),
        ("Search: merchandising", {"dailysearches/?days=7"}),
        ("Search: operation", {"entry/?state=parked", "entry/?state=failing", "picture/?reason=any"}),
    ],
)
def test_a_group_sees_what_it_decides_and_nothing_else(waiting, group, sees):
    client = member(group)
    page = opened(client)
    assert shown(page).keys() == sees
    assert ("How the index stands" in page) == (group == "Search: operation")
    for address in sees:
        assert client.get(f"/admin/product_search/{address}").status_code == 200


def test_staff_without_any_permission_of_it_does_not_see_it(waiting):
    client = member()
    assert client.get(reverse("admin:product_search_desk_changelist")).status_code == 403


def test_groups_keep_what_was_added_and_get_what_they_lack(capsys: Any):
    call_command("search_groups")
    assert "Search: review: 10 permissions given" in capsys.readouterr().out
    group = Group.objects.get(name="Search: review")
    kept = Group.objects.get(name="Search: moderation").permissions.get(codename="view_policy")
    group.permissions.add(kept)
    group.permissions.remove(group.permissions.get(codename="change_tag"))
    call_command("search_groups")
    said = capsys.readouterr().out
    assert "Search: review: 1 permissions given" in said
    assert "Search: moderation: has all" in said
    assert group.permissions.filter(pk=kept.pk).exists()


def test_some_group_may_open_every_page_of_search():
    may = {permission for names in ROLES.values() for permission in names}
    pages = [
        model
        for model in admin.site._registry
        if model._meta.app_label == "product_search" and model._meta.default_permissions
    ]
    assert len(pages) > 10
    assert [model for model in pages if f"view_{model._meta.model_name}" not in may] == []
