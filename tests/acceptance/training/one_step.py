"""One step of training in a process of its own: `python -m tests.acceptance.training.one_step CANDIDATES BATCH FOLDER`.

Prints its seconds, the peak of the whole process's memory (ru_maxrss: Python, torch, model, optimizer and data with it)
and what stood there before the step, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from product_search.training.model import TINY, from_scratch
from product_search.training.pixels import decoded
from product_search.training.plan import Plan
from product_search.training.run import Trainer

from .kagl import examples


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(candidates: int, batch: int, folder: Path) -> None:
    """Decode what is not decoded yet, take one step, and print what it took."""
    shown = examples("train")
    plan = Plan(steps=1, batch=batch, candidates=candidates)
    trainer = Trainer(from_scratch(TINY, seed=1), shown, plan, folder)
    pixels = decoded(folder, shown, 72, progress=False)
    before = peak_mb()
    trainer._one_step(pixels)
    pixels.close(keep=True)
    print(
        json.dumps(
            {
                "candidates": trainer.steps.batches.size,
                "seconds": round(trainer.elapsed, 1),
                "peak_mb": round(peak_mb(), 1),
                "before_mb": round(before, 1),
                "loss": trainer.points[-1].loss,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
