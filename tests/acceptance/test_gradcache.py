"""A contrastive batch of tens of thousands in the memory of one of hundreds: real photographs, one whole step each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import reports
from tests.acceptance.training import kagl

#: Pictures computed at once, in both steps; the smaller one is a plain step.
BATCH = 512
MOST_MEMORY = 1.3


def step(candidates: int, folder: Path) -> dict[str, Any]:
    """What one step took, in a process of its own."""
    command = [sys.executable, "-m", "tests.acceptance.training.one_step"]
    ran = subprocess.run(
        [*command, str(candidates), str(BATCH), str(folder)],
        cwd=reports.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    taken: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return taken


@pytest.mark.acceptance_size(name="gradcache")
def test_a_step_with_many_candidates_takes_little_more_memory_than_one_with_few(tmp_path):
    kagl.require()
    candidates = int(reports.asked("gradcache")["candidates"])
    step(BATCH, tmp_path)  # decodes
    few, many = step(BATCH, tmp_path), step(candidates, tmp_path)
    assert (few["candidates"], many["candidates"]) == (BATCH, candidates)
    ratio = many["peak_mb"] / few["peak_mb"]
    reports.write_report(
        "gradcache",
        sizes={"candidates": candidates, "batch": BATCH},
        seeds={"plan": 1},
        result={"few": few, "many": many, "memory_ratio": round(ratio, 3), "most": MOST_MEMORY},
    )
    assert ratio <= MOST_MEMORY
