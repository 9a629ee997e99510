"""`fields`: an answer of the members that were asked for, and nothing else; a slip is named."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Product

from .conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


def refused(response: Any) -> tuple[int, str, str]:
    said = response.json()
    return response.status_code, said["code"], said["parameter"]


def test_only_the_members_asked_for(shop: list[Product], get: Ask) -> None:
    whole = get("search", q="mug", sort="price").json()
    part = get(
        "search", q="mug", sort="price", fields="total,hits.id,hits.card.title,facets.values.value"
    ).json()
    assert list(part) == [name for name in whole if name in ("hits", "total", "facets")], (
        "in the answer's order"
    )
    assert part["total"] == whole["total"] == 4
    assert part["hits"] == [
        {"id": hit["id"], "card": {"title": hit["card"]["title"]}} for hit in whole["hits"]
    ]
    assert part["facets"][0] == {
        "values": [{"value": each["value"]} for each in whole["facets"][0]["values"]]
    }


def test_a_whole_member_wins_over_a_part_of_it(shop: list[Product], get: Ask) -> None:
    whole = get("search", q="mug").json()["hits"]
    for fields in ("hits,hits.id", "hits.id,hits"):
        assert get("search", q="mug", fields=fields).json() == {"hits": whole}


def test_each_way_of_saying_it(shop: list[Product], get: Ask, post: Ask) -> None:
    wanted = {"total": 4, "page": 1}
    assert get("search", "q=mug&fields=total&fields=page").json() == wanted
    assert post({"q": "mug", "fields": ["total", "page"]}, content_type="application/json").json() == wanted
    assert post({"q": "mug", "fields": "total,page"}).json() == wanted
    assert get("search", q="mug", fields="").json().keys() > wanted.keys(), "an empty field of a form"


def test_other_answers_too(shop: list[Product], get: Ask) -> None:
    assert get("suggest", q="red", fields="queries").json().keys() == {"queries"}
    assert get("related", q="red", fields="queries").json() == {"queries": []}
    assert get("recommend", **{"for": shop[0].pk, "fields": "total"}).json().keys() == {"total"}
    assert refused(get("health", fields="status")) == (400, "unknown_parameter", "fields"), (
        "an answer to a machine"
    )


def test_a_shops_own_names_below_the_card_are_not_checked(shop: list[Product], get: Ask) -> None:
    hits = get("search", q="red mug", per_page=1, fields="hits.card.colour,hits.card.picture.url").json()[
        "hits"
    ]
    assert [list(hit["card"]) for hit in hits] == [["picture"]]
    assert [list(hit["card"]["picture"]) for hit in hits] == [["url"]]


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ("hitz", "unknown_field", "Did you mean hits?"),
        ("hits.titel", "unknown_field", "'titel' of 'hits.titel'"),
        ("hits..id", "unknown_field", "'' of 'hits..id'"),
        ("total.hits", "unknown_field", "nothing below"),
        ("notices.code", "unknown_field", "nothing below"),
        ("steered.name,zzz", "unknown_field", "Known: hits, total"),
        (",".join(["total"] * 101), "too_many_fields", "at most 100"),
        ("hits." * 30 + "id", "unknown_field", "'hits' of"),
    ],
)
def test_a_slip_is_named_also_where_nothing_is_found(
    shop: list[Product], get: Ask, fields: str, code: str, said: str
) -> None:
    response = get("search", q="xyzzy", fields=fields)
    assert refused(response) == (400, code, "fields")
    assert said in response.json()["detail"]
