"""Many people at once: threads with connections of their own, who save the same products in every way there is."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections, transaction

from catalog.models import Collection, Product

from .conftest import add_picture, png, save_and_take_back

COLOURS = ("red", "green", "blue", "orange", "white", "black")


def together(count: int, work: Callable[[int], int]) -> int:
    """Run `work(number)` in `count` threads that begin at the same moment; returns the sum of what they return."""
    gate = threading.Barrier(count)

    def one(number: int) -> int:
        try:
            gate.wait(60)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(one, range(count)))


def save_at_random(keys: Sequence[int], collection: Collection, *, saves: int, seed: int) -> int:
    """Save products of `keys` `saves` times: in and out of transactions, taken back, pictures, a many-to-many set."""
    chance = random.Random(seed)
    for number in range(saves):
        product = Product.objects.get(pk=chance.choice(keys))
        product.name = f"Mug {seed} {number}"
        match chance.randrange(6):
            case 0:
                product.save()
            case 1:
                with transaction.atomic():
                    product.save(update_fields=["name", "updated_at"])
            case 2:
                save_and_take_back(product, "Never")
            case 3:
                with transaction.atomic():
                    save_and_take_back(product, "Never either")
                    product.save()
            case 4:
                if not product.images.exists():
                    add_picture(product, png(chance.choice(COLOURS)))
                elif image := product.images.order_by("?").first():
                    image.delete()
            case 5:
                with transaction.atomic():
                    # Both lock the same row first: otherwise the shop's own two writes wait for each other.
                    Product.objects.select_for_update().get(pk=product.pk)
                    if chance.random() < 0.5:
                        collection.products.add(product)
                    else:
                        collection.products.remove(product)
    return saves


@contextlib.contextmanager
def no_longer_than(milliseconds: int) -> Iterator[None]:
    """Within it, a statement of this connection that waits longer for a lock fails."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{int(milliseconds)}ms'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def deadlocks() -> int:
    """How many this database has had since it was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
