"""MODEL_CARD.md: what a trained model was made from, how, and how well it does on what it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ProductSearchError
from .examples import Example
from .figures import Retrieval
from .heldout import Figure
from .plan import Plan
from .readings import Reading

CARD_FILE = "MODEL_CARD.md"
MADE_BY = "## Made by"


class CardMissing(ProductSearchError):
    """The model to begin from does not say what it was trained on."""


@dataclass(frozen=True)
class Recipe:
    """How a model was trained, in the words of its card."""

    command: str
    plan: Plan
    parameters: int
    image_size: int
    held_out: float
    validation: float
    #: What the model that it began from was made by; empty for random weights.
    begun_from: str = ""
    ended_early: bool = False


def history(folder: Path) -> str:
    """How the model in a folder was made, as its card tells it; raises `CardMissing` where it has none.

    A model that began from another knows what that one was trained on: without its history no card would be true.
    """
    path = folder / CARD_FILE
    if not path.exists():
        raise CardMissing(
            f"{folder} has no {CARD_FILE}: write down there, under {MADE_BY!r}, what it was trained on."
        )
    return path.read_text(encoding="utf-8").partition(f"{MADE_BY}\n")[2].partition("\n## ")[0].strip()


def render(
    recipe: Recipe,
    trained_on: Sequence[Example],
    validated: Sequence[Example],
    held_out: Sequence[Example],
    readings: Sequence[Reading],
    figures: Sequence[Figure],
    untrained: Sequence[Figure],
) -> str:
    """The card as Markdown; `figures` and `untrained` are the same measurements of two models of one shape."""
    last = readings[-1]
    lines = [
        "# Model card",
        "",
        f"A CLIP of {recipe.parameters / 1e6:.1f} million parameters for product pictures of {recipe.image_size} "
        "pixels and short texts in English and German, in open_clip's own format. "
        "open_clip loads this folder as `local-dir:PATH`; so does the setting `ENCODER`.",
        "",
        "## Made from",
        "",
        f"{'The model told of below' if recipe.begun_from else 'Random weights'} and these pictures. "
        f"The held-out part is {recipe.held_out:.0%} of the groups (senders, products), and {recipe.validation:.0%} of "
        "the others choose among weights; both by a digest of the group's name: no group has pictures in two parts.",
        "",
        "| data | trained on | groups | choose | groups | held out | groups |",
        "|---|---|---|---|---|---|---|",
        *_data_rows(trained_on, validated, held_out),
        "",
        MADE_BY,
        "",
        *([recipe.begun_from, "", "And then:", ""] if recipe.begun_from else []),
        f"`{recipe.command}`",
        "",
        f"{last.steps:,} steps of {recipe.plan.size:,} pictures, seed {recipe.plan.seed}, {last.seconds / 60:.0f} "
        f"minutes{', ended early' if recipe.ended_early else ''}. "
        f"From {'those' if recipe.begun_from else 'random'} weights; trained: {recipe.plan.trained}. "
        f"{_kept(recipe, last)}",
        "",
        *_reading_rows(readings),
        "## Held-out figures",
        "",
        "Measured on this folder's files, on the held-out part alone. "
        "The last column is a model of the same shape with random weights.",
        "",
        "| figure | questions | choices | this model | untrained |",
        "|---|---|---|---|---|",
        *_figure_rows(figures, untrained),
        "",
        "A plain caption is the first of a picture's captions; "
        "a picture is right where all the caption's words are said of it.",
        "",
        "## Limits",
        "",
        "It knows the kinds of things, colours and patterns that it was trained on and the words used for them, "
        "and little else. It reads no text in pictures and recognises no brands or people. "
        "Scores between a text and a picture do not compare with scores between two pictures.",
        "",
    ]
    return "\n".join(lines)


def add_section(folder: Path, title: str, text: str) -> None:
    """Add a section of this title to the folder's card, in the place of an earlier one."""
    path = folder / CARD_FILE
    before, _, after = path.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    _, further, rest = after.partition("\n## ")
    written = f"{before.rstrip()}\n\n## {title}\n\n{text.strip()}\n{further}{rest}"
    path.write_text(written, encoding="utf-8")


def write(folder: Path, card: str) -> Path:
    """Write the card beside the weights and return its path."""
    path = folder / CARD_FILE
    path.write_text(card, encoding="utf-8")
    return path


def _kept(recipe: Recipe, last: Reading) -> str:
    kept = "What is kept is their exponential moving average, as fp16"
    if last.validation is None:
        return f"{kept}."
    kept += f": the best on the part that chooses, of step {last.chosen_step:,}"
    if last.alpha < 1:
        kept += f", {last.alpha:.0%} of the way from the weights that it began with (WiSE-FT)"
    return f"{kept}."


def _reading_rows(readings: Sequence[Reading]) -> list[str]:
    """What products' titles found at each reading: on the part that chooses and, if there was one, on a list apart."""
    rows = [
        f"| {reading.spent:g} {reading.unit} | {part} | {found.asked:,} "
        f"| {_cells(found.by_id)} | {_cells(found.by_title)} |"
        for reading in readings
        for part, found in (("chooses", reading.validation), ("scored", reading.scored))
        if found
    ]
    if not rows:
        return []
    return [
        "What titles found after each part of the training, by id and with any product of that title as a hit:",
        "",
        "| after | part | titles | recall@1 | @10 | MRR | any: recall@1 | @10 | MRR |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _cells(found: Retrieval) -> str:
    return f"{found.recall_1:.3f} | {found.recall_10:.3f} | {found.mrr:.3f}"


def _data_rows(*parts: Sequence[Example]) -> list[str]:
    rows = []
    for name in dict.fromkeys(example.set_name for part in parts for example in part):
        cells = [name]
        for part in parts:
            of_set = [example for example in part if example.set_name == name]
            cells += [f"{len(of_set):,}", f"{len({example.group for example in of_set}):,}"]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _figure_rows(figures: Sequence[Figure], untrained: Sequence[Figure]) -> list[str]:
    bare = {figure.name: figure.value for figure in untrained}
    return [
        f"| {figure.name} | {figure.count:,} | {figure.choices:,} | {figure.value:.3f} | {bare[figure.name]:.3f} |"
        for figure in figures
    ]
