"""How soon a save is found: products are renamed at a steady pace, and each new name is searched until it is found."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.retrieval import SearchRequest, search

#: A name that is not found for so long counts as one that took this long.
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Renamed:
    """A product's new name, of which one word stands nowhere else, and when its commit returned."""

    product: int
    word: str
    at: float


def run(saves: int, per_second: float, seed: int, found: Path) -> None:
    """Write the seconds from each commit to the first search that shows it, in the order of the saves, as JSON."""
    _until_found(1, per_second, seed - 1)  # the worker and this process have loaded the model
    found.write_text(json.dumps(_until_found(saves, per_second, seed)), encoding="utf-8")


def _until_found(saves: int, per_second: float, seed: int) -> list[float]:
    """The seconds that each of `saves` took."""
    waiting: deque[Renamed] = deque()
    writer = threading.Thread(target=_rename, args=(saves, per_second, seed, waiting))
    writer.start()
    seconds: list[float] = []
    while writer.is_alive() or waiting:
        if not waiting:
            time.sleep(0.005)
            continue
        renamed = waiting[0]
        hits = search(SearchRequest(q=renamed.word), SearchScope(language="en")).hits
        took = time.monotonic() - renamed.at
        if any(hit.product.pk == renamed.product for hit in hits) or took > PATIENCE_S:
            seconds.append(took)
            waiting.popleft()
    return seconds


def _rename(saves: int, per_second: float, seed: int, waiting: deque[Renamed]) -> None:
    rng = random.Random(seed)
    products = list(Product.objects.filter(published=True).order_by("pk").values_list("pk", flat=True))
    # One after the other: a product that is renamed again before it was found would never be.
    rng.shuffle(products)
    begun = time.monotonic()
    for number in range(saves):
        time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        word = "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=12))
        with transaction.atomic():
            product = Product.objects.get(pk=products[number % len(products)])
            product.name = f"{product.name.split(' ~')[0]} ~ {word}"
            product.save()
        waiting.append(Renamed(product.pk, word, time.monotonic()))
    connection.close()
