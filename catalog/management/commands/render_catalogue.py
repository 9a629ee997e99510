"""Draw the shop's catalogue, or training pictures of the same kind, from a seed."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """`render_catalogue --output fixtures/catalogue`, or `--training 12000 --seed 1000 --output DIR`."""

    help = "Draw the rendered catalogue (products.csv, truth.csv, images/), or with --training captioned pictures."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--output", type=Path, required=True, help="folder to write")
        parser.add_argument("--seed", type=int, default=1, help="same seed, same catalogue (default 1)")
        parser.add_argument("--size", type=int, help="edge in pixels (384; with --training 128)")
        parser.add_argument(
            "--training", type=int, metavar="PICTURES", help="write training pictures instead"
        )
        parser.add_argument("--processes", type=int, default=1, help="drawing processes (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the folder and say what lies in it."""
        try:
            import resvg_py  # noqa: F401
        except ImportError as error:
            raise CommandError(
                "Drawing needs resvg-py: pip install 'django-product-search[rendering]'."
            ) from error
        from catalog.rendering.training import write_training
        from catalog.rendering.writer import write_catalogue

        folder: Path = options["output"]
        for name in ("training", "size", "processes"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(f"--{name} was {options[name]}; it must be 1 or more.")
        if options["training"]:
            count = write_training(
                folder,
                pictures=options["training"],
                seed=options["seed"],
                size=options["size"] or 128,
                processes=options["processes"],
            )
            self.stdout.write(f"{count} pictures with captions in {folder}/training.csv")
            return
        summary = write_catalogue(
            folder, seed=options["seed"], size=options["size"] or 384, processes=options["processes"]
        )
        self.stdout.write(f"{summary} in {folder}")
