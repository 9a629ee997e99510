"""The rows of `make bench` as `rows.toml` fixes them: read, checked, and each peer's settings counted out.

Standard library only: processes without Django read it, too.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

FILE = Path(__file__).with_name("rows.toml")
#: Settings that are tried for a peer, unless its documentation says what to take.
LEAST_SETTINGS = 20

Task = Literal["vectors", "filter", "ingest", "update", "memory", "words", "words-quality", "hybrid-quality"]
Kind = Literal["ours", "database", "library"]
Settings = Mapping[str, Any]
#: Which of a peer's tables of settings a task is tried with.
TABLES: Mapping[str, str] = {
    "vectors": "vectors", "filter": "vectors", "ingest": "vectors", "update": "vectors", "memory": "vectors",
    "words": "words", "words-quality": "words", "hybrid-quality": "hybrid",
}  # fmt: skip
#: What a row of a task must say beside its name, title, data and peers.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "vectors": ("size", "recall"),
    "filter": ("size", "recall", "share"),
    "ingest": ("size",),
    "update": ("size", "changed"),
    "memory": ("size",),
    "words": ("size", "recall"),
    "words-quality": (),
    "hybrid-quality": (),
}


class BadRows(ValueError):
    """`rows.toml` can't be taken as it is; one sentence for each thing that is wrong."""


@dataclass(frozen=True)
class Grid:
    """The settings of one peer for one kind of task: each of `builds` with each of `searches`."""

    builds: tuple[Settings, ...]
    searches: tuple[Settings, ...]
    recipe: str = ""

    def __len__(self) -> int:
        return len(self.builds) * len(self.searches)


@dataclass(frozen=True)
class Peer:
    """Who takes part. `built_as` is the peer whose process and index it is measured in, itself as a rule."""

    name: str
    kind: Kind
    what: str
    packages: tuple[str, ...]
    over: str
    built_as: str
    grids: Mapping[str, Grid]


@dataclass(frozen=True)
class Row:
    """One comparison. `size` is 0 where the data has one size; `share`, `recall` and `changed` where the task asks."""

    name: str
    title: str
    task: Task
    data: str
    peers: tuple[str, ...]
    size: int = 0
    recall: float = 0.0
    share: float = 1.0
    changed: int = 0

    @property
    def place(self) -> str:
        """Names its data at its size, as files are called."""
        return f"{self.data}-{self.size}" if self.size else self.data

    @property
    def table(self) -> str:
        """Which settings of a peer are tried."""
        return TABLES[self.task]


@dataclass(frozen=True)
class Rows:
    """All of them, and what they have in common."""

    rows: tuple[Row, ...]
    peers: Mapping[str, Peer]
    data: Mapping[str, Mapping[str, Any]]
    hits: int
    tie: float
    threads: int
    rounds: int
    by_name: Mapping[str, Row] = field(default_factory=dict)


def read_rows(path: Path = FILE) -> Rows:
    """The rows of the file; raises `BadRows`."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    problems = list(_problems(said))
    if problems:
        raise BadRows("\n".join(problems))
    peers = {name: _peer(name, table) for name, table in said["peers"].items()}
    rows = tuple(Row(**{**row, "peers": tuple(said["groups"][row["peers"]])}) for row in said["row"])
    problems = list(_missing(rows, peers))
    if problems:
        raise BadRows("\n".join(problems))
    return Rows(
        rows,
        peers,
        said["data"],
        said["hits"],
        said["tie"],
        said["threads"],
        said["rounds"],
        {row.name: row for row in rows},
    )


def _peer(name: str, table: Mapping[str, Any]) -> Peer:
    grids = {
        task: Grid(_every(table[task]["build"]), _every(table[task]["search"]), table[task].get("recipe", ""))
        for task in set(TABLES.values())
        if task in table
    }
    return Peer(
        name,
        table["kind"],
        table["what"],
        tuple(table["packages"]),
        table["over"],
        table.get("with", name),
        grids,
    )


def _every(choices: Mapping[str, list[Any]]) -> tuple[Settings, ...]:
    """Each combination of the `choices`; of none, one that says nothing."""
    return tuple(dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values()))


def _problems(said: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one row or peer by itself."""
    for name in ("hits", "tie", "threads", "rounds", "data", "groups", "row", "peers"):
        if name not in said:
            yield f"{name} is missing."
    seen: set[str] = set()
    for row in said.get("row", ()):
        name = row.get("name", "?")
        if name in seen:
            yield f"row {name}: there are two."
        seen.add(name)
        if row.get("task") not in get_args(Task):
            yield f"row {name}: task {row.get('task')!r}; expected one of {', '.join(get_args(Task))}."
            continue
        lacking = [each for each in ("title", "data", "peers", *_NEEDED[row["task"]]) if each not in row]
        if lacking:
            yield f"row {name}: {', '.join(lacking)} must be said for the task {row['task']}."
        if row.get("data") not in said.get("data", {}):
            yield f"row {name}: there is no data {row.get('data')!r}."
        if row.get("peers") not in said.get("groups", {}):
            yield f"row {name}: there is no group {row.get('peers')!r}."
        if not 0 <= row.get("recall", 0) <= 1 or not 0 < row.get("share", 1) <= 1:
            yield f"row {name}: recall and share are parts of 1."
    for name, table in said.get("peers", {}).items():
        lacking = [each for each in ("kind", "what", "packages", "over") if not table.get(each)]
        if lacking:
            yield f"peer {name}: {', '.join(lacking)} must be said."
        if table.get("kind") not in get_args(Kind):
            yield f"peer {name}: kind {table.get('kind')!r}; expected one of {', '.join(get_args(Kind))}."
        for task in set(TABLES.values()) & table.keys():
            if not {"build", "search"} <= table[task].keys():
                yield f"peer {name}, {task}: build and search must be said."


def _missing(rows: tuple[Row, ...], peers: Mapping[str, Peer]) -> Iterator[str]:
    """What rows ask of peers that these don't say; and who is tried with too few settings."""
    for row in rows:
        for name in row.peers:
            if name not in peers:
                yield f"row {row.name}: there is no peer {name!r}."
            elif row.table not in peers[name].grids:
                yield f"row {row.name}: peer {name} has no settings for {row.table}."
    for peer in peers.values():
        if peer.built_as not in peers:
            yield f"peer {peer.name}: there is no peer {peer.built_as!r} to be built with."
        for task, grid in peer.grids.items():
            if len(grid) < LEAST_SETTINGS and not grid.recipe:
                yield (
                    f"peer {peer.name}, {task}: {len(grid)} settings; try {LEAST_SETTINGS} at least, or name the"
                    " documented recipe."
                )
