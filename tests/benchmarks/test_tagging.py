"""What tagging a large shop costs: stored vectors against a vocabulary of 200 values, without asking the model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from product_search import encoders
from product_search.indexing import work
from product_search.indexing.copying import copy_rows
from product_search.models import Attribute, AttributeValue, Generation, Space, Tag
from product_search.tagging import run, tag_pending
from tests.acceptance import reports

SEED = 71_000_000
DIM = 512
ATTRIBUTES, SHOWN = 10, 3
pytestmark = pytest.mark.django_db


class Counted:
    """The encoder without torch, with how many texts and pictures it was given."""

    def __init__(self) -> None:
        self.encoder = encoders.hashing.HashEncoder(DIM)
        self.info = self.encoder.info
        self.asked = 0

    def encode_texts(self, texts: Any, **options: Any) -> Any:
        self.asked += len(texts)
        return self.encoder.encode_texts(texts, **options)

    def encode_images(self, images: Any, **options: Any) -> Any:
        self.asked += len(images)
        return self.encoder.encode_images(images, **options)


@pytest.fixture
def encoder(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Counted:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": f"hash:{DIM}"}
    counted = Counted()
    monkeypatch.setattr(encoders, "get_encoder", lambda *name: counted)
    return counted


def fill(products: int, values: int, encoder: Counted) -> None:
    """A vocabulary of so many `values`, and products each of whose pictures shows SHOWN of them; a text shows one."""
    work.prepare("default")
    space, generation = Space.objects.get(), Generation.objects.get()
    words = []
    for number in range(ATTRIBUTES):
        attribute = Attribute.objects.create(name=f"attribute_{number}", templates=["{}"])
        own = [
            f"value {number} {chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(values // ATTRIBUTES)
        ]
        own = [word.replace(str(number), "abcdefghij"[number]) for word in own]
        AttributeValue.objects.bulk_create(
            AttributeValue(attribute=attribute, value=word, position=at) for at, word in enumerate(own)
        )
        words.append(own)
    every = [word for own in words for word in own]
    known = encoder.encoder.encode_texts(every)
    random = np.random.default_rng(SEED)
    copy_rows(
        "default",
        "product_search_entry",
        ("product", "wanted", "done"),
        ((key, 1, 1) for key in range(1, products + 1)),
    )
    columns = ("space_id", "product", "picture", "position", "digest", "vector")
    kinds = ("bigint", "bigint", "text", "integer", "varchar", "bytea")
    copy_rows(
        "default",
        "product_search_picturevector",
        columns,
        (
            (space.pk, key, str(key), 0, f"{key:064x}", packed)
            for key, packed in shown(products, known, SHOWN, random)
        ),
        binary=kinds,
    )
    columns = ("space_id", "generation_id", "product", "language", "digest", "vector")
    kinds = ("bigint", "bigint", "bigint", "varchar", "varchar", "bytea")
    copy_rows(
        "default",
        "product_search_textvector",
        columns,
        (
            (space.pk, generation.pk, key, "en", f"{key:064x}", packed)
            for key, packed in shown(products, known, 1, random)
        ),
        binary=kinds,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def shown(products: int, known: Any, number: int, random: Any) -> Iterator[tuple[int, bytes]]:
    """Vectors of products in pgvector's binary form: each the middle of `number` values' of `known`, with noise."""
    head = DIM.to_bytes(2, "big") + b"\0\0"
    for start in range(1, products + 1, 1000):
        keys = range(start, min(start + 1000, products + 1))
        places = random.integers(0, len(known), (len(keys), number))
        rows = known[places].sum(axis=1) + random.normal(0, 0.02, (len(keys), DIM))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        for key, row in zip(keys, rows.astype(">f2"), strict=True):
            yield key, head + row.tobytes()


def measure(products: int, values: int, encoder: Counted) -> dict[str, Any]:
    fill(products, values, encoder)
    attribute = Attribute.objects.order_by("position", "name")
    attribute.update(enabled=False)
    sentences = encoder.asked
    attribute.update(enabled=True)
    run.tag_pending(seconds=0)  # the vocabulary's sentences are embedded, and temperatures fitted
    sentences, encoder.asked = encoder.asked - sentences, 0
    begun = time.perf_counter()
    done = tag_pending(again=True)
    seconds = time.perf_counter() - begun
    assert (done.complete, done.seen) == (True, products)
    return {
        "seconds": round(seconds, 1),
        "products_per_second": round(products / seconds),
        "encoder_calls": encoder.asked,
        "sentences_embedded_before": sentences,
        "suggestions": Tag.objects.count(),
    }


@pytest.mark.acceptance_size(name="tag-cost")
def test_tagging_a_large_shop(encoder: Counted) -> None:
    asked = reports.asked("tag-cost")
    found = measure(int(asked["products"]), int(asked["values"]), encoder)
    reports.write_report(
        "tag-cost",
        sizes={"products": asked["products"], "values": asked["values"], "dim": DIM},
        seeds={"vectors": SEED},
        result=found,
    )
    assert found["encoder_calls"] == 0
    assert found["seconds"] < 60
    assert found["suggestions"] > asked["products"]


def test_a_page_costs_few_statements_and_no_call_of_the_model(
    encoder: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PAGE", 100)
    found = measure(600, 200, encoder)
    assert (found["encoder_calls"], found["suggestions"] > 600) == (0, True)
    with CaptureQueriesContext(connection) as few:
        tag_pending(again=True)
    monkeypatch.setattr(run, "PAGE", 50)
    with CaptureQueriesContext(connection) as many:
        tag_pending(again=True)
    assert (len(many) - len(few)) / 6 <= 15, "six pages more"
