"""`manage.py train_clip`: train a CLIP of open_clip's on pictures with captions, and write the folder to serve."""

from __future__ import annotations

import shlex
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ... import encoders
from ...errors import ProductSearchError
from ...training import card, curve, heldout, record
from ...training.examples import Example, Telling, is_held_out, read_examples
from ...training.model import CONFIG_FILE, TINY, build, export, read_config, with_size
from ...training.run import CHECKPOINT, Plan, Trainer
from .. import own_model


class Command(BaseCommand):
    """Thin adapter over `product_search.training`; needs a database for --shop alone."""

    help = "Train a CLIP on pictures with captions; write a folder that open_clip loads, with its model card."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data",
            action="append",
            type=Path,
            default=[],
            help="training.csv (image, group, captions), its folder, or a folder with products.csv (id, label, "
            "sender) and images.zip or images/, or without labels with --caption; may be given several times, and "
            "each set's share of a batch is by the square root of its size",
        )
        parser.add_argument(
            "--shop",
            action="store_true",
            help="train on the shop's own products, as shoppers see them: titles, categories, facets and accepted tags",
        )
        parser.add_argument(
            "--into-space",
            action="store_true",
            help="with --shop: fill an embedding space with the trained model and measure it beside the serving one; "
            "it is never switched to",
        )
        parser.add_argument(
            "--caption",
            action="append",
            default=[],
            metavar="TEXT",
            help='what is said of the products of a list without labels, its columns in braces: "{colour} {type}", '
            '"{title}"; several times for several captions, the plainest first',
        )
        parser.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="COLUMN=VALUE",
            help="take only the rows of such a list that have this value",
        )
        parser.add_argument("--output", type=Path, required=True, help="folder for the model and its card")
        parser.add_argument(
            "--checkpoints",
            type=Path,
            help="folder for the checkpoint and the curve (default: OUTPUT.training)",
        )
        budget = parser.add_mutually_exclusive_group(required=True)
        budget.add_argument("--minutes", type=float, help="train for so long")
        budget.add_argument("--steps", type=int, help="train so many batches: repeatable to the last bit")
        budget.add_argument("--epochs", type=float, help="see as many pictures as there are, so many times")
        parser.add_argument(
            "--model-config", type=Path, help="JSON of the model's shape (default: a tiny one)"
        )
        parser.add_argument(
            "--start-from", type=Path, help="folder of a model to begin from (default: random weights)"
        )
        parser.add_argument("--rate", type=float, default=Plan.rate, help="highest learning rate")
        parser.add_argument("--size", type=int, help="side of the model's pictures in pixels")
        parser.add_argument(
            "--first-size",
            type=int,
            help="side of the pictures in the first half of the budget: smaller is faster",
        )
        parser.add_argument("--batch", type=int, default=Plan.batch, help="pictures in a batch")
        parser.add_argument("--held-out", type=float, default=0.12, help="share of groups never trained on")
        parser.add_argument("--seed", type=int, default=Plan.seed)
        parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._train(options)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error

    def _train(self, options: dict[str, Any]) -> None:
        if not options["data"] and not options["shop"]:
            raise CommandError(
                "Nothing to train on: give --data FOLDER, or --shop for the shop's own products."
            )
        if options["into_space"] and not options["shop"]:
            raise CommandError(
                "--into-space measures on products of the shop that were held out: give --shop."
            )
        begun_from: Path | None = options["start_from"]
        told = card.history(begun_from) if begun_from else ""
        shape = options["model_config"] or (begun_from and begun_from / CONFIG_FILE)
        config = read_config(shape) if shape else TINY
        config = with_size(config, options["size"])
        telling = Telling(tuple(options["caption"]), _where(options["where"]))
        output: Path = options["output"]
        folder: Path = options["checkpoints"] or output.with_name(f"{output.name}.training")
        if options["shop"]:
            own_model.check(output, into_space=options["into_space"])
        self._check_folder(folder, options, config)
        paths, shop = list(options["data"]), folder
        if options["shop"]:
            shop = self._take_from_shop(folder, config, options)
            paths.append(shop)
        examples = [example for path in paths for example in read_examples(path, telling)]
        held_out = [example for example in examples if is_held_out(example.group, options["held_out"])]
        shown = [example for example in examples if not is_held_out(example.group, options["held_out"])]

        plan = _plan(config, len(shown), options)
        trainer = Trainer(config, shown, plan, folder, start_from=begun_from)
        self.stdout.write(f"Training on {len(shown):,} pictures; {len(held_out):,} are held out.")
        try:
            trainer.train(progress=options["verbosity"] > 0)
        except KeyboardInterrupt:
            trainer.save()
            raise CommandError(
                f"Stopped after {trainer.step:,} steps; the same command with --resume goes on."
            ) from None
        drawn = curve.plot(folder)
        export(trainer.average, config, output)
        figures, untrained = _measure(output, config, held_out, options)
        recipe = card.Recipe(
            command=_command(options),
            parameters=sum(value.numel() for value in trainer.model.parameters()),
            steps=trainer.step,
            batch=plan.batch,
            minutes=trainer.elapsed / 60,
            image_size=config["vision_cfg"]["image_size"],
            held_out=options["held_out"],
            seed=plan.seed,
            begun_from=told,
        )
        card.write(output, card.render(recipe, shown, held_out, figures, untrained))
        for figure in figures:
            self.stdout.write(f"{figure.name}: {figure.value:.3f} of {figure.count:,}")
        self.stdout.write(f"Wrote {output}" + (f" and {drawn}" if drawn else "") + ".")
        if options["into_space"]:
            own_model.into_space(
                output,
                shop,
                options["held_out"],
                write=self.stdout.write,
                progress=options["verbosity"] > 0,
            )
        else:
            self.stdout.write(f'Serve it: PRODUCT_SEARCH["ENCODER"] = "local-dir:{output.resolve()}"')

    def _take_from_shop(self, folder: Path, config: dict[str, Any], options: dict[str, Any]) -> Path:
        shop, taken = own_model.products_of_shop(
            folder,
            side=int(config["vision_cfg"]["image_size"]),
            resume=options["resume"],
            progress=options["verbosity"] > 0,
        )
        for line in taken.lines():
            self.stdout.write(line)
        return shop

    def _check_folder(self, folder: Path, options: dict[str, Any], config: dict[str, Any]) -> None:
        """Never train over another run's checkpoint, and never go on with other data than it was begun with."""
        run = record.Run(
            config=config,
            data=(*(_name(path) for path in options["data"]), *(["shop"] if options["shop"] else [])),
            captions=tuple(options["caption"]),
            where=tuple(options["where"]),
            held_out=options["held_out"],
            batch=options["batch"],
            seed=options["seed"],
        )
        if (folder / CHECKPOINT).exists():
            if not options["resume"]:
                raise CommandError(
                    f"{folder} holds a checkpoint: give --resume to go on, or delete it to start anew."
                )
            record.require_same(folder, run)
        elif options["resume"]:
            raise CommandError(f"{folder} holds no checkpoint to go on from; leave --resume away.")
        record.write(folder, run)


