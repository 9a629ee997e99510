"""One peer over one lot of products, in a process of its own: builds, chooses settings, measures, writes a file a row.

`python -m tests.benchmarks.cell PEER[,PEER] DATA OUT ROW...`. Settings are chosen on tuning queries; all figures are of
other queries. Before anything is timed its answers are held against all rows compared one by one.
"""

from __future__ import annotations

import ctypes
import gc
import json
import math
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from .measuring import Task, check, updates
from .peers import engine
from .peers.protocol import Engine, Products, Query, Settings, Unsupported
from .rows import Peer, Row, Rows, read_rows

#: Which tasks come first and last: memory before anything else takes some, changes when nothing else is asked.
ORDER = {"memory": 0, "ingest": 1, "update": 9}


#: Of the measured queries, so many are timed.
TIMED = 60


@dataclass
class Best:
    """The best setting so far of one peer for one row, and what it measured."""

    rank: tuple[float, ...] = ()
    tried: int = 0
    cell: dict[str, Any] = field(default_factory=dict)
    builds: list[Settings] = field(default_factory=list)

    @classmethod
    def kept(cls, path: Path) -> Best:
        """What a run that was cut off had found; builds of many rows take an hour each."""
        if not path.exists():
            return cls()
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(said["rank"]), said["tried"], said["cell"], said["builds"])

    def keep(self, path: Path) -> None:
        """For the next run, until all builds were tried."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".new").write_text(json.dumps(asdict(self)), encoding="utf-8")
        path.with_suffix(".new").rename(path)


def run(peers: Sequence[Peer], rows: Rows, asked: Sequence[Row], data: Path, out: Path) -> None:
    """Measure every row of `asked` for each of `peers`, which share one index; one file for each in `out`."""
    products = Products.read(data)
    tuning = spread(Query.read(data, "tuning"), rows.data[asked[0].data]["tuning"])
    queries = Query.read(data, "queries")
    asked = sorted(asked, key=lambda row: ORDER.get(row.task, 2))
    tables = list(dict.fromkeys(row.table for row in asked))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        made: dict[str, Engine] = {}
        for peer in peers:
            own = [row for row in asked if peer.name in row.peers]
            try:
                if peer.built_as in made:
                    made[peer.name] = _sharing(peer.name, made[peer.built_as])
                else:
                    made[peer.name] = engine(peer.name)(Path(folder), rows.threads)
                    _give_back()
                    before = _own_mb(data)
                    check(made[peer.name], peer, products, tuning, tables)
            except Exception as error:
                _fail(peer, own, rows, out, error)
                made.pop(peer.name, None)
        alive = [peer for peer in peers if peer.name in made]
        for table in tables:
            _table(
                table,
                [peer for peer in alive if table in peer.grids],
                made,
                [Task(row, rows, products, tuning, queries) for row in asked if row.table == table],
                out,
                lambda: _own_mb(data) - before,
            )
        for name, each in made.items():
            if name == peers[0].name:
                each.close()


def spread(queries: Sequence[Query], most: int) -> Sequence[Query]:
    """So many of `queries` at most, of all kinds: they come in the order of their kinds."""
    return queries[:: max(-(-len(queries) // most), 1)]


def _sharing(name: str, other: Engine) -> Engine:
    """The peer `name` over what `other` built."""
    found = object.__new__(engine(name))
    found.__dict__ = other.__dict__  # one state: what one builds, the other searches
    return found


def _table(
    table: str,
    peers: Sequence[Peer],
    made: dict[str, Engine],
    tasks: Sequence[Task],
    out: Path,
    grown_mb: Callable[[], float],
) -> None:
    """Each build that some peer tries, each search of it; a cell is written when the last of its builds was tried.

    A build that makes what another one made is not made again: of 50,000 rows, an index from 20,000 on is one from 0.
    """
    builds = list({json.dumps(build): build for peer in peers for build in peer.grids[table].builds}.values())
    cells = [
        (task, peer, part, Best.kept(part))
        for task in tasks
        for peer in peers
        if peer.name in task.row.peers
        for part in [out / task.row.name / f"{peer.name}.part"]
    ]
    for build in builds:
        builder, products = made[peers[0].name], tasks[0].products
        making = builder.making(build, len(products))
        waiting = []
        for task, peer, part, kept in cells:
            grid = peer.grids[table]
            if build not in grid.builds or build in kept.builds:
                continue
            if making in [builder.making(each, len(products)) for each in kept.builds]:
                kept.tried += len(grid.searches) if task.row.task not in ORDER else 0
                kept.builds.append(build)
            else:
                waiting.append((task, peer, part, kept))
        if not waiting:
            continue
        begun = time.perf_counter()
        try:
            builder.build(products, table, build)
        except Exception as error:
            for peer in peers:
                _fail(
                    peer, [task.row for task, other, *_ in cells if other is peer], tasks[0].rows, out, error
                )
            return
        taken = time.perf_counter() - begun
        for task, peer, part, kept in waiting:
            try:
                _measure(task, peer, made[peer.name], build, not kept.builds, kept, taken, grown_mb)
            except Unsupported as error:
                kept.cell = {"status": "unsupported", "why": str(error)}
            except Exception as error:
                traceback.print_exc()
                kept.cell = kept.cell or {"status": "failed", "why": _said(error)}
            print(f"  {peer.name} {task.row.name} {build}: {_short(kept.cell)}", flush=True)
            kept.builds.append(build)
            kept.keep(part)
    for task, peer, part, kept in cells:
        write_cell(out, peer, task.row, task.rows, {**kept.cell, "tried": kept.tried})
        part.unlink(missing_ok=True)


def _measure(
    task: Task,
    peer: Peer,
    made: Engine,
    build: Settings,
    first: bool,
    best: Best,
    seconds: float,
    grown_mb: Callable[[], float],
) -> None:
    """Update `best` with what a build that took so many `seconds` and each of the searches give for the row."""
    row, searches = task.row, peer.grids[task.row.table].searches
    if row.task not in ORDER:
        choose_search(task, made, build, searches, best)
        return
    if not first:
        return
    made.choose(searches[-1])
    best.tried, status = 1, {"status": "measured", "settings": {"build": build, "search": searches[-1]}}
    if row.task == "ingest":
        best.cell = {**status, "seconds": seconds, "per_second": len(task.products) / seconds}
    elif row.task == "update":
        best.cell = {**status, **updates(task, made)}
    else:
        task.times(made, task.queries[:50], 0)
        _give_back()
        own, server = grown_mb(), made.server_mb()
        best.cell = {**status, "own_mb": own, "server_mb": server, "mb": own + server}


def choose_search(
    task: Task, made: Engine, build: Settings, searches: Sequence[Settings], best: Best
) -> None:
    """Try `searches` on what was built, and tell the figures of the one that is better than any before.

    One that the peer refuses is tried like the others, and is not its best; its error is raised where none is left.
    """
    chosen, tried = None, []
    refused: Exception | None = None
    for search in searches:
        best.tried += 1
        if (telling := made.telling(search)) in tried:
            continue
        tried.append(telling)
        slowest = -best.rank[-1] if best.rank[:1] == (1.0,) else math.inf
        try:
            made.choose(search)
            task.ask(made, task.tuning[0], task.rows.hits)  # with new settings the first one may take longer
            quality, taken = task.quality(made, task.tuning, slowest)
        except Unsupported:
            raise
        except Exception as error:
            refused = refused or error
            continue
        rank = _rank(task.row, quality, taken)
        if not best.rank or rank > best.rank:
            best.rank, chosen = rank, search
    if chosen is not None:
        made.choose(chosen)
        best.cell = figures(task, made, {"build": build, "search": chosen})
    elif refused is not None and not best.rank:
        raise refused


def _rank(row: Row, quality: dict[str, float], taken: float) -> tuple[float, ...]:
    """Higher is better: reaching the recall and then fast, else near to it; or judged well and then fast."""
    if row.recall:
        reached = quality["recall"] >= row.recall
        return (1.0, -taken) if reached else (0.0, quality["recall"])
    return (round(quality["ndcg10"], 4), -taken) if quality else (-taken,)


def figures(task: Task, made: Engine, settings: dict[str, Settings]) -> dict[str, Any]:
    """What the row tells of the chosen settings, on queries that nothing was chosen on."""
    quality, _ = task.quality(made, task.queries)
    noise = _noise_ms()
    before = made.server_ms()
    timed = spread(task.queries, TIMED)
    taken = task.times(made, timed, task.rows.rounds)
    after = made.server_ms()
    asked = len(timed) * (task.rows.rounds + 1)
    short = task.row.recall and quality["recall"] < task.row.recall - 0.01
    return {
        "status": "short" if short else "measured",
        "settings": settings,
        **quality,
        "p50_ms": float(np.percentile(taken, 50)),
        "p95_ms": float(np.percentile(taken, 95)),
        "per_second": 1000 / float(np.mean(taken)),
        "server_ms": None if before is None or after is None else (after - before) / asked,
        "noise_ms": [noise, _noise_ms()],
        "queries": len(task.queries),
    }


def write_cell(out: Path, peer: Peer, row: Row, rows: Rows, found: dict[str, Any]) -> None:
    """The figures of one row and peer, with what they were measured with."""
    cell = {"row": row.name, "peer": peer.name, "versions": versions(peer), "data": row.place, **found}
    cell["threads"] = rows.threads
    path = out / row.name / f"{peer.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(cell, indent=1) + "\n", encoding="utf-8")


def versions(peer: Peer) -> dict[str, str]:
    """Of the peer's packages, as they say themselves."""
    found = {}
    for name in peer.packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _fail(peer: Peer, asked: Sequence[Row], rows: Rows, out: Path, error: Exception) -> None:
    traceback.print_exception(error)
    for row in asked:
        write_cell(out, peer, row, rows, {"status": "failed", "why": _said(error), "tried": 0})


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def _short(cell: dict[str, Any]) -> str:
    return " ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in cell.items()
        if name in ("status", "why", "recall", "ndcg10", "p50_ms", "per_second", "mb")
    )


def _own_mb(data: Path) -> float:
    """This process's proportional memory, without the files in `data`, which are mapped for every peer."""
    total, counts = 0, True
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        first, _, rest = line.partition(" ")
        if "-" in first and ":" not in first:  # a mapping begins
            counts = str(data.resolve()) not in rest
        elif first == "Pss:" and counts:
            total += int(rest.split()[0])
    return total * 1024 / 1e6


def _give_back() -> None:
    """What was freed, to the system, so that memory is what is in use."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def _noise_ms() -> float:
    """Milliseconds of the same small work on every machine: where it differs, so do the times beside it."""
    work = np.ones((400, 400), dtype=np.float32)
    begun = time.perf_counter()
    for _ in range(20):
        work @ work
    return (time.perf_counter() - begun) * 1000


def _pinned(threads: int) -> None:
    """This process, and all it starts, on so many cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


if __name__ == "__main__":
    fixed = read_rows()
    _pinned(fixed.threads)
    names, data_folder, out_folder, wanted = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    run(
        [fixed.peers[name] for name in names.split(",")],
        fixed,
        [fixed.by_name[name] for name in wanted],
        Path(data_folder),
        Path(out_folder),
    )
