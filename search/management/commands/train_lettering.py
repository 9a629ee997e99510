"""`manage.py train_lettering`: train the net that finds lettering laid over pictures."""

from __future__ import annotations

import zipfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from ...images.lettering import SIDE
from ...training.lettering import Plan, train

#: No net is trained on fewer: a tenth of them calibrates it.
FEWEST = 20
_Name = TypeVar("_Name", Path, str)
PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


class Command(BaseCommand):
    """Thin adapter over `product_search.training.lettering`; needs no database."""

    help = (
        "Train the net that finds lettering on pictures, on clean pictures that it writes upon itself; its weights "
        "ship as search/images/lettering.npz."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pictures",
            action="append",
            type=Path,
            required=True,
            help="folder or .zip of pictures without lettering; may be given several times",
        )
        parser.add_argument("--output", type=Path, required=True, help="file for the weights, ending in .npz")
        parser.add_argument("--most", type=int, help="take so many of each, spread evenly over their names")
        parser.add_argument(
            "--font", action="append", default=[], help="TrueType file to write with, beside Pillow's own"
        )
        parser.add_argument("--steps", type=int, default=Plan.steps, help="batches that are trained on")
        parser.add_argument("--batch", type=int, default=Plan.batch, help="cuts of pictures in a batch")
        parser.add_argument("--seed", type=int, default=Plan.seed)
        parser.add_argument(
            "--processes",
            type=int,
            default=0,
            help="processes that draw, beside the one that trains (default 0)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path = options["output"]
        if output.suffix != ".npz" or not output.parent.is_dir():
            raise CommandError(f"--output is {output}: name a file ending in .npz, in a folder that exists.")
        pictures = [each for path in options["pictures"] for each in _read(path, options["most"])]
        if len(pictures) < FEWEST:
            raise CommandError(
                f"{len(pictures)} pictures were found; {FEWEST} or more are needed. Name folders or .zip files of "
                f"pictures ({', '.join(sorted(PICTURES))}) with --pictures."
            )
        if options["processes"] < 0:
            raise CommandError(f"--processes was {options['processes']}; it must be 0 or more.")
        plan = Plan(steps=options["steps"], batch=options["batch"], seed=options["seed"])
        self.stdout.write(f"Training on {len(pictures):,} pictures; a tenth of them calibrates.")
        with tqdm(total=plan.steps, unit="step", disable=options["verbosity"] < 1) as bar:

            def told(step: int, loss: float) -> None:
                bar.update()
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)

            fonts = [None, *options["font"]]
            train(pictures, fonts, output, plan, processes=options["processes"], progress=told)
        self.stdout.write(f"Wrote {output}.")


def _read(path: Path, most: int | None) -> Iterator[Image.Image]:
    """Pictures of a folder or archive, RGB, no larger than lettering is looked for on. Raises `CommandError`."""
    if path.is_dir():
        names = sorted(each for each in path.rglob("*") if each.suffix.lower() in PICTURES)
        for name in _spread(names, most):
            with name.open("rb") as file:
                yield _opened(file, str(name))
    elif path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inside = sorted(each for each in archive.namelist() if Path(each).suffix.lower() in PICTURES)
            for member in _spread(inside, most):
                with archive.open(member) as packed:
                    yield _opened(packed, f"{path}/{member}")
    else:
        raise CommandError(f"--pictures is {path}: that is neither a folder nor a .zip file.")


def _spread(names: list[_Name], most: int | None) -> list[_Name]:
    if not most or len(names) <= most:
        return names
    return [names[at * len(names) // most] for at in range(most)]


def _opened(file: IO[bytes], name: str) -> Image.Image:
    try:
        opened = Image.open(file)
        opened.draft("RGB", (2 * SIDE, 2 * SIDE))
        image = opened.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise CommandError(f"{name} can't be read: {error}. Take it out.") from error
    image.thumbnail((2 * SIDE, 2 * SIDE))
    return image
