"""A product that is held back: no endpoint says a word of it, also by its key, until somebody releases it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client, override_settings
from django.urls import reverse

from catalog.models import Brand, Category, Collection, Product, ProductImage
from product_search.models import Completion
from product_search.moderation import decide
from product_search.testing import index_now

from .conftest import Ask, fill, picture_bytes

#: What this product alone says.
WORDS = ("zorbling", "quixley", "glimmerwick")


#: How each endpoint of the schema is asked: view, key in the address, and parameters; and PICTURE is the product's.
PICTURE, HELD, OTHER = "a picture", "its key", "another's key"
ASKED: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "/v1/search": (
        ("search", "", {}),
        ("search", "", {"q": "zorbling"}),
        ("search", "", {"q": "zorblng", "highlight": "true"}),
        ("search", "", {"q": "quixley lantern"}),
        ("search", "", {"filter.brand": "quixley"}),
        ("search", "", {"filter.category": "glimmerwick"}),
        ("search", "", {"like": HELD}),
        ("search", "", {"q": "mug", "like": HELD}),
        ("search", "", {"q": "lantern", "picture": PICTURE}),
        ("search", "", {"picture": PICTURE}),
    ),
    "/v1/searches": (
        ("searches", "", {"searches": [{"q": "zorbling"}, {"where": [["brand:quixley"]]}, {"like": [HELD]}]}),
        ("searches", "", {"searches": [{"q": "lantern", "highlight": True}, {"per_page": 0}]}),
    ),
    "/v1/facets/{name}": (
        ("facet", "brand", {}),
        ("facet", "brand", {"q": "zorbling", "matching": "quix"}),
        ("facet", "category", {"matching": "glimmerwick"}),
    ),
    "/v1/products/{id}/similar": (("similar", HELD, {}), ("similar", OTHER, {})),
    "/v1/recommend": (
        ("recommend", "", {"for": HELD, "by": "look"}),
        ("recommend", "", {"for": OTHER, "by": "look"}),
        ("recommend", "", {"for": OTHER, "complements": "true", "filter.in_stock": "true"}),
    ),
    "/v1/why-not": (("why_not", "", {"q": "lantern", "product": HELD}),),
    "/v1/suggest": tuple(("suggest", "", {"q": q}) for q in ("zor", "quix", "glim", "zorblng", "lant")),
    "/v1/related": (("related", "", {"q": "lantern"}), ("related", "", {"q": "lamp lantern"})),
    "/v1/tags": (("tags", "", {"picture": PICTURE}),),
    "/v1/products/{id}/cover": (("cover", HELD, {"q": "mug"}), ("cover", OTHER, {"q": "zorbling"})),
    "/v1/classify": (
        ("classify", "", {"picture": PICTURE}),
        ("classify", "", {"picture": PICTURE, "labels": "mug"}),
    ),
    "/v1/media": (("media", "", {"text": "mug"}), ("media", "", {"text": "A zorbling lantern mug."})),
    "/v1/media/rank": (("rank_pictures", "", {"picture": PICTURE, "text": "mug"}),),
    "/v1/health": (("health", "", {}),),
    "/v1/live": (("live", "", {}),),
    "/v1/ready": (("ready", "", {}),),
    "/v1/metrics": (("metrics", "", {}),),
    "/v1/schema": (("schema", "", {}),),
    "/v1/events": (("events", "", {}),),
}
#: Endpoints that speak of the product while it is not held; the others have nothing to say of it.
SPEAKING = {
    "/v1/search",
    "/v1/searches",
    "/v1/facets/{name}",
    "/v1/products/{id}/similar",
    "/v1/recommend",
    "/v1/suggest",
    "/v1/related",
    "/v1/classify",
}


@pytest.fixture
def lantern(db: None, tmp_path: Path) -> Iterator[Product]:
    """A mug with words of its own and the picture of one of the eight products beside it."""
    with override_settings(MEDIA_ROOT=tmp_path):
        fill()
        product = Product.objects.create(
            sku="Z1",
            name="Zorbling lantern mug",
            category=Category.objects.create(slug="glimmerwick", path="glimmerwick", name="Glimmerwick"),
            brand=Brand.objects.create(name="Quixley", slug="quixley"),
            price=7,
            stock=3,
            popularity=1000,
        )
        picture = ContentFile(picture_bytes("yellow"), name="one.png")
        ProductImage.objects.create(product=product, image=picture, position=0)
        Collection.objects.create(slug="c", name="Things").products.add(
            product, Product.objects.get(sku="P5")
        )
        index_now()
        for query in ("zorbling lantern", "lantern by quixley"):
            Completion.objects.create(language="en", query=query, sessions=50)
        yield product


def said_of(product: Product, path: str) -> list[str]:
    """What the endpoint says of the product, however it is asked; words of the question don't count, nor its key."""
    client = Client(raise_request_exception=False)
    other = Product.objects.get(sku="P5").pk
    keys = {HELD: str(product.pk), OTHER: str(other)}
    found = []
    for name, key, data in ASKED[path]:
        address = reverse(f"product_search:{name}", args=[keys.get(key, key)] if key else [])
        asked = json.dumps(data)
        if "searches" in data:
            sent: dict[str, Any] = json.loads(asked.replace(HELD, keys[HELD]))
            answer = client.post(address, sent, content_type="application/json")
            found += [f"{sent}: {text}" for text in said_in(answer, product, asked)]
            continue
        sent = {each: keys.get(value, value) for each, value in data.items()}
        if "picture" in data:
            sent["picture"] = ContentFile(picture_bytes("yellow"), name="one.png")
        answer = (client.post if {"picture", "text"} & set(data) else client.get)(address, sent)
        found += [f"{sent}: {text}" for text in said_in(answer, product, asked)]
    return found


