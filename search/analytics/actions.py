"""What the shop itself knows of: views, clicks, carts and orders. Each is one call, which waits for nothing.

A shop calls these where it happens; a frontend sends the same to `POST v1/events`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from ..conf import settings
from ..errors import ProductSearchError
from ..models import EventKind, ShopperEvent
from . import days
from .recording import put
from .records import ActionRecord
from .visitor import refuses, visitor_of

#: Bounds of the columns.
MOST_QUANTITY, MOST_AMOUNT, MOST_POSITION = 1_000_000, Decimal(10) ** 11, 1_000_000


class InvalidEvent(ProductSearchError):
    """An event that can't be recorded; `parameter` is at fault, and `detail` says what was expected."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(f"{parameter}: {detail}")
        self.parameter, self.detail = parameter, detail


@dataclass(frozen=True)
class OrderLine:
    """One product of an order. `amount` is of all `quantity` together; `search_id` where the shop kept it."""

    product: Any
    quantity: int = 1
    amount: Decimal | None = None
    search_id: str | UUID | None = None


def record_view(product: Any, *, request: HttpRequest | None = None, visitor: str = "") -> None:
    """A product's page was opened. `product` is one, or its key."""
    _record("view", [OrderLine(product)], request, visitor)


def record_click(
    product: Any,
    search_id: str | UUID | None,
    *,
    position: int | None = None,
    request: HttpRequest | None = None,
    visitor: str = "",
) -> None:
    """A hit was opened from the answer `search_id`. The same hit of the same answer counts once, however often it is
    told.
    """
    _record("click", [OrderLine(product, search_id=search_id)], request, visitor, position=position)


def record_cart(
    product: Any,
    *,
    quantity: int = 1,
    search_id: str | UUID | None = None,
    request: HttpRequest | None = None,
    visitor: str = "",
) -> None:
    """A product was put into the cart. Without `search_id` it belongs to the visitor's last click on it."""
    _record("cart", [OrderLine(product, quantity, search_id=search_id)], request, visitor)


def record_order(
    number: str,
    lines: Iterable[OrderLine],
    *,
    currency: str,
    at: datetime | None = None,
    request: HttpRequest | None = None,
    visitor: str = "",
) -> None:
    """An order was placed. Told twice under the same `number` on a day, it counts once; the number is kept hashed.

    A line without `search_id` belongs to the visitor's last click on its product. `at`, aware, where it was placed
    earlier. Raises `InvalidEvent` for what no order can be.
    """
    _record(
        "order", list(_merged(lines)), request, visitor, currency=currency.upper(), order=str(number), at=at
    )


def record_events(
    events: Sequence[Mapping[str, Any]], *, request: HttpRequest | None = None, visitor: str = ""
) -> int:
    """Record what a frontend sent, already checked (`api.events`); returns how many were taken.

    Of an order's lines with one product under one number, the first counts.
    """
    if not events or not _may_record(request):
        return 0
    moment, who = days.now(), visitor or visitor_of(request)
    put([ActionRecord(at=moment, visitor=who, **event) for event in events])
    return len(events)


def key_of(product: Any, parameter: str = "product") -> Any:
    """The key of a product, which is given as one or as its key; raises `InvalidEvent`."""
    field: Any = ShopperEvent._meta.get_field("product")
    try:
        key = field.to_python(getattr(product, "pk", product))
        if key is None or (isinstance(key, str) and (not key.encode() or "\x00" in key)):
            raise ValueError(key)
        field.target.run_validators(key)
    except (ValidationError, ValueError, TypeError, OverflowError):
        raise InvalidEvent(parameter, f"{str(product)[:80]!r} is no key of a product.") from None
    return key


def search_id_of(value: str | UUID | None, parameter: str = "search_id") -> UUID | None:
    """A search's id as such; None for none. Raises `InvalidEvent`."""
    if value is None or value == "":
        return None
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        detail = f"{str(value)[:80]!r} is no search_id; it stands in the answer of a search."
        raise InvalidEvent(parameter, detail) from None


def whole(value: Any, parameter: str, most: int) -> int:
    """A number from 1 to `most`; raises `InvalidEvent`."""
    if type(value) is not int or not 1 <= value <= most:
        raise InvalidEvent(parameter, f"{str(value)[:40]} came; expected a whole number from 1 to {most}.")
    return value


def amount_of(value: Any, parameter: str = "amount") -> Decimal | None:
    """An amount of money with two decimals; None for none. Raises `InvalidEvent`."""
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
        if isinstance(value, bool) or not amount.is_finite() or not 0 <= amount <= MOST_AMOUNT:
            raise ValueError(value)
        return amount.quantize(Decimal("0.01"))
    except (ArithmeticError, ValueError):
        raise InvalidEvent(
            parameter, f"{str(value)[:40]!r} came; expected an amount of money, 0 or more: 19.90."
        ) from None


def currency_of(value: str, parameter: str = "currency") -> str:
    """Three capital letters, or nothing; raises `InvalidEvent`."""
    if value and not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise InvalidEvent(parameter, f"{value[:40]!r} came; expected three letters: EUR.")
    return value


def _record(
    kind: str,
    lines: list[OrderLine],
    request: HttpRequest | None,
    visitor: str,
    *,
    position: int | None = None,
    currency: str = "",
    order: str = "",
    at: datetime | None = None,
) -> None:
    records = [
        ActionRecord(
            at=at or days.now(),
            visitor="",
            kind=EventKind(kind).value,
            product=key_of(line.product),
            search_id=search_id_of(line.search_id),
            position=None if position is None else whole(position, "position", MOST_POSITION),
            quantity=whole(line.quantity, "quantity", MOST_QUANTITY),
            amount=amount_of(line.amount),
            currency=currency_of(currency),
            order=order,
        )
        for line in lines
    ]
    if records and _may_record(request):
        who = visitor or visitor_of(request)
        put([replace(record, visitor=who) for record in records])


def _may_record(request: HttpRequest | None) -> bool:
    conf = settings()
    return conf.enabled and conf.events and not refuses(request)


def _merged(lines: Iterable[OrderLine]) -> Iterable[OrderLine]:
    """One line for each product of an order."""
    found: dict[Any, OrderLine] = {}
    for line in lines:
        key = key_of(line.product)
        before = found.get(key)
        if before is None:
            found[key] = line
            continue
        amounts = [each for each in (before.amount, line.amount) if each is not None]
        found[key] = OrderLine(
            key,
            before.quantity + line.quantity,
            sum(amounts, Decimal()) if amounts else None,
            before.search_id or line.search_id,
        )
    return found.values()
