"""What docs/benchmarks.md shows is what was measured: every row, every peer, and rows that are lost are marked."""

from __future__ import annotations

import json
import tomllib

import pytest

from . import results
from .rows import read_rows

ROWS = read_rows()
MEASURED = [row for row in ROWS.rows if (results.RESULTS / f"{row.name}.json").exists()]


def test_a_row_with_results_has_those_of_every_peer():
    for row in MEASURED:
        cells = results.read(row)
        assert cells.keys() == set(row.peers), f"make bench ONLY={row.name}"
        for name, cell in cells.items():
            assert cell["status"] in ("measured", "short", "unsupported", "failed")
            if cell["status"] in ("measured", "short"):
                assert cell["versions"].keys() == set(ROWS.peers[name].packages), (row.name, name)
                assert "not installed" not in cell["versions"].values(), (row.name, name)
            else:
                assert cell["why"], (row.name, name)


def test_the_page_shows_the_results():
    text = results.PAGE.read_text(encoding="utf-8")
    assert text == results.filled(text, ROWS), "out of date: python -m tests.benchmarks.results"
    for row in ROWS.rows:
        assert f"### {row.name}\n" in text


def test_each_row_that_is_lost_says_what_would_win_it():
    needed = tomllib.loads(results.LOST.read_text(encoding="utf-8"))
    assert needed.keys() == {row.name for row in MEASURED if results.lost(row, ROWS, results.read(row))}
    assert all(len(why) > 20 for why in needed.values())


def cell(figure, value, **more):
    settings = {"build": {}, "search": {"ef": 40}}
    return {
        "status": "measured",
        figure: value,
        "settings": settings,
        "tried": 20,
        "versions": {"x": "1"},
        **more,
    }


@pytest.fixture
def folder(tmp_path):
    """One row in which pgvector is twice as fast, one with more rows a second than anybody."""

    def write(name, cells):
        (tmp_path / f"{name}.json").write_text(json.dumps({"peers": cells}))

    speed = {name: cell("p50_ms", 4.0, recall=0.97) for name in ROWS.by_name["vectors-95"].peers}
    speed |= {"pgvector": cell("p50_ms", 2.0, recall=0.96), "hnswlib": cell("p50_ms", 0.1, recall=0.95)}
    speed["chroma"] = {"status": "failed", "why": "it | fell", "tried": 0}
    speed["lancedb"] = cell("p50_ms", 0.01, recall=0.5) | {"status": "short"}
    write("vectors-95", speed)
    ingest = {name: cell("per_second", 100.0) for name in ROWS.by_name["ingest"].peers}
    write(
        "ingest", ingest | {"product-search": cell("per_second", 101.0), "faiss": cell("per_second", 900.0)}
    )
    return tmp_path


def test_a_row_that_is_lost_is_marked_with_what_it_needs(folder, tmp_path, monkeypatch):
    (tmp_path / "lost.toml").write_text('vectors-95 = "less of everything"')
    monkeypatch.setattr(results, "LOST", tmp_path / "lost.toml")
    lines = {
        line.split("]")[0][3:]: line for line in results.summary(ROWS, folder).splitlines()[2:] if "]" in line
    }
    assert lines.keys() == {"vectors-95", "ingest"}
    assert "4 ms" in lines["vectors-95"]
    assert "2 ms (pgvector)" in lines["vectors-95"], (
        "a library is no database, and too little recall no speed"
    )
    assert "**lost** | less of everything" in lines["vectors-95"]
    assert "101 rows/s (product-search)" in lines["ingest"]
    assert "| ours |" in lines["ingest"]
    assert "Not measured yet: vectors-99" in results.summary(ROWS, folder)


def test_nobody_is_left_out_of_a_table(folder):
    row = ROWS.by_name["vectors-95"]
    table = results.table(row, ROWS, results.read(row, folder)).splitlines()[2:]
    assert len(table) == len(row.peers)
    assert table[0].startswith("| hnswlib (library)")
    assert table[1].startswith("| pgvector<br>x 1 | 0.960 | 2 |")
    assert any("failed: it / fell" in line for line in table)
    assert any("lancedb" in line and "below the recall asked for" in line for line in table)
