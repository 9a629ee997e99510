"""The Makefile hands its variables on, and what README and docs tell people to type exists."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import chromium

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMAND = re.compile(r"`make ([a-z]+)\b|^\$? *make ([a-z]+)\b", re.MULTILINE)


def make(*arguments: str) -> str:
    """What make would run, or says; nothing of a make that runs these tests gets in."""
    inherited = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "ARGS", "ONLY", "PORT", "PYTHON"}
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    ran = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def targets() -> set[str]:
    (line,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    return set(line.split())


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ([], "manage.py demo --port 8000"),
        (["ONCE=1", "PORT=9001"], "manage.py demo --port 9001 --once"),
        (
            ["MODEL=ViT-B-32:laion2b_s34b_b79k", "CATALOGUE=/my shop/products.csv"],
            'manage.py demo --port 8000 --model "ViT-B-32:laion2b_s34b_b79k" --catalogue "/my shop/products.csv"',
        ),
    ],
)
def test_demo_hands_its_variables_on(variables, command):
    lines = make("--dry-run", "demo", *variables).splitlines()
    assert lines[-1].endswith(command)
    assert "doctor.py --port" in lines[0]


def test_the_demo_installs_runtime_packages_alone():
    lines = make("--dry-run", "--always-make", "demo").splitlines()
    assert [line for line in lines if ".ci/install" in line] == [".ci/install runtime"]


def test_acceptance_takes_one_measurement_by_name():
    assert "acceptance_size(name='speed')" in make("--dry-run", "acceptance", "ONLY=speed")


def test_what_one_process_of_the_tests_compiled_the_others_read():
    """Else each of the hundred that they start compiles all it imports, where the environment forbids bytecode."""
    lines = make("--dry-run", "test").replace("\\\n", "").splitlines()
    (line,) = (line for line in lines if " -m pytest " in line)
    program = "import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)"
    asked = re.sub(r"\S+ -m pytest .*", f"{sys.executable} -c '{program}'", line)
    forbidden = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        ["sh", "-c", asked], cwd=ROOT, env=forbidden, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == f"False {ROOT / 'build' / 'bytecode'}"


def test_doctor_runs_on_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    report = make("doctor", f"PORT={port}", f"PYTHON={sys.executable}")
    assert f"{port} is free" in report
    assert "FAIL" not in report


def test_help_names_every_target():
    assert set(re.findall(r"^make ([a-z]+)", make("help"), re.MULTILINE)) == targets() - {"help"}


def test_nothing_newer_than_make_3_81_is_used():
    # By its NEWS. 3.82: ONESHELL, SHELLFLAGS, RECIPEPREFIX, `private`, `undefine`, `define NAME =`.
    assert not re.search(
        r"\.ONESHELL|\.SHELLFLAGS|\.RECIPEPREFIX|^ *(private|undefine) |^define \S+ *\S*=",
        MAKEFILE,
        re.MULTILINE,
    )
    # 4.0: `!=`, `::=` and $(file ...). 4.3: a grouped target, `a b &:`.
    assert not re.search(r"^\S+ *!=|::=|\$\(file |&:", MAKEFILE, re.MULTILINE)


def test_what_the_docs_tell_people_to_type_exists():
    texts = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = {
        name
        for path in texts
        for found in COMMAND.findall(path.read_text(encoding="utf-8"))
        for name in found
        if name
    }
    assert named <= targets()
    assert "demo" in named


def test_playwrights_browser_stands_in_for_debians_and_none_is_said_aloud(tmp_path, monkeypatch):
    def said() -> str:
        return subprocess.run(
            [sys.executable, "-m", "tests.browser.chromium"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert said().startswith("*** NOT TESTED: the browser tests")
    own = (
        tmp_path / "chromium_headless_shell-1255" / "chrome-headless-shell-linux64" / "chrome-headless-shell"
    )
    own.parent.mkdir(parents=True)
    own.touch()
    assert said() == ""
    assert chromium.found(tmp_path) == str(own)
    debians = tmp_path / "chromium"
    debians.touch(mode=0o755)
    assert chromium.found(tmp_path) == str(debians)
