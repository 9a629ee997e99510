"""How many products a batch takes, by what the last ones had and took."""

from __future__ import annotations

from dataclasses import dataclass

from ..conf import settings

#: Products in the first batch of a run.
FIRST_BATCH = 8
#: What a person saves waits for the batch at work, and for the one that is read meanwhile.
BATCH_SECONDS = 5.0


@dataclass
class Pace:
    """How many products the next batch takes: as many as have BATCH_BYTES and are done within BATCH_SECONDS by what the
    last ones had and took, and BATCH_PRODUCTS at most.

    It begins small and doubles, so that heavy products are met by a few and not by a whole batch.
    """

    products: int = 0
    _in_time: float = float("inf")

    def __post_init__(self) -> None:
        self.products = min(FIRST_BATCH, settings().batch_products)

    def saw(self, products: int, size: int) -> None:
        """Learn from a batch of `products` whose texts and files had `size` bytes."""
        conf = settings()
        fitting = products * conf.batch_bytes // max(size, 1)
        self.products = max(1, int(min(2 * self.products, fitting, self._in_time, conf.batch_products)))

    def took(self, products: int, seconds: float) -> None:
        """Learn how long a batch of `products` kept those that came after it waiting."""
        self._in_time = products * BATCH_SECONDS / max(seconds, 1e-6)
