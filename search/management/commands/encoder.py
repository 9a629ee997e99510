"""`manage.py encoder`: what the model is and costs here, and the one way in which its files are downloaded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache
from statistics import median
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from PIL import Image

from ... import encoders
from ...conf import settings
from ...errors import ProductSearchError

_TIMED_RUNS = 5


class Command(BaseCommand):
    """Thin adapter over `product_search.encoders`; needs no database."""

    help = "Show the model of ENCODER with its size and speed, or download its files."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="info|fetch|export|serve")
        for action, meaning in (
            ("info", "name, digest, sizes, memory and milliseconds here; downloads nothing"),
            ("fetch", "download what the model needs, then prove it by loading it"),
            ("serve", "be this host's encoder process: the model for all others, at ENCODER_SOCKET"),
            (
                "export",
                "write the model for the RUNTIME of the settings, then prove that it gives the same vectors",
            ),
        ):
            subparser = actions.add_parser(action, help=meaning)
            subparser.add_argument(
                "name", nargs="?", help="a model by name; without it, ENCODER of the settings"
            )

    def handle(self, *args: Any, action: str, name: str | None, **options: Any) -> None:
        try:
            self._run(action, name or settings().encoder)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error

    def _run(self, action: str, name: str) -> None:
        begun = time.perf_counter()
        if action == "fetch":
            self.stderr.write(f"Fetching {name}; what is already here is not downloaded again.")
            encoder = encoders.fetch(name)
            encoder.encode_texts(["proof"])
            self.stdout.write(f"{name} is here and loads ({encoder.info.dim} dimensions).")
            return
        if action == "export":
            self.stderr.write(f"Exporting {name} for {settings().runtime}; this takes a minute or so.")
            folder, proof = encoders.export(name)
            self.stdout.write(
                f"{name} is in {folder}. Least cosine to torch's vectors: texts {proof.texts:.6f}, pictures "
                f"{proof.pictures:.6f}."
            )
            return
        if action == "serve":
            self._serve(name)
            return
        encoder = encoders.load(name)
        loading = time.perf_counter() - begun
        for label, value in facts(encoder, loading_s=loading).items():
            self.stdout.write(f"{label + ':':<18}{value}")

    def _serve(self, name: str) -> None:
        path = settings().encoder_socket
        if not path:
            raise CommandError(
                'PRODUCT_SEARCH["ENCODER_SOCKET"] is empty. Set it to the path of a socket that web and worker can '
                'open: "/run/shop/encoder.sock".'
            )
        load = lru_cache(maxsize=encoders.MOST_KEPT)(encoders.load)
        load(name).encode_texts(["warm up"])
        host = encoders.Host(load)
        asyncio.run(host.serve(path, lambda: self.stdout.write(f"{name} is served at {path}.")))


def facts(encoder: encoders.Encoder, *, loading_s: float) -> dict[str, str]:
    """What there is to say of a loaded encoder, label to text; encodes a few inputs to time them."""
    info = encoder.info
    told = {
        "name": info.name,
        "digest": info.digest,
        "weights": info.weights_digest,
        "preprocessing": info.preprocessing_digest,
        "dimensions": str(info.dim),
        "picture side": f"{info.image_size} px",
    }
    more = getattr(encoder, "facts", None)
    if more is not None:
        told |= {
            "context": f"{more.context_length} tokens",
            "parameters": f"{more.parameters / 1e6:.1f} million",
            "memory": f"{more.memory_bytes / 1e6:.0f} MB of weights",
            "languages": more.languages,
        }
    picture = Image.new("RGB", (info.image_size * 2, info.image_size * 2), "tan")
    return told | {
        "loading": f"{loading_s:.1f} s",
        "one query": f"{milliseconds(lambda: encoder.encode_texts(['red striped mug'])):.1f} ms",
        "one picture": f"{milliseconds(lambda: encoder.encode_images([picture])):.1f} ms",
    }


def milliseconds(work: Callable[[], object]) -> float:
    """Median of a few runs after one that warms up."""
    work()
    taken = []
    for _ in range(_TIMED_RUNS):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)