def said_in(answer: Any, product: Product, asked: str) -> list[str]:
    """The product's own words in an answer, but for those that were `asked`, and that it is among what is shown."""
    assert answer.status_code < 500, (asked, answer.content)
    text = answer.content.decode().lower()
    found = [word for word in WORDS if word in text and word not in asked]
    if answer.status_code == 200 and answer["Content-Type"] == "application/json":
        for body in answer.json().get("answers", [answer.json()]):
            shown = [*body.get("hits", ()), *body.get("near", ()), *body.get("products", ())]
            found += ["hit" for hit in shown if str(hit["id"]) == str(product.pk)]
    return found


def test_every_endpoint_is_asked(get: Ask, db: None) -> None:
    assert set(ASKED) == set(get("schema").json()["paths"])


@pytest.mark.parametrize("path", ASKED)
def test_a_held_product_is_absent_until_it_is_released(lantern: Product, path: str) -> None:
    assert bool(said_of(lantern, path)) == (path in SPEAKING)
    decide(lantern.pk, "held", who="anna", why="not ours to sell")
    assert said_of(lantern, path) == []
    decide(lantern.pk, "released", who="anna", why="a licence came")
    assert bool(said_of(lantern, path)) == (path in SPEAKING)


def test_by_its_key_it_is_as_unknown_as_one_that_never_was(lantern: Product) -> None:
    decide(lantern.pk, "held", who="anna")
    client = Client(raise_request_exception=False)
    for name, data in (("similar", ""), ("cover", "q"), ("recommend", "for"), ("search", "like")):
        answers = []
        for key in (lantern.pk, 987_654):
            args = [str(key)] if name in ("similar", "cover") else []
            sent: dict[str, Any] = {data: str(key)} if data else {}
            answer = client.get(reverse(f"product_search:{name}", args=args), sent)
            body = answer.json()
            body.pop("instance", None)
            answers.append((answer.status_code, body))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_staff_is_told_why_it_is_not_found(lantern: Product, admin_client: Client) -> None:
    decide(lantern.pk, "held", who="anna")
    address = reverse("product_search:why_not")
    found = admin_client.get(address, {"q": "lantern", "product": str(lantern.pk)}).json()
    assert (found["step"], found["reason"]) == (
        "held",
        "It is held back by moderation, until somebody releases it.",
    )


def test_a_list_that_was_begun_before_goes_on_without_it(lantern: Product, get: Ask) -> None:
    Product.objects.filter(pk=lantern.pk).update(popularity=1)  # the last one
    first = get("search", per_page=5, cursor="new").json()
    decide(lantern.pk, "held", who="anna")
    rest = get("search", per_page=5, cursor=first["next"]).json()
    assert [len(first["hits"]), len(rest["hits"])] == [5, 3]
    assert lantern.pk not in [hit["id"] for hit in rest["hits"]]
