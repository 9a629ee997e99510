"""What a publishable key can never see, asked of every endpoint there is: a shop with another tenant and a draft, each
with words that nobody else has, answers this tenant's key as the shop without them did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from catalog.models import Brand, Category, Collection, CollectionProduct, Product, ProductImage
from product_search.api import schema
from product_search.documents import document
from product_search.keys import signed_key
from product_search.models import Attribute, AttributeValue, Completion, Tag
from tests import database

from .conftest import picture_bytes

pytestmark = pytest.mark.django_db

#: What each one's products alone say: title, description, brand, category, collection and a tag.
WORDS = {
    "acme": ("zorbling", "glimmerwick", "acme", "lumina", "festoon", "ochre"),
    "globex": ("vexilar", "murkstone", "globex", "gloomery", "shadowset", "umbra"),
    "draft": ("draftonia", "whisperoak", "hushhush", "secretia", "unborn", "inkfall"),
}
THEIRS = [word for name in ("globex", "draft") for word in WORDS[name]]
#: Keys of their products begin above these, so that one can be asked for before there is one.
KEYS = {"acme": 1_000_000, "globex": 2_000_000, "draft": 3_000_000}
PRICES = {"acme": 17, "globex": 29, "draft": 93}
COLOURS = {"acme": "red", "globex": "blue", "draft": "green"}
#: Says less of one than of another, for all see the same.
SHOP = "tests.integration.retrieval.shelf.ShelfDocument"

#: Answers of each endpoint that the other tenant asks for.
FEW = 6

#: One request: what is after `v1/`, and a body or None.
Asked = tuple[str, Any]


def make(name: str) -> None:
    """Three lamps of a tenant, and what its shoppers have searched for."""
    title, described, brand, category, collection, tag = WORDS[name]
    stands = Category.objects.create(slug=category, path=category, name=category.title())
    makes = Brand.objects.create(slug=brand, name=brand.title())
    gathered = Collection.objects.create(slug=collection, name=collection.title())
    for number in range(3):
        product = Product.objects.create(
            pk=KEYS[name] + number,
            sku=f"{name}-{number}",
            slug=f"{name}-{number}",
            name=f"{title.title()} lamp",
            description=f"A lamp of {described}, number {number}.",
            brand=makes,
            category=stands,
            price=PRICES[name],
            currency="EUR",
            stock=5,
            published=name != "draft",
        )
        CollectionProduct.objects.create(collection=gathered, product=product)
        Tag.objects.create(product=product.pk, attribute="style", value=tag, state="accepted", probability=1)
        ProductImage.objects.create(
            product=product,
            position=0,
            image=ContentFile(picture_bytes(COLOURS[name]), name=f"{name}-{number}.png"),
        )
    for query in (title, f"{title} lamp", f"lamp {described}", f"{brand} lamp"):
        Completion.objects.create(query=query, language="en", sessions=50)


def picture(name: str = "globex") -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.png", picture_bytes(COLOURS[name]), content_type="image/png")


def search() -> Iterator[str]:
    """Addresses that might make a search speak of others: their words as they are, with slips, in quotes, left out,
    beside one that all say; and their values as filters.
    """
    for name in ("globex", "draft"):
        title, _, brand, category, collection, tag = WORDS[name]
        forms = (title[:3] + title[4:], f'"{title} lamp"', f"lamp -{title}", f"{title}lamp")
        words = [*WORDS[name], f"lamp {title}", f"lamp {brand}"]
        yield from (f"search?highlight=true&q={query}" for query in (*words, *forms))
        price = f"{PRICES[name] - 1}..{PRICES[name] + 1}"
        for chosen in (
            f"brand={brand}",
            f"category={category}",
            f"collection={collection}",
            f"price={price}",
        ):
            yield f"search?q=lamp&filter.{chosen}"
        yield f"search?filter.style={tag}"
    yield from ("search", "search?q=lamp", "search?q=lamp under 30", "search?q=lamp&explain=true")
    yield from (f"search?like={key}" for key in others())


def others() -> list[int]:
    """Keys of what is not this tenant's."""
    return [KEYS["globex"], KEYS["draft"] + 2]


def mine() -> int:
    return KEYS["acme"]


