"""The playground without its script: what it finds, tells, moves, judges, and to whom it opens."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from catalog.models import Product
from product_search.evaluation import desk
from product_search.models import JudgedPicture, JudgedQuery, Judgement, QueryPicture
from product_search.retrieval import SearchRequest, search
from product_search.retrieval.answer import Banner, Steered
from product_search.retrieval.steering import Asked, Course, Move, Steerer
from tests.integration.retrieval.asking import EN
from tests.integration.retrieval.conftest import shelf, shelf_factory, shop
from tests.integration.retrieval.shelf import Shelf, ShelfDocument
from tests.pictures import picture_bytes

__all__ = ["shelf", "shelf_factory", "shop"]

PAGE = "/admin/product_search/playground/"


def read(client: Client, **asked: Any) -> Any:
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200
    return answer


def named(name: str) -> Product:
    return Product.objects.get(name=name)


def shown(answer: Any, what: str = "cards") -> list[str]:
    return [card.title for card in getattr(answer.context["tried"], what)]


def staff(*permissions: str) -> Client:
    user = get_user_model().objects.create_user(f"staff{len(permissions)}", is_staff=True)
    for name in permissions:
        user.user_permissions.add(Permission.objects.get(codename=name))
    client = Client()
    client.force_login(user)
    return client


def test_it_shows_what_a_shopper_finds_and_why(admin_client: Client, shop: Shelf) -> None:
    answer = read(admin_client, q="striped mug")
    assert shown(answer) == [hit.card["title"] for hit in search(SearchRequest("striped mug"), EN).hits]
    assert "It has every word." in answer.text
    answer = read(admin_client, q="helicopter mug")
    near = [hit.card["title"] for hit in search(SearchRequest("helicopter mug"), EN).near]
    assert (shown(answer), shown(answer, "near")) == ([], near)
    assert "Red striped mug" in near
    page = unescape(answer.text)
    assert "It comes near, but not near enough to be found." in page
    apart = page.partition("Near misses")[2]
    assert "<strong>has:</strong> mug" in apart
    assert "<strong>lacks:</strong> helicopter" in apart
    assert "Nothing was asked for" not in page
    assert "Nothing was asked for" in unescape(read(admin_client).text)


def test_drafts_are_shown_to_whom_the_shop_shows_them(
    admin_client: Client, shop: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.product("Secret mug", published=False)
    insider = get_user_model().objects.create_user("insider")

    def visible(self: Any, queryset: Any, scope: Any) -> Any:
        assert scope.request is None, "the request of whoever looks is not that of the shopper"
        return queryset if scope.user == insider else queryset.filter(published=True)

    monkeypatch.setattr(ShelfDocument, "visible", visible)
    assert "Secret mug" not in shown(read(admin_client, q="mug"))
    assert "Secret mug" in shown(read(admin_client, q="mug", user="insider"))
    assert "There is no user nobody." in unescape(read(admin_client, q="mug", user="nobody").text)


def test_who_may(shop: Shelf) -> None:
    assert staff().get(PAGE).status_code == 403
    client = staff("view_playground")
    product = named("Red striped mug")
    assert client.get(PAGE, {"q": "mug"}).status_code == 200
    assert client.get(PAGE, {"q": "mug", "user": "x"}).status_code == 403
    assert client.post(f"{PAGE}judge/?q=mug", {"product": product.pk, "grade": 3}).status_code == 403
    assert client.post(f"{PAGE}undo/").status_code == 403
    judge = staff("view_playground", "judge_playground")
    assert judge.post(f"{PAGE}judge/?q=mug", {"product": product.pk, "grade": 3}).status_code == 302
    assert judge.post(f"{PAGE}judge/?q=mug&user=x", {"product": product.pk, "grade": 3}).status_code == 403
    impersonator = staff("view_playground", "judge_playground", "impersonate_playground")
    assert impersonator.get(PAGE, {"q": "mug", "user": "staff2"}).status_code == 200


def test_other_weights_show_what_they_move_and_the_lines_to_copy(admin_client: Client, shop: Shelf) -> None:
    answer = read(admin_client, q="striped boots", relevance_floor="0.3")
    assert answer.context["trial"].lines == ('PRODUCT_SEARCH["RELEVANCE_FLOOR"] = 0.3',)
    assert 'PRODUCT_SEARCH["RELEVANCE_FLOOR"] = 0.3' in unescape(answer.text)
    before = search(SearchRequest("striped boots"), EN)
    tried = answer.context["tried"]
    assert tried.total_before == before.total < tried.answer.total
    new = [card.title for card in tried.cards if card.shift.new]
    assert new == [
        card.title for card in tried.cards if card.title not in {h.card["title"] for h in before.hits}
    ]
    stricter = read(admin_client, q="boots", relevance_floor="1")
    assert "lines" not in read(admin_client, q="boots", relevance_floor="0.5").text.partition("ps-results")[2]
    assert stricter.context["tried"].shifts is not None
    for wrong in ("2", "-1", "nan", "x"):
        assert (
            "relevance from which"
            in unescape(read(admin_client, q="mug", relevance_floor=wrong).text).lower()
        )
        assert "tried" not in read(admin_client, q="mug", relevance_floor=wrong).context


class Season(Steerer):
    """Puts the boots first in winter, and leaves mugs out of it."""

    def course(self, asked: Asked) -> Course | None:
        if asked.moment.month != 1:
            return None
        pinned, hidden = named("Leather boots").pk, named("Red striped mug").pk
        moves = [
            Move(Steered("rules", "Winter", "pin", 1), [pinned]),
            Move(Steered("rules", "Winter", "hide"), [hidden]),
        ]
        return Course(
            banners=(Banner("Sale"),),
            did=(Steered("rules", "Winter", "banner", detail="Sale"),),
            on_set=lambda found: moves,
        )


def test_who_steers_is_told_at_any_moment_and_left_out(
    admin_client: Client, shop: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("product_search.retrieval.steering.steerers", [Season()])
    summer = shown(read(admin_client, q="mug", moment="2030-07-01T12:00"))
    assert "Red striped mug" in summer
    winter = read(admin_client, q="mug", moment="2030-01-01T12:00", missing="striped")
    assert shown(winter)[0] == "Leather boots"
    page = unescape(winter.text)
    assert "“Winter” shows a banner: Sale." in page
    assert "It is here because somebody put it here" in page
    assert "“Winter” puts it at place 1." in page
    assert winter.context["missing"].reason.step == "rule"
    without = read(admin_client, q="mug", moment="2030-01-01T12:00", unsteered="on", missing="striped")
    assert shown(without) == summer
    assert {card.title for card in without.context["tried"].cards if card.shift.new} >= {"Red striped mug"}
    assert shown(without, "left") == ["Leather boots"]
    assert without.context["missing"].reason.found
    assert "tried" not in read(admin_client, q="mug", moment="yesterday").context


def test_why_a_product_is_not_here(admin_client: Client, shop: Shelf) -> None:
    boots = named("Leather boots")
    by_name = read(admin_client, q="mug", missing="leather boots")
    assert by_name.context["missing"].reason.step == "floor"
    assert "what is shown has at least 0.50" in unescape(by_name.text)
    assert read(admin_client, q="mug", missing=boots.sku).context["missing"].card.key == boots.pk
    several = read(admin_client, q="mug", missing="boots")
    offered = [card.key for card in several.context["missing"].offered]
    assert set(offered) == {boots.pk, named("Rain boots").pk}
    chosen = read(admin_client, q="mug", missing="boots", why=str(boots.pk))
    assert chosen.context["missing"].card.key == boots.pk
    mug = named("Red striped mug").sku
    near = read(admin_client, q="helicopter mug", missing=mug).context["missing"]
    assert (near.reason.step, near.told.has, near.told.lacks) == ("floor", ("mug",), ("helicopter",))
    lower = read(admin_client, q="helicopter mug", missing=mug, relevance_floor="0.1")
    assert lower.context["missing"].reason.found, "it is judged by the weights that are tried"
    draft = shop.product("Secret mug", published=False)
    assert read(admin_client, q="mug", missing=draft.sku).context["missing"].reason.step == "hidden"
    assert "No product is called so" in unescape(read(admin_client, q="mug", missing="zzz").text)
    assert read(admin_client, q="mug", missing="mug " * 200).status_code == 200


def test_too_much_and_pictures_that_are_gone_are_told(admin_client: Client, shop: Shelf) -> None:
    assert "at most 100 words" in unescape(read(admin_client, q="mug " * 101).text)
    assert "is gone now" in unescape(read(admin_client, q="mug", picture="x").text)
    assert "Null characters" in unescape(read(admin_client, q="mug\x00").text)
    for page in ("0", "99999", "x"):
        assert "tried" not in read(admin_client, q="mug", page=page).context


def test_a_judgement_is_kept_taken_back_and_measured(admin_client: Client, shop: Shelf, capsys: Any) -> None:
    mug, blue = named("Red striped mug"), named("Blue ceramic mugs, set of 4")
    judge = f"{PAGE}judge/?q=Striped++mug"
    answer = admin_client.post(judge, {"product": mug.pk, "grade": 2}, follow=True)
    assert "Judged: 2" in answer.text
    assert answer.redirect_chain[0][0] == f"{PAGE}?q=Striped++mug"
    sent = admin_client.post(judge, {"product": mug.pk, "grade": 3}, headers={"Accept": "application/json"})
    assert json.loads(sent.content) == {
        "said": "Judged: 3",
        "undoable": True,
        "product": str(mug.pk),
        "grade": 3,
    }
    admin_client.post(judge, {"product": blue.pk, "grade": 0})
    query = JudgedQuery.objects.get()
    assert (query.set, query.kind, query.text, query.language) == ("desk", "desk", "Striped mug", "en")
    assert {card.key: card.grade for card in read(admin_client, q="Striped mug").context["tried"].cards} == {
        mug.pk: 3
    }
    call_command("evaluate_search", "--set", "desk", "--split", query.split, "--json")
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["scores"][query.name]["nDCG@10"] == 1

    undo = f"{PAGE}undo/?q=Striped++mug"
    assert "Taken back." in admin_client.post(undo, follow=True).text
    assert dict(Judgement.objects.values_list("product", "grade")) == {mug.pk: 3}
    admin_client.post(undo)
    assert dict(Judgement.objects.values_list("product", "grade")) == {mug.pk: 2}
    admin_client.post(undo)
    assert not JudgedQuery.objects.exists(), "a query that nobody judges is not one that nothing fits"
    assert "nothing to take back" in admin_client.post(undo, follow=True).text


def test_what_somebody_judged_anew_stays(admin_client: Client, shop: Shelf) -> None:
    mug = named("Red striped mug")
    admin_client.post(f"{PAGE}judge/?q=mug", {"product": mug.pk, "grade": 1})
    other = staff("view_playground", "judge_playground")
    other.post(f"{PAGE}judge/?q=mug", {"product": mug.pk, "grade": 3})
    answer = admin_client.post(f"{PAGE}undo/?q=mug", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert Judgement.objects.get().grade == 3


def test_what_can_not_be_judged(admin_client: Client, shop: Shelf) -> None:
    mug = str(named("Red striped mug").pk)
    for asked, sent in (
        ("q=mug", {"grade": "4"}),
        ("q=mug", {"grade": "-1"}),
        ("q=mug", {"grade": ""}),
        ("q=mug", {"grade": "3", "product": "x"}),
        ("q=mug", {"grade": "3", "product": "99999999"}),
        ("", {"grade": "3"}),
        ("q=mug&relevance_floor=7", {"grade": "3"}),
    ):
        given = {"product": mug, **sent}
        answer = admin_client.post(f"{PAGE}judge/?{asked}", given, headers={"Accept": "application/json"})
        assert answer.status_code == 400, (asked, sent)
    assert not JudgedQuery.objects.exists()


def test_a_picture_is_searched_with_and_kept_with_its_judgement(
    admin_client: Client, shop: Shelf, capsys: Any
) -> None:
    mug = named("Red striped mug")
    upload = SimpleUploadedFile("a.png", picture_bytes("red", side=64), "image/png")
    answer = admin_client.post(f"{PAGE}picture/?q=mug&page=2", {"picture": upload})
    token = QueryPicture.objects.get().token
    assert answer["Location"] == f"{PAGE}?q=mug&picture={token}"
    assert admin_client.get(f"{PAGE}picture/{token}/")["Content-Type"] == "image/webp"
    assert "No file" not in admin_client.get(answer["Location"]).text
    admin_client.post(f"{PAGE}judge/?q=mug&picture={token}", {"product": mug.pk, "grade": 3})
    QueryPicture.objects.all().delete()
    query = JudgedQuery.objects.get()
    assert query.picture == JudgedPicture.objects.get().name
    call_command("evaluate_search", "--set", "desk", "--split", query.split, "--json")
    assert query.name in json.loads(capsys.readouterr().out)["runs"][0]["scores"]
    admin_client.post(f"{PAGE}undo/")
    assert not JudgedPicture.objects.exists(), "nobody's picture is kept for nothing"
    broken = SimpleUploadedFile("a.png", b"no picture", "image/png")
    told = admin_client.post(f"{PAGE}picture/?q=mug", {"picture": broken}, follow=True)
    assert "not a picture" in told.text


def test_both_halves_of_a_set_fill() -> None:
    splits = [desk.Judging(f"mug {number}", "en").split.value for number in range(40)]
    assert 10 < splits.count("tune") < 30
