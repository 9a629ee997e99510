"""What a model of a shop's own learns in 25 and in 100 minutes: kagl-fashion's part `train`, scored on `val`.

Each start is one run that goes on where it was cut: its checkpoints lie in build/training/kagl-START, and its weights
stay there. Titles of `val` are asked for among its pictures; nothing is chosen on them.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import call_command

from product_search.training import curve, readings
from product_search.training.run import CHECKPOINT
from tests.acceptance import reports
from tests.acceptance.conftest import MODEL
from tests.acceptance.training import kagl

MINUTES = (25, 100)
LEAST_FOUND = 0.58
#: How much less than the best look the model that serves may find on the part that chooses.
MOST_LOST = 0.005
SEED = 1
RUNS = reports.ROOT / "build" / "training"
#: In short runs on `train` that chose on a part of it, neither words of all captions (`--tell all`) nor a quarter of
#: one category found more than this.
RECIPE = (
    *("--caption", kagl.CAPTIONS[0], "--caption", kagl.CAPTIONS[1], "--title", kagl.TITLE),
    *("--size", "64", "--first-size", "48", "--batch", "128"),
)
STARTS: dict[str, tuple[str, ...]] = {
    "scratch": ("--rate", "0.0015"),
    "shipped": ("--rate", "0.001", "--start-from", str(MODEL)),
}


def trained(start: str) -> Path:
    """The folder of a start's finished run; goes on where it stands."""
    folder = RUNS / f"kagl-{start}"
    data = ("--data", kagl.KAGL, "--where", "split=train", "--held-out", "0")
    scored = ("--score-on", kagl.KAGL, "--score-where", "split=val")
    budget = ("--minutes", MINUTES[-1], "--figures-at", ",".join(map(str, MINUTES)), "--seed", SEED)
    output = RUNS / f"kagl-{start}-model"
    given = [*data, *scored, *budget, *RECIPE, *STARTS[start], "--output", output, "--checkpoints", folder]
    if (folder / CHECKPOINT).exists():
        given.append("--resume")
    call_command("train_clip", *map(str, given))
    return folder


def figures(folder: Path) -> dict[str, Any]:
    """By minutes, what was found on `val`, and how the weights were chosen."""
    taken = {}
    for reading in readings.read(folder):
        assert reading.scored is not None
        assert reading.validation is not None
        taken[f"after_{reading.spent:g}"] = {
            "by_id": asdict(reading.scored.by_id),
            "by_title": asdict(reading.scored.by_title),
            "titles": reading.scored.asked,
            "steps": reading.steps,
            "training_seconds": round(reading.seconds),
            "chosen_step": reading.chosen_step,
            "alpha": reading.alpha,
            "found_where_chosen": reading.validation.by_id.recall_10,
        }
    return taken


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("scratch", marks=pytest.mark.acceptance_size(name="training-scratch")),
        pytest.param("shipped", marks=pytest.mark.acceptance_size(name="training-shipped")),
    ],
)
def test_a_model_of_its_own_finds_products_it_never_saw(start: str):
    kagl.require()
    torch.set_num_threads(os.cpu_count() or 1)  # tests run on one thread each
    folder = trained(start)
    looks = curve.read(folder)[1]
    result = {
        **figures(folder),
        "best_look": max(look.found.by_id.recall_10 for look in looks),
        "looks": len(looks),
    }
    reports.write_report(
        f"training-{start}", sizes={"minutes": MINUTES[-1]}, seeds={"plan": SEED}, result=result
    )
    last = result[f"after_{MINUTES[-1]}"]
    assert last["titles"] >= 2100
    assert last["found_where_chosen"] >= result["best_look"] - MOST_LOST
    assert last["by_id"]["recall_10"] >= LEAST_FOUND
