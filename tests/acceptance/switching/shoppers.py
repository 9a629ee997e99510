"""Shoppers who search for titles all the time: a line of JSON for each search, judged by what both models must say.

`python -m tests.acceptance.switching.shoppers THREADS PAUSE_SECONDS FILE`; ends when its input does.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from typing import IO, Any

import django
from django.conf import settings
from django.db import connections

#: How far a stored halfvec may be from the vector it was made of.
CLOSE = 0.01


def main(threads: int, pause: float, out: IO[str]) -> None:
    """Search until standard input ends."""
    settings.DATABASES["default"] = settings.SHOPPERS_DATABASE  # type: ignore[misc]
    django.setup()
    from catalog.models import Product, ProductImage

    titles = dict(Product.objects.filter(published=True).values_list("pk", "name"))
    pictures = dict(ProductImage.objects.values_list("product", "image"))
    connections.close_all()
    stop = threading.Event()
    lock = threading.Lock()

    def shop(number: int) -> None:
        rng = random.Random(number)
        keys = sorted(titles)
        while not stop.is_set():
            line = json.dumps(one_search(rng.choice(keys), titles, pictures))
            with lock:
                out.write(line + "\n")
                out.flush()
            stop.wait(pause)

    running = [threading.Thread(target=shop, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in running:
        thread.join()


def one_search(key: int, titles: dict[int, str], pictures: dict[int, str]) -> dict[str, Any]:
    """When it began and ended (`time.time()`), its error, its notices, and the models that its scores come from."""
    from product_search.documents import SearchScope
    from product_search.retrieval import SearchRequest, search

    begun, started = time.time(), time.perf_counter()
    said: dict[str, Any] = {"at": begun, "error": "", "notices": [], "models": []}
    try:
        answer = search(SearchRequest(titles[key], per_page=10), SearchScope(language="en"))
    except Exception as error:  # the test counts them
        said["error"] = f"{type(error).__name__}: {error}"
        return said | {"ms": (time.perf_counter() - started) * 1000, "ended": time.time()}
    said |= {"ms": (time.perf_counter() - started) * 1000, "ended": time.time()}
    said["notices"] = list(answer.notices)
    said["found"] = key in [hit.key for hit in answer.hits]
    said["models"] = sorted(models_of(titles[key], answer.hits, titles, pictures))
    return said


def models_of(query: str, hits: Any, titles: dict[int, str], pictures: dict[int, str]) -> set[str]:
    """By the scores of every hit: "64" or "65" where only that model gives it, "none" where neither does."""
    from . import seasons

    models: set[str] = set()
    for hit in hits:
        for leg, other in (("text-text", titles.get(hit.key)), ("text-picture", pictures.get(hit.key))):
            score = hit.legs.get(leg)
            if score is None or other is None:
                continue
            fits = set()
            for season in (64, 65):
                stored = seasons.of_text(season, other) if leg == "text-text" else picture(season, other)
                if abs(float(seasons.of_text(season, query) @ stored) - score.raw) < CLOSE:
                    fits.add(str(season))
            if not fits:
                models.add("none")
            elif len(fits) == 1:
                models |= fits
    return models


_pictures: dict[tuple[int, str], Any] = {}


def picture(season: int, name: str) -> Any:
    """The vector of a stored file in a season."""
    from django.core.files.storage import default_storage
    from PIL import Image

    from . import seasons

    if (season, name) not in _pictures:
        with default_storage.open(name, "rb") as file:
            _pictures[season, name] = seasons.of_picture(season, Image.open(file))
    return _pictures[season, name]


if __name__ == "__main__":
    with open(sys.argv[3], "w", encoding="utf-8") as log:
        main(int(sys.argv[1]), float(sys.argv[2]), log)
