"""A run in a process of its own, to be killed: `python -m tests.unit.training.killed TRAINING_CSV FOLDER`.

Prints its step whenever a checkpoint is whole.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from product_search.training.examples import Example, read_examples
from product_search.training.model import from_scratch
from product_search.training.plan import Plan
from product_search.training.run import Trainer

from .conftest import SMALL

PLAN = Plan(
    steps=8, batch=8, candidates=16, warmup=2, readings=(5.0,), validate_every=0.5, checkpoint_seconds=0
)


def trainer(training_csv: Path, folder: Path, kind: type[Trainer] = Trainer) -> Trainer:
    """The run, before its first step or where its folder stands."""
    examples = read_examples(training_csv)
    asked: list[Example] = [examples.pop(row) for row in (30, 20, 10, 0)]
    return kind(from_scratch(SMALL, seed=1), examples, PLAN, folder, validation=asked, begun=True)


class Telling(Trainer):
    """Says where its checkpoint stands."""

    def save(self) -> None:
        super().save()
        print(self.step, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    trainer(Path(sys.argv[1]), Path(sys.argv[2]), Telling).train(progress=False)
