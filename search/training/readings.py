"""Readings of one run: what the model would be and find after each part of its budget, kept beside the checkpoint."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .figures import Retrieval
from .titles import Found

READINGS_FILE = "readings.json"


@dataclass(frozen=True)
class Reading:
    """After `spent` minutes or steps: `steps` and `seconds` of training, and how the weights that serve were chosen.

    `chosen_step` is where they were the best of those seen, `alpha` how far they lie from where the run began (1: they
    are the trained ones), `validation` what they found there, and `scored` what was found on the list to be reported.
    """

    spent: float
    unit: str
    steps: int
    seconds: float
    chosen_step: int
    alpha: float
    validation: Found | None
    scored: Found | None

    def told(self) -> str:
        """One line for people."""
        found = self.scored or self.validation
        figures = (
            f"; of {found.asked:,} titles recall@1 {found.by_id.recall_1:.3f}, @10 {found.by_id.recall_10:.3f}, "
            f"MRR {found.by_id.mrr:.3f} by id; {found.by_title.recall_1:.3f}, {found.by_title.recall_10:.3f}, "
            f"{found.by_title.mrr:.3f} with any product of that title"
            if found
            else ""
        )
        return f"After {self.spent:g} {self.unit}{figures}."


def folder_of(folder: Path, spent: float) -> Path:
    """Where the model of a reading lies."""
    return folder / f"at-{spent:g}"


def add(folder: Path, reading: Reading) -> None:
    """Keep a reading; one of the same time is replaced."""
    others = [each for each in read(folder) if each.spent != reading.spent]
    told = [asdict(each) for each in sorted([*others, reading], key=lambda each: each.spent)]
    (folder / READINGS_FILE).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> list[Reading]:
    """All readings of a run, in order."""
    path = folder / READINGS_FILE
    if not path.exists():
        return []
    return [
        Reading(**{**told, "validation": _found(told["validation"]), "scored": _found(told["scored"])})
        for told in json.loads(path.read_text(encoding="utf-8"))
    ]


def _found(told: dict[str, Any] | None) -> Found | None:
    if told is None:
        return None
    return Found(**{**told, "by_id": Retrieval(**told["by_id"]), "by_title": Retrieval(**told["by_title"])})