def _where(conditions: list[str]) -> dict[str, str]:
    """The conditions of --where, column to value; raises `CommandError` for one that is none."""
    for condition in conditions:
        if not condition.partition("=")[0].strip() or "=" not in condition:
            raise CommandError(f"--where {condition}: give COLUMN=VALUE, such as split=train.")
    return {name.strip(): value for name, _, value in (each.partition("=") for each in conditions)}


def _plan(config: dict[str, Any], pictures: int, options: dict[str, Any]) -> Plan:
    side = int(config["vision_cfg"]["image_size"])
    steps = options["steps"]
    if options["epochs"]:
        steps = max(1, round(options["epochs"] * pictures / options["batch"]))
    return Plan(
        steps=steps,
        minutes=options["minutes"],
        rate=options["rate"],
        batch=options["batch"],
        seed=options["seed"],
        side=side,
        first_side=options["first_size"],
    )


def _measure(
    output: Path, config: dict[str, Any], held_out: list[Example], options: dict[str, Any]
) -> tuple[list[heldout.Figure], list[heldout.Figure]]:
    """The figures of the exported model, and of one of the same shape with random weights."""
    progress = options["verbosity"] > 0
    figures = heldout.measure(encoders.load(f"local-dir:{output.resolve()}"), held_out, progress=progress)
    with tempfile.TemporaryDirectory() as folder:
        export(build(config, seed=options["seed"]), config, Path(folder))
        untrained = heldout.measure(encoders.load(f"local-dir:{folder}"), held_out, progress=progress)
    return figures, untrained


def _name(data: Path) -> str:
    """The folder's own name, whether the folder or its training.csv was given; never where it lies."""
    data = data.resolve()
    return data.parent.name if data.name == "training.csv" else data.name


def _command(options: dict[str, Any]) -> str:
    """The command that repeats this training, with the names of folders but not where they lie here."""
    words = ["manage.py", "train_clip"]
    for path in options["data"]:
        words += ["--data", _name(path)]
    if options["shop"]:
        words.append("--shop")
    for name in ("caption", "where"):
        words += [word for given in options[name] for word in (f"--{name}", given)]
    if options["start_from"]:
        words += ["--start-from", options["start_from"].resolve().name]
    for name in ("minutes", "steps", "epochs", "rate", "size", "first_size", "batch", "held_out", "seed"):
        if options[name] is not None:
            words += [f"--{name.replace('_', '-')}", f"{options[name]:g}"]
    if options["model_config"]:
        words += ["--model-config", options["model_config"].name]
    return shlex.join([*words, "--output", options["output"].name])
