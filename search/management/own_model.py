"""What `train_clip` does with the shop: its products before the first step, and a space after the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from ..finetuning import beside, snapshot, space, telling
from ..finetuning.taken import Taken
from ..indexing import filling
from ..indexing.work import database
from ..training import card
from .bars import filling_bar


def check(output: Path, *, into_space: bool) -> None:
    """Whether the shop can be trained on into `output`, before anything is done. Raises `ProductSearchError`."""
    space.require_free(output, using=database())
    if into_space:
        space.require_serving(using=database())


def products_of_shop(folder: Path, *, side: int, resume: bool, progress: bool) -> tuple[Path, Taken]:
    """The shop's training set in `folder`, and what was taken; with `resume` the one that the run began with."""
    kept = folder / snapshot.FOLDER
    if resume:
        if not snapshot.is_whole(kept):
            raise CommandError(
                f"{kept} is gone, which this run was begun with: give --checkpoints another folder to start anew."
            )
        return kept, Taken.read(kept)
    with tqdm(desc="Reading the shop", unit=" products", disable=not progress) as bar:

        def show(seen: int, products: int) -> None:
            bar.total = products
            bar.update(seen - bar.n)

        try:
            return kept, snapshot.write(kept, side=side, using=database(), progress=show)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped while the shop was read; the same command begins anew.", returncode=130
            ) from None


def into_space(
    output: Path, shop: Path, held_out: float, *, write: Callable[[str], Any], progress: bool
) -> None:
    """Fill a space of the model in `output`, and tell its figures beside the serving one's, here and in its card."""
    using = database()
    made = space.make(output, using=using)
    write(f"Space {made.pk} of {made.name} is {made.state}.")
    for old in space.outgrown(made, using=using):
        write(f"Space {old.pk} is of earlier weights in that folder: manage.py spaces drop {old.pk}")
    try:
        with filling_bar(made, silent=not progress) as show:
            filling.complete(made, using=using, progress=show)
    except KeyboardInterrupt:
        raise CommandError(
            f"Stopped; the same command with --resume, or `manage.py spaces fill {made.pk}`, goes on from here.",
            returncode=130,
        ) from None
    made.refresh_from_db()
    found = beside.measure(made, shop, held_out, using=using, bar=_bar if progress else beside.no_bar)
    card.add_section(output, telling.TITLE, telling.section(found))
    for line in (*telling.lines(found), *telling.advice(found, made)):
        write(line)


@contextmanager
def _bar(name: str, count: int) -> Iterator[Callable[[int], Any]]:
    with tqdm(total=count, desc=name, unit="query", disable=None) as bar:
        yield bar.update
