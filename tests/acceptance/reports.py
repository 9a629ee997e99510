"""Reports of measurements, docs/reports/NAME.json, and the figures that README and docs take from them.

A figure in a text stands between marks, `<!-- report:NAME.key.key|.0% -->91%<!-- /report -->`: the keys lead
into the report's `result` (or, where they begin with `sizes`, `seeds`, `machine` or `commit`, into the report
itself), and what follows the bar is a Python format. `make figures` fills them in; a test holds them equal.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SIZES = Path(__file__).with_name("sizes.toml")
REPORTS = ROOT / "docs" / "reports"

_FIGURE = re.compile(
    r"(<!-- report:([\w-]+)\.([\w.-]+?)(?:\|([^\s]+))? -->)(.*?)(<!-- /report -->)", re.DOTALL
)
_MENTION = re.compile(r"docs/reports/([\w-]+)\.json|report:([\w-]+)\.")


class ReportError(Exception):
    """A report is missing, too small, or has no such figure."""


@dataclass(frozen=True)
class Report:
    """One measurement: what was asked, on what machine and commit, and what came out."""

    name: str
    commit: str
    machine: Mapping[str, Any]
    sizes: Mapping[str, float]
    seeds: Mapping[str, int]
    result: Mapping[str, Any]


def asked_of_all(path: Path = SIZES) -> dict[str, dict[str, float]]:
    """The asked sizes by report name."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def asked(name: str) -> dict[str, float]:
    """The sizes that the report NAME is asked for; raises ReportError for an unknown name."""
    known = asked_of_all()
    if name not in known:
        raise ReportError(f"report {name!r} is not in {SIZES.name}, which has {sorted(known)}: add it there")
    return known[name]


def too_small(name: str, sizes: Mapping[str, float], wanted: Mapping[str, float]) -> list[str]:
    """One sentence for each size that is below what was asked or missing."""
    return [
        f"report {name}: {key} is {sizes.get(key, 'missing')}, asked for {least}"
        for key, least in wanted.items()
        if sizes.get(key, -1) < least
    ]


def machine() -> dict[str, Any]:
    """What bears on the figures; no host name and no user."""
    model = platform.processor() or platform.machine()
    memory = None
    cpuinfo, meminfo = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if cpuinfo.exists() and (found := re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())):
        model = found[1]
    if meminfo.exists() and (found := re.search(r"MemTotal:\s*(\d+) kB", meminfo.read_text())):
        memory = round(int(found[1]) / 1e6, 1)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": model,
        "cores": cores,
        "memory_gb": memory,
        "python": platform.python_version(),
    }


def commit() -> str:
    """The commit measured, with `+changes` where the tree differs from it outside the reports themselves."""

    def git(*arguments: str) -> str:
        ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
        return ran.stdout.strip()

    changed = git("status", "--porcelain", "--", ".", ":!docs", ":!README.md")
    return git("rev-parse", "HEAD") + ("+changes" if changed else "")


def write_report(
    name: str, *, sizes: Mapping[str, float], seeds: Mapping[str, int], result: Mapping[str, Any]
) -> Path:
    """Writes docs/reports/NAME.json and returns its path; raises ReportError where a size is below the asked one."""
    if problems := too_small(name, sizes, asked(name)):
        raise ReportError("; ".join(problems))
    report = Report(name, commit(), machine(), sizes, seeds, result)
    path = REPORTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read_report(name: str, folder: Path = REPORTS) -> Report:
    """The written report; raises ReportError where it is missing or lacks a part."""
    path = folder / f"{name}.json"
    if not path.exists():
        raise ReportError(f"{path.name} is missing: make acceptance ONLY={name}")
    try:
        return Report(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise ReportError(f"{path.name} is not a report ({error}): make acceptance ONLY={name}") from error


def figure(report: Report, keys: str, form: str = "") -> str:
    """One figure of a report as a text shows it; raises ReportError where the keys lead nowhere."""
    whole = asdict(report)
    first = keys.split(".")[0]
    value: Any = whole if first in whole and first != "result" else whole["result"]
    for key in keys.split("."):
        if not isinstance(value, Mapping) or key not in value:
            raise ReportError(f"report {report.name} has no figure {keys!r}: {key!r} is not there")
        value = value[key]
    return format(value, form)


def filled(text: str, read: Callable[[str], Report] = read_report) -> str:
    """The text with every marked figure taken from its report."""

    def replace(found: re.Match[str]) -> str:
        mark, name, keys, form, _old, end = found.groups()
        return mark + figure(read(name), keys, form or "") + end

    return _FIGURE.sub(replace, text)


def mentioned(text: str) -> set[str]:
    """Names of the reports that a text mentions by file or takes a figure from."""
    return {name for found in _MENTION.findall(text) for name in found if name}


def documents(root: Path = ROOT) -> Iterator[Path]:
    """The texts that may show figures: README, docs/ and the cards that lie in fixtures/."""
    yield from (path for path in [root / "README.md"] if path.exists())
    for folder in ("docs", "fixtures"):
        yield from sorted((root / folder).rglob("*.md"))


def print_figures(root: Path = ROOT) -> list[Path]:
    """Fills the marked figures of every text in place; returns the files that changed."""
    changed = []
    for path in documents(root):
        old = path.read_text(encoding="utf-8")
        new = filled(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    try:
        for changed_path in print_figures():
            print(f"filled {changed_path.relative_to(ROOT)}")
    except ReportError as problem:
        sys.exit(str(problem))