def gets(*addresses: str) -> list[Asked]:
    return [(address, None) for address in addresses]


def posts(path: str, *bodies: Any) -> list[Asked]:
    return [(path, body) for body in bodies]


#: How each endpoint is asked for what it must not say. One that is not here fails the test: tell it how to ask.
ASKED: dict[tuple[str, str], Callable[[], list[Asked]]] = {
    ("/v1/search", "get"): lambda: gets(*search()),
    ("/v1/search", "post"): lambda: posts(
        "search",
        {"picture": picture()},
        {"picture": picture("draft"), "q": "lamp"},
        *({"q": word, "filters": {"in_stock": True}} for word in THEIRS[::4]),
    ),
    ("/v1/searches", "post"): lambda: posts(
        "searches",
        {"searches": [{"q": word, "facets": ["brand", "style"]} for word in THEIRS]},
        {
            "searches": [
                {"where": [[f"{sign}{facet}:{value}"], ["price:..200"]], "per_page": 0}
                for name in ("globex", "draft")
                for sign in ("", "-")
                for facet, value in zip(
                    ("brand", "category", "collection", "style"), WORDS[name][2:], strict=True
                )
            ]
        },
        {"searches": [{"q": "lamp", "where": [["-brand:globex"], ["-style:umbra", "brand:globex"]]}]},
    ),
    ("/v1/facets/{name}", "get"): lambda: gets(
        *(f"facets/{name}" for name in document().facets),
        *(
            f"facets/{facet}?matching={WORDS[name][at][:3]}"
            for name in ("globex", "draft")
            for at, facet in enumerate(("brand", "category", "collection", "style"), start=2)
        ),
        "facets/brand?filter.brand=globex",
        "facets/category?filter.category=gloomery&q=lamp",
    ),
    ("/v1/products/{id}/similar", "get"): lambda: gets(
        f"products/{mine()}/similar", *(f"products/{key}/similar" for key in others())
    ),
    ("/v1/products/{id}/cover", "get"): lambda: gets(
        f"products/{mine()}/cover?q=vexilar", *(f"products/{key}/cover?q=lamp" for key in others())
    ),
    ("/v1/recommend", "get"): lambda: gets(
        f"recommend?for={mine()}",
        f"recommend?for={mine()}&complements=true",
        f"recommend?for={mine()}&filter.brand=globex",
        *(f"recommend?for={key}" for key in others()),
    ),
    ("/v1/why-not", "get"): lambda: gets(*(f"why-not?q=lamp&product={key}" for key in others())),
    ("/v1/suggest", "get"): lambda: gets(
        "suggest",
        "suggest?q=l",
        "suggest?q=lamp ",
        *(f"suggest?q={word[:3]}" for word in THEIRS),
        *(f"suggest?q=lamp {word[:3]}" for word in THEIRS[::3]),
        *(f"suggest?q={word[:2] + word[3:]}" for word in ("vexilar", "draftonia")),
    ),
    ("/v1/related", "get"): lambda: gets(
        "related?q=lamp", *(f"related?q={word} lamp" for word in THEIRS[::3])
    ),
    ("/v1/events", "post"): lambda: posts(
        "events", *({"events": [{"kind": "view", "product": key}]} for key in others())
    ),
    ("/v1/tags", "post"): lambda: posts("tags", *({"picture": picture(name)} for name in COLOURS)),
    ("/v1/classify", "post"): lambda: posts(
        "classify",
        {"picture": picture()},
        {"picture": picture("draft")},
        {"text": "vexilar lamp", "labels": ["vexilar", "lamp", "draftonia", "zorbling"]},
    ),
    ("/v1/media", "post"): lambda: posts(
        "media", *({"text": f"A lamp. {word.title()} lamps of today."} for word in THEIRS[::3])
    ),
    ("/v1/media/rank", "post"): lambda: posts(
        "media/rank", {"text": "a vexilar lamp", "picture": [picture(), picture("draft")]}
    ),
    ("/v1/health", "get"): lambda: gets("health"),
    ("/v1/live", "get"): lambda: gets("live"),
    ("/v1/ready", "get"): lambda: gets("ready"),
    ("/v1/metrics", "get"): lambda: gets("metrics"),
    ("/v1/schema", "get"): lambda: gets("schema"),
}
ENDPOINTS = [(path, method) for path, each in schema.stored()["paths"].items() for method in each]


