"""`manage.py train_clip`: train a CLIP of open_clip's on pictures with captions, and write the folder to serve."""

from __future__ import annotations

import shutil
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ... import encoders
from ...errors import ProductSearchError
from ...training import card, curve, heldout, options, readings, record
from ...training.examples import Example, is_held_out, is_validation, read_examples
from ...training.model import Start, build, export
from ...training.run import CHECKPOINT, Served, Trainer
from ...training.words import well_known
from .. import own_model


class Command(BaseCommand):
    """Thin adapter over `product_search.training`; needs a database for --shop alone."""

    help = "Train a CLIP on pictures with captions; write a folder that open_clip loads, with its model card."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        options.add_data(parser)
        options.add_run(parser)
        options.add_plan(parser)

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            self._train(given)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error

    def _train(self, given: dict[str, Any]) -> None:
        progress = given["verbosity"] > 0
        if not given["data"] and not given["shop"]:
            raise CommandError(
                "Nothing to train on: give --data FOLDER, or --shop for the shop's own products."
            )
        if given["into_space"] and not given["shop"]:
            raise CommandError(
                "--into-space measures on products of the shop that were held out: give --shop."
            )
        output: Path = given["output"]
        folder: Path = given["checkpoints"] or output.with_name(f"{output.name}.training")
        if given["shop"]:
            own_model.check(output, into_space=given["into_space"])
        start, history = options.begin(given)
        self._check_folder(folder, given, start)
        paths, shop = list(given["data"]), folder
        if given["shop"]:
            shop = self._take_from_shop(folder, start.side, given)
            paths.append(shop)
        telling = options.telling_of(given, given["where"])
        examples = [example for path in paths for example in read_examples(path, telling)]
        held_out = [example for example in examples if is_held_out(example.group, given["held_out"])]
        others = [example for example in examples if not is_held_out(example.group, given["held_out"])]
        asked = [example for example in others if is_validation(example.group, given["validation"])]
        shown = [example for example in others if not is_validation(example.group, given["validation"])]
        scored = _scored(given, others)
        plan = options.plan_of(given, len(shown))
        taught = well_known(shown) | options.taught_before(given)
        trainer = Trainer(start, shown, plan, folder, validation=asked, begun=bool(history))
        self.stdout.write(
            f"Training on {len(shown):,} pictures; {len(asked):,} choose among weights, {len(held_out):,} are held out."
        )

        def at_reading(spent: float, served: Served) -> None:
            """Write the model as it would serve now, and what it finds."""
            written = readings.folder_of(folder, spent)
            export(served.model, trainer.start.config, written, start.preprocessing)
            encoders.write_words(written, taught)
            found = None
            if scored:
                encoder = encoders.load(f"local-dir:{written.resolve()}")
                found = heldout.titles(encoder, scored, heldout.encode(encoder, scored, progress=progress))
            reading = readings.Reading(
                spent, plan.unit, trainer.step, trainer.elapsed, served.step, served.alpha, served.look, found
            )
            readings.add(folder, reading)
            self.stdout.write(reading.told())

        try:
            trainer.train(progress=progress, at_reading=at_reading)
        except KeyboardInterrupt:
            trainer.save()
            raise CommandError(
                f"Stopped after {trainer.step:,} steps; the same command with --resume goes on."
            ) from None
        drawn = curve.plot(folder)
        taken = readings.read(folder)
        shutil.copytree(readings.folder_of(folder, taken[-1].spent), output, dirs_exist_ok=True)
        figures, untrained = _measure(output, trainer.start.config, held_out, given)
        recipe = card.Recipe(
            command=options.command_of(given),
            plan=plan,
            parameters=sum(value.numel() for value in trainer.average.parameters()),
            image_size=start.side,
            held_out=given["held_out"],
            validation=given["validation"],
            begun_from=history,
            ended_early=trainer.ended_early,
        )
        card.write(output, card.render(recipe, shown, asked, held_out, taken, figures, untrained))
        for figure in figures:
            self.stdout.write(f"{figure.name}: {figure.value:.3f} of {figure.count:,}")
        self.stdout.write(f"Wrote {output}" + (f" and {drawn}" if drawn else "") + ".")
        if given["into_space"]:
            own_model.into_space(output, shop, given["held_out"], write=self.stdout.write, progress=progress)
        else:
            self.stdout.write(f'Serve it: PRODUCT_SEARCH["ENCODER"] = "local-dir:{output.resolve()}"')

    def _take_from_shop(self, folder: Path, side: int, given: dict[str, Any]) -> Path:
        shop, taken = own_model.products_of_shop(
            folder, side=side, resume=given["resume"], progress=given["verbosity"] > 0
        )
        for line in taken.lines():
            self.stdout.write(line)
        return shop

    def _check_folder(self, folder: Path, given: dict[str, Any], start: Start) -> None:
        """Never train over another run's checkpoint, and never go on with other data than it was begun with."""
        run = record.Run(
            config=start.config,
            data=(
                *(options.data_name(path) for path in given["data"]),
                *(["shop"] if given["shop"] else []),
            ),
            captions=tuple(given["caption"]),
            where=tuple(given["where"]),
            held_out=given["held_out"],
            validation=given["validation"],
            begun_from=options.start_of(given, start),
            plan=options.plan_of(given, pictures=0).fixed(),
        )
        if (folder / CHECKPOINT).exists():
            if not given["resume"]:
                raise CommandError(
                    f"{folder} holds a checkpoint: give --resume to go on, or delete it to start anew."
                )
            record.require_same(folder, run)
        elif given["resume"]:
            raise CommandError(f"{folder} holds no checkpoint to go on from; leave --resume away.")
        record.write(folder, run)


def _scored(given: dict[str, Any], others: list[Example]) -> list[Example]:
    """The list that readings are scored on; raises `CommandError` where a product of it is learned from."""
    if not given["score_on"]:
        return []
    scored = read_examples(given["score_on"], options.telling_of(given, given["score_where"]))
    learned = {example.group for example in others}
    leaked = [example.group for example in scored if example.group in learned]
    if leaked:
        raise CommandError(
            f"--score-on: {len(leaked):,} of its products are trained on, such as {leaked[0]}; "
            "give --score-where and --where that part them."
        )
    if not scored:
        raise CommandError(f"--score-on {given['score_on']} has no product that --score-where takes.")
    return scored


def _measure(
    output: Path, config: dict[str, Any], held_out: list[Example], given: dict[str, Any]
) -> tuple[list[heldout.Figure], list[heldout.Figure]]:
    """The figures of the exported model, and of one of the same shape with random weights."""
    progress = given["verbosity"] > 0
    figures = heldout.measure(encoders.load(f"local-dir:{output.resolve()}"), held_out, progress=progress)
    with tempfile.TemporaryDirectory() as folder:
        export(build(config, seed=given["seed"]), config, Path(folder))
        untrained = heldout.measure(encoders.load(f"local-dir:{folder}"), held_out, progress=progress)
    return figures, untrained
