"""What is kept from other shoppers, and what they search for every day."""

from __future__ import annotations

import pytest

from product_search.text import looks_personal


@pytest.mark.parametrize(
    "text",
    [
        "jane.doe@example.com",
        "order for jane@example",
        "https://example.com/reset?t=1",
        "www.example.com",
        "192.168.0.12",
        "0170 1234567",
        "+49 (0)170 / 123-45.67",
        "call 555-0199 20",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "".join(chr(ord(digit) + 0xFEE0) for digit in "4111111111111111"),  # of full width
        "de89 3704 0044 0532 0130 00",
        "978014032872",
        "550e8400-e29b-41d4-a716-446655440000",
        "9f86d081884c7d659a2f",
        "sk_live_4eC39HqLyjWDarjtT1",
        "a8f3k2x9q1z7",
        "eyjhbgcioijiuzi1niisinr5cci6ikpxvcj9",
        "qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfg",
    ],
)
def test_addresses_numbers_and_keys(text: str) -> None:
    assert looks_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "red mug",
        "mugs under 20",
        "20-40 eur",
        "set of 4",
        "size 42",
        "xj-900",
        "sku-000777",
        "iphone15promax256gb",
        "usb-c 3.2 gen 2x2",
        "100 x 200 x 40 cm",
        "geschirrspülmaschinenreiniger",
        "donaudampfschifffahrtsgesellschaft",
        "トートバッグ",
        "7/8 leggings 2-pack",
        "",
    ],
)
def test_what_people_look_for(text: str) -> None:
    assert not looks_personal(text)
