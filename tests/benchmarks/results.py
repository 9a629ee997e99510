"""What was measured, as docs/bench/ROW.json, and the tables and the plot that docs/benchmarks.md shows of it.

`python -m tests.benchmarks.results` fills the page again from those files.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .rows import Row, Rows, read_rows

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = "latency.svg"
#: Of each row that is lost, what would be needed to win it.
LOST = Path(__file__).with_name("lost.toml")

_MARKS = re.compile(r"(<!-- bench:([\w-]+) -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)
#: The figure that decides a row, whether more of it is better, and how it is written.
_DECIDES: Mapping[str, tuple[str, bool, str]] = {
    "ingest": ("per_second", True, "{:,.0f} rows/s"),
    "memory": ("mb", False, "{:,.0f} MB"),
    "words-quality": ("ndcg10", True, "nDCG@10 {:.3f}"),
    "hybrid-quality": ("ndcg10", True, "nDCG@10 {:.3f}"),
}
_LATENCY = ("p50_ms", False, "{:.3g} ms")
Cells = Mapping[str, Mapping[str, Any]]


def write(row: Row, rows: Rows, cells: Path, folder: Path = RESULTS) -> Path:
    """docs/bench/ROW.json of all its cells, with machine and commit; returns its path."""
    from tests.acceptance.reports import commit, machine

    found = {
        name: json.loads((cells / row.name / f"{name}.json").read_text(encoding="utf-8"))
        for name in row.peers
    }
    path = folder / f"{row.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {
        "row": row.name,
        "title": row.title,
        "data": row.place,
        "commit": commit(),
        "machine": machine(),
        "peers": found,
    }
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(row: Row, folder: Path = RESULTS) -> Cells | None:
    """The cells of a row by peer; None before it was measured."""
    path = folder / f"{row.name}.json"
    if not path.exists():
        return None
    cells: Cells = json.loads(path.read_text(encoding="utf-8"))["peers"]
    return cells


def ranked(row: Row, cells: Cells) -> list[tuple[str, float]]:
    """Who has a figure that counts, with it, the best first."""
    name, more, _ = _DECIDES.get(row.task, _LATENCY)
    counted = [(peer, cell[name]) for peer, cell in cells.items() if cell["status"] == "measured"]
    return sorted(counted, key=lambda pair: -pair[1] if more else pair[1])


def standing(row: Row, rows: Rows, cells: Cells) -> tuple[str, float, str, float] | None:
    """Our better way and its figure, the best other database and its figure; None where either is missing."""
    places = ranked(row, cells)
    ours = next((each for each in places if rows.peers[each[0]].kind == "ours"), None)
    other = next((each for each in places if rows.peers[each[0]].kind == "database"), None)
    return None if ours is None or other is None else (*ours, *other)


def lost(row: Row, rows: Rows, cells: Cells) -> bool:
    """Whether another database is better than what a shop gets here, or there is nothing of ours to compare."""
    found = standing(row, rows, cells)
    if found is None:
        return True
    _, more, _ = _DECIDES.get(row.task, _LATENCY)
    _, ours, _, other = found
    return ours < other if more else ours > other


def table(row: Row, rows: Rows, cells: Cells) -> str:
    """The row's peers as a table, the best first, those without a figure last with why."""
    order = [name for name, _ in ranked(row, cells)]
    order += [name for name in row.peers if name not in order]
    columns = _columns(row)
    lines = [
        f"| peer | {' | '.join(title for title, _ in columns)} | asked | settings (of so many tried) |",
        "|---" * (len(columns) + 3) + "|",
    ]
    for name in order:
        cell, peer = cells[name], rows.peers[name]
        shown = (
            f"**{name}**" if peer.kind == "ours" else f"{name} (library)" if peer.kind == "library" else name
        )
        version = " ".join(
            f"{package} {number}" for package, number in list(cell.get("versions", {}).items())[:1]
        )
        if cell["status"] not in ("measured", "short"):
            why = f"{cell['status']}: {cell['why']}".replace("|", "/")
            lines.append(f"| {shown} | {' | '.join(['–'] * len(columns))} | {peer.over} | {why} |")
            continue
        figures = [write_figure(cell) for _, write_figure in columns]
        settings = {**cell["settings"]["build"], **cell["settings"]["search"]}
        said = ", ".join(f"{key} {value}" for key, value in settings.items()) or "none to choose"
        short = "; **below the recall asked for**" if cell["status"] == "short" else ""
        lines.append(
            f"| {shown}<br>{version} | {' | '.join(figures)} | {peer.over} | {said} ({cell['tried']}){short} |"
        )
    return "\n".join(lines) + "\n"


