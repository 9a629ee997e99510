"""The rows of `make bench` are whole and as they were fixed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .peers import ENGINES
from .rows import FILE, LEAST_SETTINGS, BadRows, read_rows

TEXT = FILE.read_text(encoding="utf-8")
REQUIREMENTS = Path(__file__).parent / "peers" / "requirements.txt"


def spoilt(tmp_path: Path, old: str, new: str) -> Path:
    assert old in TEXT
    path = tmp_path / "rows.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_row_is_put_to_peers_that_are_there_with_settings_enough():
    rows = read_rows()
    tasks = {row.task for row in rows.rows}
    assert tasks == {
        "vectors", "filter", "ingest", "update", "memory", "words", "words-quality", "hybrid-quality"
    }  # fmt: skip
    assert {row.share for row in rows.rows if row.task == "filter"} == {0.5, 0.1, 0.01, 0.001}
    assert {row.recall for row in rows.rows if row.task == "vectors"} == {0.95, 0.99}
    assert {10_000, 100_000, 1_000_000} <= {row.size for row in rows.rows if row.recall == 0.95}
    assert rows.peers.keys() == ENGINES.keys()
    for peer in rows.peers.values():
        for grid in peer.grids.values():
            assert len(grid) >= LEAST_SETTINGS or "docs." in grid.recipe or "local mode" in grid.recipe
    (both,) = (grid for name, grid in rows.peers["hnswlib"].grids.items() if name == "vectors")
    assert {(build["M"], search["ef"]) for build in both.builds for search in both.searches} == {
        (m, ef) for m in (16, 32) for ef in (24, 32, 40, 60, 80, 120, 160, 240, 400, 800)
    }


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('task = "filter"', 'task = "filters"', "row filter-50: task 'filters'; expected one of vectors"),
        ("share = 0.5\n", "", "row filter-50: share must be said"),
        ("recall = 0.95", "recall = 95", "row vectors-95: recall and share are parts of 1"),
        ('name = "vectors-99"', 'name = "vectors-95"', "row vectors-95: there are two"),
        ('data = "kagl"', 'data = "fashion"', "row words-kagl: there is no data 'fashion'"),
        ('"faiss", "hnswlib"]', '"faiss", "annoy"]', "there is no peer 'annoy'"),
        ('peers = "words"', 'peers = "stores"', "peer chroma has no settings for words"),
        ("build = { M = [16, 32], efConstruction", "build = { efConstruction", "milvus, vectors: 10 settings; try 20"),
        ('kind = "library"', 'kind = "limit"', "kind 'limit'; expected one of ours"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_said(tmp_path, old, new, problem):
    with pytest.raises(BadRows, match=re.escape(problem)):
        read_rows(spoilt(tmp_path, old, new))


def test_every_package_that_is_measured_is_pinned():
    pinned = {
        re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower()
        for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    rows = read_rows()
    for name, peer in rows.peers.items():
        if name not in ("product-search", "product-search-leg", "pgvector"):
            assert {package.lower() for package in peer.packages} <= pinned, name
