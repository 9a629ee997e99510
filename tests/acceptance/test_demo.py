"""`manage.py demo`, the real one: its own Postgres, worker, beat and web server, with a part of the catalogue."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from tests.acceptance.shops import free_port

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "fixtures" / "catalogue"
PATIENCE_S = 300


def part_of_the_catalogue(folder: Path, groups_of: Mapping[str, int]) -> Path:
    """A folder with so many product groups of each type, and what is true of them."""
    with (CATALOGUE / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    with (CATALOGUE / "products.csv").open(encoding="utf-8", newline="") as file:
        products = {row["sku"]: row for row in csv.DictReader(file)}
    kinds = {row["sku"]: row["type"] for row in truth}
    groups: dict[str, list[str]] = {}
    for sku in sorted(products):
        root, kind = products[sku]["parent"] or sku, kinds[sku]
        of_kind = groups.setdefault(kind, [])
        if root not in of_kind and len(of_kind) < groups_of.get(kind, groups_of.get("*", 0)):
            of_kind.append(root)
    roots = {root for found in groups.values() for root in found}
    chosen = {sku: row for sku, row in products.items() if (row["parent"] or sku) in roots}
    _write(folder / "products.csv", list(chosen.values()))
    _write(folder / "truth.csv", [row for row in truth if row["sku"] in chosen])
    (folder / "images").mkdir()
    for row in chosen.values():
        for name in row["images"].split(";"):
            shutil.copy(CATALOGUE / "images" / name, folder / "images" / name)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Path]:
    """Where the demos of this module keep their things; a short path, as a socket's may not be long."""
    home = Path("/tmp") / f"product-search-demo-{os.getpid()}"
    yield home
    shutil.rmtree(home, ignore_errors=True)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


class Demos:
    """Starts demos in `home` and ends those that a test left running."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *options: str, port: int) -> subprocess.Popen[str]:
        foreign = ("DATABASE_URL", "SHOP_STATE", "DJANGO_SETTINGS_MODULE")
        demo = subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "manage.py"),
                "demo",
                "--home",
                str(self.home),
                f"--port={port}",
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={name: value for name, value in os.environ.items() if name not in foreign},
        )
        self.started.append(demo)
        return demo

    def end(self) -> None:
        for demo in self.started:
            demo.kill()
            demo.wait()
            if demo.stdout is not None:
                demo.stdout.close()
        _wait_for_nothing(self.home)


@pytest.fixture
def demos(home) -> Iterator[Demos]:
    demos = Demos(home)
    yield demos
    demos.end()


def _left_behind(home: Path) -> list[str]:
    """Processes that still have to do with the demo in `home`."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        try:
            ours = str(home) in " ".join(process.info["cmdline"] or ()) or process.environ().get(
                "SHOP_STATE", ""
            ).startswith(str(home))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(" ".join(process.info["cmdline"]))
    return found


def _wait_for_nothing(home: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while _left_behind(home) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _left_behind(home) == []


def test_the_examples_find_what_they_should_and_nothing_stays(tmp_path, home, demos):
    catalogue = part_of_the_catalogue(tmp_path, {"mug": 40, "*": 3})
    demo = demos.start("--once", "--catalogue", str(catalogue), port=free_port())
    output, _ = demo.communicate(timeout=PATIENCE_S)

    assert demo.returncode == 0, output
    assert output.count("✓") == 8, output
    assert "✗" not in output
    assert _left_behind(home) == []


def test_a_killed_demo_leaves_nothing_either_and_the_next_one_starts(tmp_path, home, demos):
    port = free_port()
    # Few products and no torch: this is about processes.
    catalogue = part_of_the_catalogue(tmp_path, {"mug": 2, "umbrella": 2})
    options = ("--catalogue", str(catalogue), "--model", "hash:64")
    demo = demos.start(*options, port=port)
    _read_until(demo, "Ctrl-C stops everything.")
    assert _left_behind(home)

    second, third = demos.start(*options, port=port), demos.start(*options, port=free_port())
    assert f"make demo PORT={port + 1}" in second.communicate(timeout=PATIENCE_S)[0]
    assert "A demo runs already" in third.communicate(timeout=PATIENCE_S)[0]
    assert (second.returncode, third.returncode) == (1, 1)

    demo.kill()
    demo.communicate()
    _wait_for_nothing(home)

    again = demos.start(*options, port=port)
    _read_until(again, "Ctrl-C stops everything.")
    again.send_signal(signal.SIGINT)
    assert "Stopped." in again.communicate(timeout=PATIENCE_S)[0]
    assert again.returncode == 0
    assert _left_behind(home) == []


def _read_until(demo: subprocess.Popen[str], line: str) -> None:
    assert demo.stdout is not None
    seen = []
    for text in demo.stdout:
        seen.append(text)
        if line in text:
            return
    raise AssertionError("".join(seen))


def test_what_is_not_there_is_said(demos):
    demo = demos.start("--catalogue", "/nowhere", port=free_port())

    assert "There is no catalogue at /nowhere" in demo.communicate(timeout=PATIENCE_S)[0]
    assert demo.returncode == 1