def summary(rows: Rows, folder: Path = RESULTS) -> str:
    """One line for each row: ours, the best other database, and who is first; rows that were not run are named."""
    why = tomllib.loads(LOST.read_text(encoding="utf-8"))
    lines = ["| row | ours | best other database | first | to win it |", "|---|---|---|---|---|"]
    waiting = []
    for row in rows.rows:
        cells = read(row, folder)
        if cells is None:
            waiting.append(row.name)
            continue
        found = standing(row, rows, cells)
        _, _, form = _DECIDES.get(row.task, _LATENCY)
        ours = "–" if found is None else f"{form.format(found[1])} ({found[0]})"
        other = "–" if found is None else f"{form.format(found[3])} ({found[2]})"
        is_lost = lost(row, rows, cells)
        needed = why.get(row.name, "") if is_lost else ""
        lines.append(
            f"| [{row.name}](#{row.name}): {row.title}, {row.place} | {ours} | {other} |"
            f" {'**lost**' if is_lost else 'ours'} | {needed} |"
        )
    if waiting:
        lines += ["", f"Not measured yet: {', '.join(waiting)}."]
    if (folder / PLOT).exists():
        lines += ["", f"![Median latency of every peer in every row](bench/{PLOT})"]
    return "\n".join(lines) + "\n"


def filled(text: str, rows: Rows, folder: Path = RESULTS) -> str:
    """The page with every table as the results have it; `summary` marks the one of all rows."""

    def replace(found: re.Match[str]) -> str:
        mark, name, _, end = found.groups()
        if name == "summary":
            return f"{mark}{summary(rows, folder)}{end}"
        row, cells = rows.by_name[name], read(rows.by_name[name], folder)
        shown = "Not measured yet.\n" if cells is None else table(row, rows, cells)
        return f"{mark}{shown}{end}"

    return _MARKS.sub(replace, text)


def print_tables(rows: Rows, page: Path = PAGE) -> None:
    """Draw the plot, and fill the page."""
    plot(rows, RESULTS / PLOT)
    page.write_text(filled(page.read_text(encoding="utf-8"), rows), encoding="utf-8")


def plot(rows: Rows, path: Path) -> None:
    """Median latency of every peer in each row that has one, on a logarithmic scale."""
    import matplotlib
    from matplotlib.figure import Figure

    measured = [
        (row, cells) for row in rows.rows if (cells := read(row)) and row.task not in ("ingest", "memory")
    ]
    if not measured:
        return
    with matplotlib.rc_context({"svg.hashsalt": "product_search"}):
        figure = Figure(figsize=(9, 0.42 * len(measured) + 1.6), layout="constrained")
        axes = figure.subplots()
        for name, peer in rows.peers.items():
            points = [
                (cells[name]["p50_ms"], at)
                for at, (_, cells) in enumerate(measured)
                if cells.get(name, {}).get("status") == "measured"
            ]
            if points:
                marker = {"ours": "D", "database": "o", "library": "x"}[peer.kind]
                axes.plot(
                    *zip(*points, strict=True), marker, label=name, markersize=8 if marker == "D" else 6
                )
        axes.set_xscale("log")
        axes.set_yticks(range(len(measured)), [row.name for row, _ in measured])
        axes.invert_yaxis()
        axes.grid(axis="x", linewidth=0.3)
        axes.set_xlabel("median milliseconds")
        axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
        figure.savefig(path, metadata={"Date": None})


def _columns(row: Row) -> Sequence[tuple[str, Callable[[Mapping[str, Any]], str]]]:
    """Titles of the row's figures, and how a cell writes each."""

    def figure(key: str, form: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda cell: "–" if cell.get(key) is None else form.format(cell[key])

    match row.task:
        case "ingest":
            return [
                ("rows a second", figure("per_second", "{:,.0f}")),
                ("seconds", figure("seconds", "{:.1f}")),
            ]
        case "memory":
            return [
                ("MB", figure("mb", "{:,.0f}")),
                ("of them a server's", figure("server_mb", "{:,.0f}")),
            ]
        case "update":
            return [
                ("seen after, ms", figure("p50_ms", "{:.3g}")),
                ("of that the change", figure("change_ms", "{:.3g}")),
            ]
    quality = (
        [("nDCG@10", figure("ndcg10", "{:.3f}")), ("recall@10", figure("recall10", "{:.3f}"))]
        if row.task.endswith("quality")
        else [("recall", figure("recall", "{:.3f}"))]
    )
    return [
        *quality,
        ("p50, ms", figure("p50_ms", "{:.3g}")),
        ("p95, ms", figure("p95_ms", "{:.3g}")),
        ("in the server, ms", figure("server_ms", "{:.3g}")),
        ("a second", figure("per_second", "{:,.0f}")),
    ]


if __name__ == "__main__":
    print_tables(read_rows())
