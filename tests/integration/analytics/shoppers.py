"""Shoppers by chance: searches, and what follows them, with all that makes counting hard."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from product_search.analytics import days
from product_search.analytics.writing import mark_uncounted
from product_search.models import SearchEvent, ShopperEvent

FIRST = datetime(2026, 3, 1, 20, tzinfo=UTC)
QUERIES = ("lamp", "red lamp", "mug", "", "blue mug 2")


def events(seed: int, count: int = 250) -> list[SearchEvent | ShopperEvent]:
    """So many events over two days and three hours, in no order: sessions that overlap, hits told twice, searches that
    nobody knows, orders of products that nobody clicked.
    """
    draw = random.Random(seed)
    sessions = [uuid.UUID(int=draw.getrandbits(128)) for _ in range(12)] + [None]
    searches: list[SearchEvent] = []
    found: list[SearchEvent | ShopperEvent] = []
    for _ in range(count):
        at = FIRST + timedelta(minutes=draw.randrange(0, 51 * 60))
        if not searches or draw.random() < 0.4:
            shown = draw.sample(range(1, 9), draw.randrange(0, 6))
            searches.append(
                SearchEvent(
                    search_id=uuid.UUID(int=draw.getrandbits(128)),
                    at=at,
                    session=draw.choice(sessions),
                    language=draw.choice(("en", "de")),
                    channel=draw.choice(("", "app")),
                    segment=draw.choice(("", "", "trade")),
                    kind=draw.choice(("words", "words", "both", "browse")),
                    words=draw.choice(QUERIES),
                    filters=draw.choice(
                        ({}, {"colour": ["red", "blue"]}, {"colour": ["red"], "price": ["..5"]})
                    ),
                    page=draw.choice((1, 1, 1, 2)),
                    total=len(shown) and 50,
                    took_ms=draw.uniform(0.2, 900),
                    shown=shown,
                    shown_from=draw.choice((1, 25)),
                )
            )
            found.append(searches[-1])
            continue
        search = draw.choice(searches)
        kind = draw.choice(("view", "click", "click", "click", "cart", "order"))
        after = search.at + timedelta(minutes=draw.choice((1, 1, 5, 30, 300, 1400, 1500)))
        ordered = kind == "order"
        found.append(
            ShopperEvent(
                at=draw.choice((after, after, at)),
                session=draw.choice((search.session, search.session, draw.choice(sessions))),
                kind=kind,
                product=draw.choice(search.shown or [9]),
                search_id=draw.choice((search.search_id, search.search_id, None, uuid.uuid4())),
                position=draw.choice((None, 1, 7)),
                quantity=draw.choice((1, 2)),
                amount=Decimal(draw.randrange(100, 9000)) / 100 if ordered and draw.random() < 0.9 else None,
                currency=draw.choice(("EUR", "EUR", "USD")) if ordered else "",
                order=uuid.UUID(int=draw.randrange(8)) if ordered and draw.random() < 0.8 else None,
            )
        )
    draw.shuffle(found)
    return found


def happen(some: list[SearchEvent | ShopperEvent]) -> None:
    """These events are recorded now, whenever they were."""
    SearchEvent.objects.bulk_create([event for event in some if isinstance(event, SearchEvent)])
    ShopperEvent.objects.bulk_create([event for event in some if isinstance(event, ShopperEvent)])
    mark_uncounted({days.day_of(event.at) for event in some}, using="default")
