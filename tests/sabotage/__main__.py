"""`python -m tests.sabotage [NAME...]`: every break, or the named ones, in copies of the working tree.

The tree itself is never touched, so that Ctrl-C, a crash or an editor at work beside it can do no harm.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, count
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from .breaks import BREAKS, BadBreak, Break, load

ROOT = Path(__file__).resolve().parents[2]
# One break's tests; a break that makes a test wait for ever is caught, and counts as noticed.
SECONDS = 600
_Task = TypeVar("_Task")
_carried_out = count(1)


def copy_tree(target: Path, root: Path = ROOT) -> None:
    """Copies what git tracks or would track, with product_search importable from the copy."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    # Node's packages take a minute to install, and no break is in them.
    if (root / "build" / "javascript").exists():
        (target / "build").mkdir(exist_ok=True)
        (target / "build" / "javascript").symlink_to((root / "build" / "javascript").resolve())
    # Found before the editable install, whose finder comes last and points at the real tree.
    (target / "build" / "sabotage").mkdir(parents=True)
    (target / "build" / "sabotage" / "product_search").symlink_to(target / "search")


def run_tests(copy: Path, tests: Sequence[str]) -> dict[str, str]:
    """Outcome by test id; raises BadBreak where pytest could not even start them."""
    outcomes = copy / "build" / "outcomes.json"
    outcomes.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{copy / 'build' / 'sabotage'}{os.pathsep}{copy}",
        "SABOTAGE_OUTCOMES": str(outcomes),
        # Bytecode of what all copies import is shared; without any, imports take longer than most guards.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(copy.parent / "bytecode"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-m", "", "-p", "tests.sabotage.recorder", *tests]
    ran = subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said = ran.communicate(timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        # As Ctrl-C would: the suite then stops the services that it started.
        ran.send_signal(signal.SIGINT)
        ran.communicate(timeout=60)
        return dict.fromkeys(tests, "failed")
    finally:
        ran.kill()
    if not outcomes.exists():
        raise BadBreak(f"pytest stopped before the first test:\n{said[-4000:]}")
    found: dict[str, str] = json.loads(outcomes.read_text(encoding="utf-8"))
    return found


def outcomes_of(test: str, outcomes: dict[str, str]) -> set[str]:
    """The outcomes of one id: a file, a class, a function or one parametrised case."""
    prefixes = (test + "::", test + "[")
    return {outcome for node, outcome in outcomes.items() if node == test or node.startswith(prefixes)}


def blind(tests: Sequence[str], outcomes: dict[str, str]) -> list[str]:
    """The tests that did not turn red."""
    return [test for test in tests if "failed" not in outcomes_of(test, outcomes)]


def not_green(tests: Sequence[str], outcomes: dict[str, str]) -> list[str]:
    """The tests that don't exist, are skipped, or fail without any break."""
    return [test for test in tests if outcomes_of(test, outcomes) != {"passed"}]


def carry_out(one: Break, copy: Path) -> list[str]:
    """Breaks the copy, runs the guards, mends the copy; returns what is wrong, nothing if all turned red."""
    start, file = time.monotonic(), copy / one.file
    try:
        whole, written = file.read_text(encoding="utf-8"), file.stat().st_mtime
        file.write_text(one.applied(whole), encoding="utf-8")
        # Bytecode goes by size and second of a file: no two breaks may have both.
        os.utime(file, (written, written + next(_carried_out)))
        try:
            outcomes = run_tests(copy, one.tests)
        finally:
            file.write_text(whole, encoding="utf-8")
            os.utime(file, (written, written))
        found = [
            f"{one.name}: {test} stays green with the break in place" for test in blind(one.tests, outcomes)
        ]
    except (BadBreak, OSError) as error:
        found = [str(error)]
    print(f"{'FAIL' if found else 'red'}  {one.name}  {time.monotonic() - start:.1f} s", flush=True)
    return found


def unbroken(guards: Sequence[str], copy: Path) -> list[str]:
    """What is wrong with the guards before anything is broken."""
    return [f"{test} is not green without any break" for test in not_green(guards, run_tests(copy, guards))]


def main(arguments: list[str] | None = None, *, root: Path = ROOT, breaks_file: Path = BREAKS) -> int:
    """Exit status 0 when every break was noticed by each test that guards it."""
    parser = argparse.ArgumentParser(prog="python -m tests.sabotage", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these breaks")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    given = parser.parse_args(arguments)
    names, jobs = given.names, given.jobs
    breaks = [one for one in load(breaks_file) if not names or one.name in names]
    unknown = set(names) - {one.name for one in breaks}
    if unknown or not breaks:
        known = ", ".join(one.name for one in load(breaks_file)) or "none"
        print(f"unknown break {', '.join(sorted(unknown))}; {breaks_file.name} has: {known}")
        return 2
    guards = sorted({test for one in breaks for test in one.tests})
    files = sorted({test.split("::")[0] for test in guards})
    jobs = min(jobs, len(breaks))
    shares = [
        [test for test in guards if files.index(test.split("::")[0]) % jobs == at] for at in range(jobs)
    ]
    with tempfile.TemporaryDirectory(prefix="sabotage-") as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copy = Path(folder).resolve() / str(number)
            copy_tree(copy, root)
            copies.put(copy)

        def in_a_copy(task: Callable[[_Task, Path], list[str]], each: _Task) -> list[str]:
            copy = copies.get()
            try:
                return task(each, copy)
            finally:
                copies.put(copy)

        problems = [*chain(*pool.map(partial(in_a_copy, unbroken), filter(None, shares)))]
        if not problems:
            problems = [*chain(*pool.map(partial(in_a_copy, carry_out), breaks))]
    print("\n".join(problems) or f"{len(breaks)} breaks, each noticed by every test that guards it")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
