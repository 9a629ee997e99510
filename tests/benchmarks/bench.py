"""`make bench`: every row of rows.toml put to every peer, each in a process of its own; what is measured is kept.

`python -m tests.benchmarks.bench [--only ROW] [--size MOST]`. A cell that was measured lies in build/bench/cells and is
not measured again; remove it to do so. Rows that are whole are written to docs/bench, and their tables into the docs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from . import results
from .peers import AT_HOME
from .rows import Peer, Row, Rows, read_rows

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
CELLS = BUILD / "cells"
PEERS_PYTHON = ROOT / "build" / "bench-venv" / "bin" / "python"
#: A process that takes longer is ended, and its cells say so.
MOST_S = 6 * 3600
#: What keeps the libraries of the peers to so many threads.
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "TOKIO_WORKER_THREADS",
    "LANCE_CPU_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """Rows of one lot of data, put to peers that share an index, in one process."""

    place: str
    peers: tuple[Peer, ...]
    rows: tuple[Row, ...]


def jobs(rows: Rows, wanted: Iterable[Row], cells: Path = CELLS) -> list[Job]:
    """What is still to be measured of the rows `wanted`."""
    found: dict[tuple[str, str], tuple[dict[str, Peer], dict[str, Row]]] = {}
    for row in wanted:
        for name in row.peers:
            if not measured(cells / row.name / f"{name}.json"):
                peers, own = found.setdefault((row.place, rows.peers[name].built_as), ({}, {}))
                peers[name], own[row.name] = rows.peers[name], row
    return [
        Job(place, tuple(sorted(peers.values(), key=lambda peer: peer.name != base)), tuple(own.values()))
        for (place, base), (peers, own) in found.items()
    ]


def measured(cell: Path) -> bool:
    """Whether the cell has an answer; one that failed is tried again by the next run."""
    return cell.exists() and json.loads(cell.read_text(encoding="utf-8"))["status"] != "failed"


def prepare(place: str) -> str:
    """Write the data of `place` unless it is there; returns what went wrong, in a line, or nothing."""
    folder = BUILD / "data" / place
    if (folder / "products.json").exists():
        return ""
    return _ran([sys.executable, "-m", "tests.benchmarks.products", place, str(folder)], place, 1)


def measure(job: Job, threads: int) -> str:
    """Run the job; returns what went wrong, in a line, or nothing."""
    python = sys.executable if job.peers[0].name in AT_HOME else str(PEERS_PYTHON)
    names = ",".join(peer.name for peer in job.peers)
    command = [python, "-m", "tests.benchmarks.cell", names, str(BUILD / "data" / job.place), str(CELLS)]
    return _ran([*command, *(row.name for row in job.rows)], f"{names}-{job.place}", threads)


def _ran(command: Sequence[str], name: str, threads: int) -> str:
    """Run it with its output in build/bench/logs; the last line of that where it fails."""
    log = BUILD / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        **dict.fromkeys(_THREADS, str(threads)),
        "RUST_LOG": "error",
        "LANCE_LOG": "error",
    }
    with log.open("w", encoding="utf-8") as file:
        try:
            ran = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=MOST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it took more than {MOST_S / 3600:.0f} hours"
    if not ran.returncode:
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"status {ran.returncode}: {lines[-1] if lines else 'it said nothing'}"[:300]


def note_failed(job: Job, why: str) -> None:
    """A cell for each that the job owes: nobody is left out silently."""
    for row in job.rows:
        for peer in job.peers:
            path = CELLS / row.name / f"{peer.name}.json"
            if peer.name in row.peers and not measured(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                failed = {"row": row.name, "peer": peer.name, "status": "failed", "why": why, "tried": 0}
                path.write_text(json.dumps({**failed, "versions": {}, "data": row.place}, indent=1) + "\n")


def run(only: Sequence[str], size: int) -> None:
    """Measure what is missing, smaller data first, and write the rows that are whole."""
    rows = read_rows()
    if unknown := set(only) - rows.by_name.keys():
        sys.exit(f"There is no row {', '.join(sorted(unknown))}; there are {', '.join(rows.by_name)}.")
    wanted = [row for row in rows.rows if (row.name in only if only else row.size <= size)]
    waiting = jobs(rows, sorted(wanted, key=lambda row: row.size))
    lacking: dict[str, str] = {}
    with tqdm(waiting, unit="peer", desc="bench") as bar:
        for job in bar:
            bar.set_postfix_str(f"{job.peers[0].name}, {job.place}")
            if job.place not in lacking:
                lacking[job.place] = prepare(job.place)
            if why := lacking[job.place] or measure(job, rows.threads):
                note_failed(job, why)
                bar.write(f"{job.peers[0].name}, {job.place}: {why}")
    for row in wanted:
        if all((CELLS / row.name / f"{name}.json").exists() for name in row.peers):
            results.write(row, rows, CELLS)
    results.print_tables(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="one row of rows.toml, or several with commas between")
    parser.add_argument(
        "--size", type=int, default=10_000, help="the largest number of products, without --only"
    )
    asked = parser.parse_args()
    run([name for name in asked.only.split(",") if name], asked.size)
