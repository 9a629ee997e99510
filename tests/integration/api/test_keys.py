"""Keys: which are good, what each may do, and what of the shop it shows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.celery import app
from catalog.models import Brand, Product
from product_search.conf import ACTIONS, SHOPPERS
from product_search.errors import ImproperKey
from product_search.keys import make_key, revoke_key, signed_key
from product_search.models import ApiKey, ShopperEvent
from product_search.urls import urlpatterns
from tests.acceptance import doc_text

from .conftest import Ask, picture_bytes
from .test_problems import problem
from .test_search import seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    return kept_shop


@pytest.fixture
def globex(shop: list[Product]) -> list[Product]:
    """The products of a second brand: the red mug and the white bowl."""
    products = [shop[0], shop[4]]
    brand = Brand.objects.create(name="Globex", slug="globex")
    Product.objects.filter(pk__in=[product.pk for product in products]).update(brand=brand)
    return products


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def publishable(**terms: Any) -> str:
    return make_key("page", **terms)[1]


def secret(**terms: Any) -> str:
    return make_key("server", secret=True, **terms)[1]


MAKERS: list[Callable[..., str]] = [publishable, secret, signed_key]


@pytest.mark.parametrize("make", MAKERS)
def test_a_key_shows_what_its_filters_leave(
    globex: list[Product], get: Ask, make: Callable[..., str]
) -> None:
    for value, count in (("globex", 2), ("acme", 6), ("nobody", 0)):
        answer = get("search", headers=bearer(make(filters={"brand": value})))
        assert answer.json()["total"] == count
    mine = bearer(make(filters={"brand": ["globex"]}))
    found = get("search", headers=mine).json()
    assert {hit["id"] for hit in found["hits"]} == {product.pk for product in globex}
    # Chosen by a shopper, the other brand is none: nothing lifts what the key holds to.
    asked = get("search", **{"filter.brand": "acme"}, headers=mine).json()
    assert (asked["total"], asked["hits"]) == (0, [])


def test_the_filter_on_a_facet_that_is_gone_shows_nothing(globex: list[Product], get: Ask) -> None:
    key, token = make_key("page", filters={"brand": "globex"})
    ApiKey.objects.filter(pk=key.pk).update(filters={"tenant": ["globex"]})
    assert get("search", headers=bearer(token)).json()["total"] == 0


@pytest.mark.parametrize("make", [publishable, signed_key])
def test_it_may_come_in_the_address(globex: list[Product], get: Ask, make: Callable[..., str]) -> None:
    token = make(filters={"brand": "globex"})
    assert get("search", q="mug", key=token).json()["total"] == 1
    problem(get("search", f"key={token}&key={token}"), 400, "repeated_parameter", "key")


def test_a_secret_key_in_an_address_is_refused_and_says_why(shop: list[Product], get: Ask) -> None:
    token = secret()
    refused = problem(get("search", key=token), 401, "unknown_key")
    assert "revoke it" in refused["detail"]
    assert get("search", headers=bearer(token)).status_code == 200


def test_no_answer_and_no_log_says_the_key(
    shop: list[Product], get: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    token = publishable()
    caplog.set_level("DEBUG", "product_search")
    for query in (f"key={token}&page=x", f"key={token}&kye=1", f"key={token}x", f"q=mug&key={token}"):
        answer = get("search", query)
        assert token not in answer.content.decode() + str(answer.headers) + caplog.text


@pytest.mark.parametrize(
    "token", ["", "nonsense", "ps_pub_" + "a" * 43, "ps_sig_abc:def:ghi", "\u00e4", "x" * 5000]
)
def test_a_key_that_is_none_is_refused_and_never_taken_for_nobody(
    shop: list[Product], get: Ask, token: str
) -> None:
    for answer in (get("search", headers=bearer(token)), get("search", key=token)):
        problem(answer, 401, "unknown_key")
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_another_scheme_is_the_hosts_own(shop: list[Product], get: Ask) -> None:
    assert get("search", headers={"Authorization": "Basic dXNlcjpwYXNz"}).status_code == 200


def test_a_revoked_key_is_refused_at_once_and_its_row_says_by_whom(shop: list[Product], get: Ask) -> None:
    key, token = make_key("page")
    assert get("search", headers=bearer(token)).status_code == 200
    assert revoke_key(key, by="ada")
    assert not revoke_key(key, by="bob")
    problem(get("search", headers=bearer(token)), 401, "revoked_key")
    key.refresh_from_db()
    assert (key.revoked_by, key.revoked_at is not None) == ("ada", True)


def test_a_key_ends(shop: list[Product], get: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    token, signed = publishable(expires_at=timezone.now() + timedelta(minutes=10)), signed_key()
    for each in (token, signed):
        assert get("search", headers=bearer(each)).status_code == 200
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    monkeypatch.setattr("time.time", lambda: later.timestamp())
    for each in (token, signed):
        problem(get("search", headers=bearer(each)), 401, "expired_key")


def test_its_use_is_noted_once_a_minute(shop: list[Product], get: Ask) -> None:
    key, token = make_key("page")
    get("search", headers=bearer(token))
    first = ApiKey.objects.get(pk=key.pk).last_used_at
    get("search", headers=bearer(token))
    assert first is not None
    assert ApiKey.objects.get(pk=key.pk).last_used_at == first
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=first - timedelta(minutes=2))
    get("search", headers=bearer(token))
    assert ApiKey.objects.get(pk=key.pk).last_used_at >= first


def test_of_a_key_only_a_hash_is_kept() -> None:
    key, token = make_key("page")
    row = json.dumps({name: str(value) for name, value in vars(key).items()})
    assert token not in row
    assert token[12:] not in row
    assert key.beginning == token[:12]


def test_a_signed_key_outlives_a_change_of_the_secret_but_no_forgery(
    shop: list[Product], get: Ask, settings: Any
) -> None:
    token = signed_key(filters={"brand": "acme"})
    body, _, signature = token.rpartition(":")
    forged = body[:-3] + "AAA:" + signature
    problem(get("search", headers=bearer(forged)), 401, "unknown_key")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert get("search", headers=bearer(token)).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    problem(get("search", headers=bearer(token)), 401, "unknown_key")


def test_every_endpoint_names_its_action() -> None:
    for pattern in urlpatterns:
        view: Any = pattern.callback
        assert view.cls.action in (*ACTIONS, None), pattern.name


@pytest.mark.parametrize("make", MAKERS)
def test_a_key_does_what_it_is_for_and_nothing_else(
    shop: list[Product], client: Client, make: Callable[..., str]
) -> None:
    """Each endpoint with a key for all other actions, and with one for its own."""
    for pattern in urlpatterns:
        view: Any = pattern.callback
        action = view.cls.action
        if action is None:
            continue
        address = reverse(
            f"product_search:{pattern.name}", kwargs=dict.fromkeys(pattern.pattern.converters, shop[0].pk)
        )
        method = client.get if hasattr(view.cls, "get") else client.post
        others = [each for each in SHOPPERS if each != action]
        problem(method(address, headers=bearer(make(actions=others))), 403, "action_not_allowed")
        if action == "explain" and make is not secret:
            with pytest.raises(ImproperKey):
                make(actions=[action])
            continue
        answer = method(address, headers=bearer(make(actions=[action])))
        assert answer.status_code not in (401, 403), pattern.name


def test_only_a_secret_key_explains(shop: list[Product], get: Ask) -> None:
    for token in (publishable(), signed_key(), secret()):
        refused = get("search", q="mug", explain="true", headers=bearer(token))
        problem(refused, 403, "action_not_allowed")
    token = secret(actions=ACTIONS)
    explained = get("search", q="mug", explain="true", headers=bearer(token)).json()
    assert "explanation" in explained["hits"][0]
    problem(get("search", q="mug", explain="true"), 403, "staff_only")


def test_a_key_goes_before_the_session(
    shop: list[Product], client: Client, get: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = seen(monkeypatch)
    client.force_login(get_user_model().objects.create_superuser("ada"))
    assert get("search", q="mug", headers=bearer(publishable())).status_code == 200
    (scope,) = scopes
    assert (scope.user, scope.request.user.is_authenticated) == (None, False)
    problem(get("search", q="mug", explain="true", headers=bearer(publishable())), 403, "action_not_allowed")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    address = reverse("product_search:search")
    mine = bearer(publishable())
    said = strict.post(address, '{"q": "mug"}', content_type="application/json", headers=mine)
    assert said.status_code == 200


def test_a_walk_goes_on_with_its_own_key_alone(shop: list[Product], get: Ask) -> None:
    asked = {"per_page": 2}
    token = publishable()
    cursor = get("search", **asked, cursor="new", headers=bearer(token)).json()["next"]
    assert get("search", **asked, cursor=cursor, headers=bearer(token)).status_code == 200
    for other in (publishable(), signed_key()):
        problem(get("search", **asked, cursor=cursor, headers=bearer(other)), 400, "foreign_cursor", "cursor")
    problem(get("search", **asked, cursor=cursor), 400, "foreign_cursor", "cursor")
    # One that the server made anew says the same.
    first, anew = (signed_key(expires_in=timedelta(minutes=minutes)) for minutes in (5, 6))
    cursor = get("search", **asked, cursor="new", headers=bearer(first)).json()["next"]
    assert get("search", **asked, cursor=cursor, headers=bearer(anew)).status_code == 200


def test_events_of_what_a_key_does_not_show_are_not_recorded(
    globex: list[Product], client: Client, settings: Any
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "EVENTS": True}
    app.conf.task_always_eager = True
    try:
        token, address = signed_key(filters={"brand": "globex"}), reverse("product_search:events")
        other = Product.objects.exclude(brand__slug="globex").first()
        events = [{"kind": "view", "product": key} for key in (globex[0].pk, other.pk, 10**9)]
        answer = client.post(
            f"{address}?key={token}", json.dumps({"events": events}), content_type="text/plain"
        )
    finally:
        app.conf.task_always_eager = False
    assert (answer.status_code, answer.json()) == (202, {"recorded": 1})
    assert [event.product for event in ShopperEvent.objects.all()] == [globex[0].pk]


def test_without_a_key_the_shop_says_what_may_be_asked(
    shop: list[Product], get: Ask, client: Client, settings: Any
) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ANONYMOUS": "suggest"}
    assert get("suggest", q="mu").status_code == 200
    problem(get("search", q="mug"), 401, "key_required")
    assert get("search", q="mug", headers=bearer(publishable())).status_code == 200
    assert get("live").status_code == get("schema").status_code == 200
    client.force_login(get_user_model().objects.create_user("bob"))
    problem(get("search", q="mug"), 401, "key_required")
    client.force_login(get_user_model().objects.create_superuser("ada"))
    assert get("search", q="mug").status_code == 200


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"actions": ["fly"]}, "actions"),
        ({"actions": []}, "actions"),
        ({"origins": ["shop.example"]}, "origins"),
        ({"origins": ["https://shop.example/path"]}, "origins"),
        ({"origins": ["https://*.example"]}, "origins"),
        ({"origins": ["https://*"]}, "origins"),
        ({"origins": ["https://shop.*.example"]}, "origins"),
        ({"origins": ["https://user@shop.example"]}, "origins"),
        ({"origins": ["ftp://shop.example"]}, "origins"),
        ({"filters": {"tenant": "a"}}, "filters"),
        ({"filters": {"brand": []}}, "filters"),
        ({"filters": {"in_stock": "yes"}}, "filters"),
        ({"filters": {"brand": [str(number) for number in range(51)]}}, "filters"),
        ({"currency": "euro"}, "currency"),
        ({"rate": 0}, "rate"),
    ],
)
@pytest.mark.parametrize("make", [publishable, signed_key])
def test_a_key_that_could_not_hold_is_not_made(make: Callable[..., str], terms: Any, says: str) -> None:
    with pytest.raises(ImproperKey) as refused:
        make(**terms)
    assert refused.value.parameter == says


def test_a_secret_key_has_no_origins_and_a_name_and_no_past() -> None:
    for terms in ({"secret": True, "origins": ["https://a.example"]}, {"expires_at": timezone.now()}):
        with pytest.raises(ImproperKey):
            make_key("key", **terms)
    with pytest.raises(ImproperKey):
        make_key(" ")
    for life in (timedelta(0), timedelta(days=32)):
        with pytest.raises(ImproperKey):
            signed_key(expires_in=life)


def test_a_picture_is_searched_with_a_key(globex: list[Product], client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("red.png", picture_bytes("red"), content_type="image/png")
    answer = client.post(
        reverse("product_search:search"),
        {"picture": upload},
        headers=bearer(signed_key(filters={"brand": "acme"})),
    )
    assert answer.status_code == 200
    assert {hit["id"] for hit in answer.json()["hits"]}.isdisjoint(product.pk for product in globex)


def test_the_page_on_keys_does_what_it_says(shop: list[Product], client: Client) -> None:
    page = (doc_text.ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    said: dict[str, Any] = {}
    for block in doc_text.blocks(page, "python"):
        exec(block.text, said)  # noqa: S102 - our own page
    key = ApiKey.objects.get()
    assert (key.name, key.rate, key.filters) == ("Storefront of Acme", 3000, {"brand": ["acme"]})
    lines = doc_text.commands(page)
    assert len(lines) == 2
    for line in lines:
        _, address, *rest = shlex.split(line.replace("$SHOP", "/search").replace("$KEY", said["token"]))
        headers = dict(rest[1].split(": ") for _ in rest[:1])
        answer = client.get(address, headers=headers)
        assert (answer.status_code, answer.json()["total"]) == (200, 4), line
