"""Bars of progress that several commands show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from ..indexing.filling import FillProgress
from ..models import Space


@contextmanager
def filling_bar(space: Space, *, silent: bool) -> Iterator[Callable[[FillProgress], None]]:
    """A bar for the fill of `space`; without a terminal none is shown."""
    with tqdm(desc="Filling", unit=" products", disable=silent or None) as bar:

        def show(now: FillProgress) -> None:
            bar.total = now.products
            paused = f"paused: manage.py spaces resume {space.pk}" if now.paused else ""
            bar.set_postfix_str(paused, refresh=False)
            bar.update(now.seen - bar.n)

        yield show
