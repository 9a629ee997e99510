"""The options of `manage.py train_clip`, and what they make: a plan, a start, and the record of a run."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..encoders import words_taught
from ..encoders.digests import weights_digest
from ..errors import ProductSearchError
from . import card
from .adapting import TRAINED
from .examples import Telling
from .loss import CONTRASTS
from .model import TINY, Start, from_encoder, from_scratch, read_config, with_size
from .plan import TOLD, Plan
from .words import POSITIVES

#: What the command on a card says in any case, and what it says where it is not so.
_NUMBERS = (
    *("minutes", "steps", "epochs", "rate", "size", "first_size", "batch", "candidates"),
    *("held_out", "validation", "validate_every", "seed"),
)
_CHOICES: dict[str, Any] = {
    "figures_at": "",
    "title": "",
    "category": "",
    "loss": Plan.contrast,
    "positives": Plan.positives,
    "tell": Plan.tell,
    "word_weight": Plan.word_weight,
    "words_first": Plan.words_first,
    "same_category": Plan.same_category,
    "train": Plan.trained,
    "lora_rank": Plan.lora_rank,
    "patience": Plan.patience,
}


class BadOption(ProductSearchError):
    """An option's value says nothing, or doesn't go with another."""


def add_data(parser: ArgumentParser) -> None:
    """What is trained on, and what of it is not."""
    parser.add_argument(
        "--data",
        action="append",
        type=Path,
        default=[],
        help="training.csv (image, group, captions), its folder, or a folder with products.csv (id, label, sender) and "
        "images.zip or images/, or without labels with --caption; may be given several times, and each set's share of "
        "a batch is by the square root of its size",
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
    parser.add_argument("--title", default="", metavar="COLUMN", help="what such products are asked for by")
    parser.add_argument(
        "--category", default="", metavar="COLUMN", help="within what such products are hard to tell apart"
    )
    parser.add_argument("--held-out", type=float, default=0.12, help="share of groups never trained on")
    parser.add_argument(
        "--validation",
        type=float,
        default=0.05,
        help="share of the other groups that chooses among weights and is not trained on either",
    )
    parser.add_argument(
        "--score-on", type=Path, help="a list of products that each reading is scored on by their titles"
    )
    parser.add_argument(
        "--score-where", action="append", default=[], metavar="COLUMN=VALUE", help="which rows of it"
    )


def add_run(parser: ArgumentParser) -> None:
    """How long, and where to."""
    parser.add_argument("--output", type=Path, required=True, help="folder for the model and its card")
    parser.add_argument(
        "--checkpoints",
        type=Path,
        help="folder for the checkpoint, the curves and the decoded pictures (default: OUTPUT.training)",
    )
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="train for so long; only steps count")
    budget.add_argument("--steps", type=int, help="train so many batches: repeatable to the last bit")
    budget.add_argument("--epochs", type=float, help="see as many pictures as there are, so many times")
    parser.add_argument(
        "--figures-at",
        default="",
        metavar="N,N",
        help="also write the model as it is after so many minutes (of --minutes) or steps, with its figures",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")


def add_plan(parser: ArgumentParser) -> None:
    """How it learns."""
    parser.add_argument("--model-config", type=Path, help="JSON of the model's shape (default: a tiny one)")
    parser.add_argument(
        "--start-from",
        metavar="MODEL",
        help="folder of a model to begin from, or a name as for ENCODER (default: random weights)",
    )
    parser.add_argument("--train", choices=TRAINED, default=Plan.trained, help="which weights are trained")
    parser.add_argument(
        "--lora-rank", type=int, default=Plan.lora_rank, help="rank of what --train lora adds"
    )
    parser.add_argument(
        "--wise-ft",
        action=BooleanOptionalAction,
        default=Plan.wise,
        help="serve what is best between the start's weights and the trained ones",
    )
    parser.add_argument("--loss", choices=CONTRASTS, default=Plan.contrast)
    parser.add_argument(
        "--positives",
        choices=POSITIVES,
        default=Plan.positives,
        help="captions that are true of a picture beside its own: all whose words are said of it, equal ones, or none",
    )
    parser.add_argument(
        "--tell",
        choices=TOLD,
        default=Plan.tell,
        help="the words that a picture learns to tell by itself: those of its plain caption, or of all",
    )
    parser.add_argument(
        "--word-weight",
        type=float,
        default=Plan.word_weight,
        help="what telling these words weighs beside telling pictures and captions from one another",
    )
    parser.add_argument(
        "--words-first",
        type=float,
        default=Plan.words_first,
        metavar="SHARE",
        help="first share of the way to the first reading in which pictures learn these words alone, without captions: "
        "faster",
    )
    parser.add_argument("--batch", type=int, default=Plan.batch, help="pictures computed at once")
    parser.add_argument(
        "--candidates", type=int, help="pictures told from one another in a step (default: those of a batch)"
    )
    parser.add_argument(
        "--same-category",
        type=float,
        default=Plan.same_category,
        help="share of each step's pictures that are of one category",
    )
    parser.add_argument("--rate", type=float, default=Plan.rate, help="highest learning rate")
    parser.add_argument("--size", type=int, help="side of the model's pictures in pixels")
    parser.add_argument(
        "--first-size",
        type=int,
        help="side of the pictures in the first half of the way to each reading: smaller is faster",
    )
    parser.add_argument(
        "--bf16", action="store_true", help="compute in bfloat16, where the processor has it: faster"
    )
    parser.add_argument("--validate-every", type=float, default=Plan.validate_every, metavar="EPOCHS")
    parser.add_argument(
        "--patience",
        type=int,
        default=Plan.patience,
        help="end early after so many validations without a better one (default: never)",
    )
    parser.add_argument("--seed", type=int, default=Plan.seed)


def begin(options: dict[str, Any]) -> tuple[Start, str]:
    """The model to begin with, and how it was made, in the words of its card; "" for random weights."""
    name: str | None = options["start_from"]
    if not name:
        path: Path | None = options["model_config"]
        config = with_size(read_config(path) if path else TINY, options["size"])
        return from_scratch(config, seed=options["seed"]), ""
    if options["model_config"]:
        raise BadOption("--start-from brings its own shape: leave --model-config away.")
    folder = _folder(name)
    if folder:
        return from_encoder(f"local-dir:{folder}", size=options["size"]), card.history(folder)
    return from_encoder(name, size=options["size"]), f"`{name}` of open_clip, as it is published."


def taught_before(options: dict[str, Any]) -> frozenset[str]:
    """The words that the model to begin with was taught, where it says so."""
    folder = _folder(options["start_from"]) if options["start_from"] else None
    return words_taught(f"local-dir:{folder}") if folder else frozenset()


def _folder(name: str) -> Path | None:
    """The folder that --start-from names; None for a name of open_clip."""
    folder = Path(name.removeprefix("local-dir:"))
    return folder if folder.is_dir() or name.startswith("local-dir:") or ":" not in name else None


def start_name(name: str) -> str:
    """What training began from, never where it lies."""
    folder = _folder(name)
    return folder.resolve().name if folder else name


def start_of(options: dict[str, Any], start: Start) -> str:
    """What training began from and a digest of its weights, as another model may come to lie there; "" for none."""
    if not options["start_from"]:
        return ""
    digest = weights_digest(start.model.state_dict())
    return f"{start_name(options['start_from'])} (weights {digest[:12]})"


def plan_of(options: dict[str, Any], pictures: int) -> Plan:
    """The plan for so many pictures; raises `BadOption`."""
    size = options["candidates"] or options["batch"]
    if size < options["batch"]:
        raise BadOption(
            f"--candidates {size} is less than --batch {options['batch']}: give at least as many."
        )
    first, trained = options["words_first"], options["train"]
    if not 0 <= first < 1:
        raise BadOption(f"--words-first {first:g}: give a share from 0 to less than 1, such as 0.5.")
    if first and trained == "texts":
        raise BadOption(
            "--words-first teaches pictures, and --train texts leaves them as they are: leave one away."
        )
    steps = options["steps"]
    if options["epochs"]:
        steps = max(1, round(options["epochs"] * pictures / size))
    return Plan(
        steps=steps,
        minutes=options["minutes"],
        readings=_readings(options["figures_at"]),
        batch=options["batch"],
        candidates=options["candidates"],
        contrast=options["loss"],
        positives=options["positives"],
        tell=options["tell"],
        word_weight=options["word_weight"],
        words_first=first,
        same_category=options["same_category"],
        trained=trained,
        lora_rank=options["lora_rank"],
        rate=options["rate"],
        first_side=options["first_size"],
        bf16=options["bf16"],
        validate_every=options["validate_every"],
        patience=options["patience"],
        wise=options["wise_ft"],
        seed=options["seed"],
    )


def _readings(given: str) -> tuple[float, ...]:
    try:
        readings = tuple(float(each) for each in given.split(",") if each.strip())
    except ValueError:
        readings = (0.0,)
    if any(each <= 0 for each in readings):
        raise BadOption(f"--figures-at {given}: give minutes or steps, such as 25,100.")
    return readings


def telling_of(options: dict[str, Any], where: Sequence[str]) -> Telling:
    """What is said of a list's products; raises `BadOption`."""
    conditions = {}
    for condition in where:
        name, given, value = condition.partition("=")
        if not given or not name.strip():
            raise BadOption(f"{condition}: give COLUMN=VALUE, such as split=train.")
        conditions[name.strip()] = value
    return Telling(tuple(options["caption"]), conditions, options["title"], options["category"])


def command_of(options: dict[str, Any]) -> str:
    """The command that repeats this training, with the names of folders but not where they lie here."""
    words = ["manage.py", "train_clip"]
    for path in options["data"]:
        words += ["--data", data_name(path)]
    if options["shop"]:
        words.append("--shop")
    for name in ("caption", "where"):
        words += [word for given in options[name] for word in (f"--{name}", given)]
    if options["start_from"]:
        words += ["--start-from", start_name(options["start_from"])]
    for name in _NUMBERS:
        if options[name] is not None:
            words += [_option(name), f"{options[name]:g}"]
    for name, default in _CHOICES.items():
        if options[name] != default:
            words += [_option(name), str(options[name])]
    if options["bf16"]:
        words.append("--bf16")
    if not options["wise_ft"]:
        words.append("--no-wise-ft")
    if options["model_config"]:
        words += ["--model-config", options["model_config"].name]
    return shlex.join([*words, "--output", options["output"].name])


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def data_name(data: Path) -> str:
    """The folder's own name, whether the folder or its training.csv was given; never where it lies."""
    data = data.resolve()
    return data.parent.name if data.name == "training.csv" else data.name
