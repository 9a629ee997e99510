"""What is too much at once, in parts."""

from __future__ import annotations


def chunks(count: int, size: int) -> list[range]:
    """The places from 0 to `count`, `size` of them at a time."""
    return [range(start, min(start + size, count)) for start in range(0, count, size)]