def asked(path: str, method: str, token: str, most: int | None = None) -> list[str]:
    """All answers of an endpoint to a key, or so many at most: status, and problem or data, as text."""
    client = Client(raise_request_exception=False)
    said = []
    for address, body in ASKED[path, method]()[:most]:
        url, _, query = address.partition("?")
        mount = reverse("product_search:schema").removesuffix("schema")
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        options: dict[str, Any] = {"headers": headers, "QUERY_STRING": query}
        if body is None:
            answer = client.get(mount + url, **options)
        elif "picture" in body:
            answer = client.post(mount + url, body, **options)
        else:
            answer = client.post(mount + url, json.dumps(body), content_type="application/json", **options)
        written = json.dumps({name: value for name, value in (body or {}).items() if name != "picture"})
        said.append(f"{address} {written}\n{answer.status_code} {answer.content.decode()}")
    return said


def plain(said: str) -> str:
    """An answer without what differs between two that say the same: times, ids, and a score, which is weighed by how
    common words are in the whole shop, but for those that nobody visible says.
    """
    passing = r'"(took_ms|search_id|score|instance)": (null|"[^"]*"|[-\d.e]+),?'
    return re.sub(passing, "", said)


@pytest.fixture(scope="module")
def answers(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], tuple[list[str], list[str], list[str]]]]:
    """By endpoint, what a key of one tenant is answered: alone in the shop, and beside the others; and what a key of
    the other is.
    """
    from django.conf import settings

    from product_search.testing import index_now

    search = {**settings.PRODUCT_SEARCH, "DOCUMENT": SHOP}
    media = tmp_path_factory.mktemp("media")
    with override_settings(MEDIA_ROOT=media, PRODUCT_SEARCH=search), django_db_blocker.unblock():
        try:
            Attribute.objects.create(name="style", label="Style")
            for *_, tag in WORDS.values():  # one vocabulary for all
                AttributeValue.objects.create(attribute=Attribute.objects.get(), value=tag, label=tag.title())
            make("acme")
            index_now()
            own, theirs = (signed_key(filters={"brand": name}) for name in ("acme", "globex"))
            known = [each for each in ENDPOINTS if each in ASKED]
            alone = {each: [plain(said) for said in asked(*each, own)] for each in known}
            make("globex")
            make("draft")
            index_now()
            beside = {each: [plain(said) for said in asked(*each, own)] for each in known}
            yield {each: (alone[each], beside[each], asked(*each, theirs, most=FEW)) for each in known}
        finally:
            database.empty()


@pytest.mark.parametrize(("path", "method"), ENDPOINTS)
def test_nothing_of_another_tenant_or_a_draft_is_said(answers: Any, path: str, method: str) -> None:
    assert (path, method) in ASKED, f"tell ASKED how to ask {method.upper()} {path} for what it must not say"
    alone, beside, _ = answers[path, method]
    for before, after in zip(alone, beside, strict=True):
        assert after == before
    for said in beside:
        request, _, answer = said.partition("\n")
        assert not [word for word in THEIRS if word in answer and word not in request.lower()], said


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/search", "get"),
        ("/v1/search", "post"),
        ("/v1/searches", "post"),
        ("/v1/facets/{name}", "get"),
        ("/v1/suggest", "get"),
        ("/v1/related", "get"),
        ("/v1/tags", "post"),
        ("/v1/products/{id}/similar", "get"),
        ("/v1/products/{id}/cover", "get"),
        ("/v1/recommend", "get"),
        ("/v1/classify", "post"),
    ],
)
def test_the_other_tenant_is_told_of_itself(answers: Any, path: str, method: str) -> None:
    """Else the test above could not fail."""
    alone, _, theirs = answers[path, method]
    assert [plain(said) for said in theirs] != alone[:FEW]


def test_the_document_has_all_that_is_asked_for() -> None:
    assert {"brand", "category", "collection", "price", "in_stock", "style"} <= set(document().facets) | {
        "collection",
        "style",
    }
