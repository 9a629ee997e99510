"""The search box at both widths: `make test` looks at some behaviours at one width alone, this at each at both."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.acceptance import reports
from tests.acceptance.shops import ROOT

WIDTHS = (390, 1280)


@pytest.mark.acceptance_size(name="box")
def test_box():
    passed = {}
    for width in WIDTHS:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--color=no", "tests/browser/box"],
            cwd=ROOT,
            # A database of its own: this process's is not the tests' that it runs.
            env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
            | {"BOX_WIDTH": str(width)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout[-6000:]
        closing = re.search(r"^(\d+) passed in", ran.stdout, re.MULTILINE)
        assert closing is not None, "a skipped test is no test"
        passed[str(width)] = int(closing[1])
    reports.write_report(
        "box",
        sizes={"widths": len(passed), "behaviours": min(passed.values())},
        seeds={},
        result={"passed": passed},
    )
