"""The sabotage tool on a tree of two files, and that breaks.toml still fits the code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.sabotage.__main__ import ROOT, blind, main, not_green
from tests.sabotage.breaks import BadBreak, load

CODE = "def limit(n: int) -> int:\n    return min(n, 10)\n"
TESTS = (
    "import product_search.page as page\n"
    "def test_large(): assert page.limit(11) == 10\n"
    "def test_small(): assert page.limit(3) == 3\n"
)
BREAK = """
[[break]]
name = "no-limit"
why = "an answer without end"
file = "search/page.py"
old = "min(n, 10)"
new = "n"
tests = ["tests/test_page.py::test_large"]
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one module, its tests, and the tool's own recorder."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    files = {
        "search/__init__.py": "",
        "search/page.py": CODE,
        "tests/__init__.py": "",
        "tests/test_page.py": TESTS,
        "tests/sabotage/__init__.py": "",
        "tests/sabotage/recorder.py": (ROOT / "tests/sabotage/recorder.py").read_text(encoding="utf-8"),
        "pytest.ini": "[pytest]\n",
        "breaks.toml": BREAK,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def run(tree: Path, *names: str) -> int:
    return main(list(names), root=tree, breaks_file=tree / "breaks.toml")


def test_a_break_that_its_test_notices_is_fine_and_leaves_the_tree_alone(tree, capsys):
    assert run(tree) == 0
    assert (tree / "search/page.py").read_text(encoding="utf-8") == CODE
    assert "red  no-limit" in capsys.readouterr().out


@pytest.mark.parametrize("jobs", [1, 2])
def test_breaks_that_leave_size_and_second_of_a_file_as_they_were_are_run(tree, capsys, jobs):
    alike = (
        BREAK.replace('"n"', f'"min(n, {most})"').replace("no-limit", f"of-{most}") for most in (11, 12, 13)
    )
    (tree / "breaks.toml").write_text("".join(alike), encoding="utf-8")
    assert run(tree, "--jobs", str(jobs)) == 0
    assert capsys.readouterr().out.count("red  of-1") == 3


def test_a_test_that_stays_green_fails_the_run(tree, capsys):
    (tree / "breaks.toml").write_text(BREAK.replace("test_large", "test_small"), encoding="utf-8")
    assert run(tree) == 1
    assert "test_small stays green" in capsys.readouterr().out


def test_a_break_that_no_longer_fits_the_code_fails_the_run(tree, capsys):
    (tree / "search/page.py").write_text(CODE.replace("min(n, 10)", "min(10, n)"), encoding="utf-8")
    assert run(tree) == 1
    assert "stands 0 times" in capsys.readouterr().out


def test_a_guard_that_is_red_or_missing_anyway_proves_nothing(tree, capsys):
    (tree / "search/page.py").write_text(CODE.replace("10", "9"), encoding="utf-8")
    assert run(tree) == 1
    assert "is not green without any break" in capsys.readouterr().out


def test_an_unknown_name_lists_the_known_ones(tree, capsys):
    assert run(tree, "no-such") == 2
    assert "no-limit" in capsys.readouterr().out


def test_one_red_case_of_a_parametrised_guard_is_enough_and_a_longer_name_is_another_test():
    outcomes = {"t.py::test_a[1]": "passed", "t.py::test_a[2]": "failed", "t.py::test_ab": "passed"}
    assert blind(["t.py::test_a", "t.py::test_ab"], outcomes) == ["t.py::test_ab"]
    assert not_green(["t.py::test_a", "t.py::test_ab", "t.py::test_c"], outcomes) == [
        "t.py::test_a",
        "t.py::test_c",
    ]


def test_an_incomplete_break_is_refused(tmp_path):
    (tmp_path / "breaks.toml").write_text(BREAK.replace("why", "because"), encoding="utf-8")
    with pytest.raises(BadBreak, match="no-limit: keys are"):
        load(tmp_path / "breaks.toml")


def test_every_break_of_the_project_fits_its_file_and_names_tests_that_exist():
    for one in load():
        one.applied((ROOT / one.file).read_text(encoding="utf-8"))
        for test in one.tests:
            file, *names = test.split("::")
            source = (ROOT / file).read_text(encoding="utf-8")
            for name in names:
                assert f"def {name.split('[')[0]}(" in source or f"class {name}" in source, test
