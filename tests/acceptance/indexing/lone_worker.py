"""A worker's loop in a process of its own, with an encoder that costs nothing: `python -m ...` indexes what waits.

Says "ready" and begins when it is told anything. Then a line of JSON for every thousand products: how many, after how
many seconds, and this process's memory.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import django
import numpy as np
import psutil

EVERY = 1000


class FreeEncoder:
    """Unit vectors from a table, the next row for the next input: each is another, and none is computed."""

    def __init__(self, dim: int) -> None:
        from product_search.encoders import HashEncoder

        self.info = replace(HashEncoder(dim).info, image_size=224)  # ViT-B-32's
        rows = np.random.default_rng(0).standard_normal((4096, dim)).astype(np.float32)
        self._rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        self._next = 0

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Any:
        """`(n, dim)` float32, rows of length 1."""
        found = self._rows.take(range(self._next, self._next + len(texts)), axis=0, mode="wrap")
        self._next += len(texts)
        return found

    def encode_images(self, images: Sequence[Any], *, batch_size: int = 32) -> Any:
        """`(n, dim)` float32, rows of length 1."""
        return self.encode_texts([""] * len(images))


def main() -> None:
    django.setup()
    from product_search import encoders
    from product_search.indexing import index_pending, work

    encoders.loading.HashEncoder = FreeEncoder  # type: ignore[assignment]
    work.prepare("default")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    begun, said = time.monotonic(), 0

    def tell(report: Any) -> None:
        nonlocal said
        if report.products // EVERY > said // EVERY:
            said = report.products
            print_line(report.products)

    def print_line(products: int) -> None:
        memory = psutil.Process().memory_info().rss
        line = {"products": products, "seconds": time.monotonic() - begun, "bytes": memory}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    report = index_pending(progress=tell)
    if report.failed:
        raise SystemExit(f"{len(report.failed)} products failed: {next(iter(report.failed.values()))}")
    print_line(report.products)


if __name__ == "__main__":
    main()
