"""Queries and pictures through our runtimes beside open_clip's own way."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from product_search import encoders
from product_search.encoders import exported, exporting
from product_search.encoders.compiled import CompiledEncoder
from tests.acceptance import reports

from .encoder_speed import RUNTIMES, compared, queries

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "fixtures" / "catalogue"
SEED = 10_000
#: How many times as fast as open_clip ours is to be at least, with ViT-B-32 on two cores.
LEAST = {
    ("torch", "query"): 2.2,
    ("torch", "queries"): 8.0,
    ("openvino", "query"): 4.5,
    ("openvino", "picture"): 1.7,
    ("onnx_int8", "picture"): 2.3,
}
EXACT, LEAST_COSINE = ("torch", "openvino", "onnx"), 1 - 1e-5
MOST_RECALL_LOST = 0.01


def measured(name: str, pairs: int, folder: Path, *runtimes: str) -> dict[str, Any]:
    """By runtime, each in a process of its own."""
    return {runtime: _measured(name, pairs, folder, runtime) for runtime in runtimes}


def _measured(name: str, pairs: int, folder: Path, runtime: str) -> Any:
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.encoder_speed"]
    said = subprocess.run(
        [*command, name, str(pairs), str(SEED), str(folder), runtime],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return json.loads(said.splitlines()[-1])


def recall(titles: Any, pictures: Any, at: int = 10) -> float:
    """Share of titles among whose nearest pictures is their own."""
    scores = titles @ pictures.T
    own = scores[np.arange(len(scores)), np.arange(len(scores))]
    return float(((scores > own[:, None]).sum(axis=1) < at).mean())


def test_two_ways_are_timed_in_turns():
    asked = queries(4, SEED)
    assert all(3 <= len(words.split()) <= 12 for words in asked)
    seen: list[str] = []
    found = compared(lambda q: seen.append("theirs"), lambda q: seen.append("ours"), asked)
    assert found["pairs"] == 4
    assert sorted(seen) == ["ours"] * 8 + ["theirs"] * 8, "once before, and once timed"
    assert all(set(seen[at : at + 2]) == {"ours", "theirs"} for at in range(0, len(seen), 2))
    assert found["interval"][0] <= found["ratio"] <= found["interval"][1]


@pytest.mark.acceptance_size(name="encoders")
def test_encoders(tmp_path, settings):
    pairs = int(reports.asked("encoders")["pairs"])
    found = measured("ViT-B-32:untrained", pairs, tmp_path, *RUNTIMES)
    tiny = f"local-dir:{ROOT / 'fixtures' / 'model'}"
    result: dict[str, Any] = {
        "vit_b_32": found,
        "tiny": measured(tiny, pairs, tmp_path, *EXACT),
    }
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MODELS_DIR": str(tmp_path)}
    name = encoders.parse(tiny)
    rounded, _ = exporting.export(name, runtime="onnx", int8=True)
    with (CATALOGUE / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["images"]]
    titles = [row["title"] for row in rows]
    images = [Image.open(CATALOGUE / "images" / row["images"].split(";")[0].strip()) for row in rows]
    both = {
        "torch": encoders.load(tiny),
        "int8": CompiledEncoder(exported.find(name, int8=True), "onnx"),
    }
    result["recall_at_10"] = {
        label: recall(encoder.encode_texts(titles), encoder.encode_images([i.convert("RGB") for i in images]))
        for label, encoder in both.items()
    }
    result["int8_folder_mb"] = sum(path.stat().st_size for path in rounded.folder.iterdir()) / 1e6
    reports.write_report(
        "encoders", sizes={"pairs": found["torch"]["query"]["pairs"]}, seeds={"queries": SEED}, result=result
    )
    assert all(found[runtime]["cosine"] >= LEAST_COSINE for runtime in EXACT)
    assert result["recall_at_10"]["int8"] >= result["recall_at_10"]["torch"] - MOST_RECALL_LOST
    short = {
        f"{runtime} {what}": found[runtime][what]["ratio"]
        for (runtime, what), least in LEAST.items()
        if found[runtime][what]["ratio"] < least
    }
    assert short == {}
