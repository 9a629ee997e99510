"""What a run was begun with, kept beside its checkpoint: going on with other data or another split would be a leak."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import ProductSearchError

RECORD_FILE = "run.json"


class DifferentRun(ProductSearchError):
    """A checkpoint was begun with other data, another split or another model."""


@dataclass(frozen=True)
class Run:
    """Everything that must stay the same from a run's first step to its last."""

    config: dict[str, Any]
    data: tuple[str, ...]
    captions: tuple[str, ...]
    where: tuple[str, ...]
    held_out: float
    validation: float
    begun_from: str
    #: What stands in the plan, but for its budget.
    plan: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """All of it by name, as JSON has it."""
        whole = {name: value for name, value in asdict(self).items() if name != "plan"}
        told: dict[str, Any] = json.loads(json.dumps({**whole, **self.plan}))
        return told


def write(folder: Path, run: Run) -> None:
    """Keep the record in the folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD_FILE).write_text(json.dumps(run.told(), indent=2) + "\n", encoding="utf-8")


def require_same(folder: Path, run: Run) -> None:
    """Raise `DifferentRun`, naming what differs, unless the folder's checkpoint was begun with `run`."""
    path = folder / RECORD_FILE
    if not path.exists():
        raise DifferentRun(
            f"{folder} has a checkpoint but no {RECORD_FILE}: start anew with an empty folder."
        )
    begun = json.loads(path.read_text(encoding="utf-8"))
    now = run.told()
    differing = [
        f"{name} was {begun.get(name)!r} and is now {now[name]!r}"
        for name in now
        if now[name] != begun.get(name)
    ]
    if differing:
        raise DifferentRun(
            f"The checkpoint in {folder} was begun otherwise: {'; '.join(differing)}. "
            "Give the same options to go on, or an empty folder to start anew."
        )
