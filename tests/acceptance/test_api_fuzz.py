"""Whatever is sent, well formed or not: the answer is one that the schema describes, and never a failure of ours."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from schemathesis import GenerationMode

from catalog.models import Product
from product_search.conf import ACTIONS
from product_search.keys import make_key
from product_search.models import Attribute, AttributeValue
from tests.acceptance import fuzzing, reports
from tests.acceptance.conftest import CATALOGUE
from tests.integration.api import conformity
from tests.integration.api.conftest import _filled, kept_shop

__all__ = ["_filled", "kept_shop"]  # fixtures

pytestmark = pytest.mark.django_db

SEED = 90_210
#: A walk begins a cursor; so many are damaged in turn.
CURSORS = 12


@pytest.fixture
def shop(kept_shop: list[Product]) -> list[Product]:
    """Eight products, and a vocabulary of one attribute."""
    colour = Attribute.objects.create(name="colour")
    for value in ("red", "blue"):
        AttributeValue.objects.create(attribute=colour, value=value)
    return kept_shop


@pytest.fixture
def keys(shop: list[Product], settings: Any) -> dict[str, str]:
    """Authorization headers by who sends them."""
    cache.clear()
    return {
        "nobody": "",
        "publishable": f"Bearer {make_key('a page', filters={'category': 'kitchen'}, rate=10**6)[1]}",
        "secret": f"Bearer {make_key('a server', secret=True, actions=ACTIONS, rate=10**6)[1]}",
    }


class Judge:
    """Says of each answer whether the served schema describes it, and counts them."""

    def __init__(self, client: Client) -> None:
        self.document = client.get(reverse("product_search:schema")).json()
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry: Any = Registry().with_resource("urn:api", resource)
        self._validators: dict[str, Any] = {}
        self.counted = Counter[str]()

    def hold(self, response: Any, path: str, method: str, what: Any) -> str:
        """Status and code of the answer; fails where the schema knows of no such answer."""
        status = response.status_code
        assert status < 500, (status, what, response.content[:500])
        documented = self.document["paths"][path][method]["responses"][str(status)]
        media_type = response.headers["Content-Type"].partition(";")[0]
        assert media_type in documented["content"], (media_type, what)
        body = response.json()
        errors = [*self._validator(path, method, status, media_type).iter_errors(body)]
        assert not errors, (errors[0].message, what)
        told = f"{status} {body.get('code', 'answered')}"
        self.counted[told] += 1
        return told

    def _validator(self, path: str, method: str, status: int, media_type: str) -> Any:
        steps = ("paths", path, method, "responses", str(status), "content", media_type, "schema")
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
        if pointer not in self._validators:
            self._validators[pointer] = Draft202012Validator(
                {"$ref": f"urn:api#/{pointer}"}, registry=self._registry
            )
        return self._validators[pointer]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def schema_cases(keys: dict[str, str], application: Any, examples: int) -> dict[str, Any]:
    """schemathesis over all operations, as each of those who may ask, in both modes, with so many examples each."""
    counted = Counter[str]()
    schema = conformity.schema_of(application)
    for who, header in keys.items():
        for path, method in conformity.operations():
            for mode in GenerationMode:
                for status in conformity.conforms(schema[path][method], mode, examples, authorization=header):
                    counted[f"{who} {status}"] += 1
    return {"cases": sum(counted.values()), "answers": dict(sorted(counted.items()))}


def uploads(client: Client, judge: Judge, count: int) -> dict[str, Any]:
    """Damaged pictures as uploads."""
    judge.counted.clear()
    originals = fuzzing.originals(CATALOGUE / "images", max(1, count // 1000), SEED)
    chance, damages = random.Random(SEED), Counter[str]()
    for damage, data in fuzzing.damaged_pictures(originals, count, SEED + 1):
        body, content_type = fuzzing.form_of(data, chance)
        response = client.generic("POST", reverse("product_search:search"), body, content_type=content_type)
        judge.hold(response, "/v1/search", "post", (damage, len(data), content_type))
        damages[damage] += 1
    return {"answers": dict(judge.counted.most_common()), "damages": dict(damages)}


def cursors(client: Client, judge: Judge, count: int) -> dict[str, Any]:
    """Damaged cursors: only one as it was given out leads on, and only where it was begun."""
    judge.counted.clear()
    address = reverse("product_search:search")
    given = []
    for number in range(CURSORS):
        begun: dict[str, Any] = {"per_page": 1, "cursor": "new", "q": ["mug", "bowl", ""][number % 3]}
        given.append(client.get(address, begun).json()["next"])
    queries = dict(zip(given, ["mug", "bowl", ""] * CURSORS, strict=False))
    chance = random.Random(SEED)
    for cursor, whole in fuzzing.damaged_cursors(given, count, SEED + 2):
        q = chance.choice(["mug", "bowl", ""])
        asked: dict[str, Any] = {"q": q, "per_page": 1, "cursor": cursor}
        response = client.get(address, asked)
        told = judge.hold(response, "/v1/search", "get", cursor)
        if whole:
            assert told == ("200 answered" if queries[cursor] == q else "400 foreign_cursor")
        elif cursor not in ("", "new"):
            assert told in ("400 bad_cursor", "400 invalid_text", "410 cursor_expired"), (told, cursor)
    return {"answers": dict(judge.counted.most_common())}


def filters(client: Client, judge: Judge, count: int) -> dict[str, Any]:
    """Odd filters, by address and by body in turn."""
    judge.counted.clear()
    address = reverse("product_search:search")
    for query in fuzzing.odd_queries(count - count // 2, SEED + 3):
        response = client.generic("GET", address, QUERY_STRING=query)
        if "fields=" not in query:
            judge.hold(response, "/v1/search", "get", query)
        assert response.status_code < 500, query
    for body in fuzzing.odd_bodies(count // 2, SEED + 4):
        response = client.generic("POST", address, body, content_type="application/json")
        if b'"fields"' not in body:
            judge.hold(response, "/v1/search", "post", body[:500])
        assert response.status_code < 500, body[:500]
    return {"answers": dict(judge.counted.most_common())}


def hold(found: dict[str, Any]) -> None:
    """Both kinds of answers came: nothing was fuzzed that is always refused, or never."""
    for part in ("uploads", "cursors", "filters"):
        answers = found[part]["answers"]
        assert answers["200 answered"], part
        assert any(told.startswith("4") for told in answers), part
    assert not [told for part in found.values() for told in part["answers"] if " 5" in told or told[0] == "5"]


def test_a_few_of_each(client: Client, shop: list[Product]) -> None:
    judge = Judge(client)
    found = {
        "uploads": uploads(client, judge, 60),
        "cursors": cursors(client, judge, 80),
        "filters": filters(client, judge, 80),
    }
    hold(found)


@pytest.mark.acceptance_size(name="api-fuzz")
def test_api_fuzz(client: Client, keys: dict[str, str]) -> None:
    asked = reports.asked("api-fuzz")
    with conformity.application() as application:
        found = {"schema": schema_cases(keys, application, int(asked["examples"]))}
    judge = Judge(client)
    for part, fuzz in (("uploads", uploads), ("cursors", cursors), ("filters", filters)):
        found[part] = fuzz(client, judge, int(asked[part]))
    sizes = {**asked, "schema_cases": found["schema"]["cases"]}
    reports.write_report("api-fuzz", sizes=sizes, seeds={"seed": SEED}, result=found)
    hold(found)
