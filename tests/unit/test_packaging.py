"""What pyproject.toml, constraints.txt and the CI scripts say about each other and about the tree."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def script(name: str) -> ModuleType:
    """A module of .ci/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def requirements() -> list[Requirement]:
    project = PROJECT["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    groups += PROJECT["dependency-groups"].values()
    return [Requirement(line) for group in groups for line in group]


def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, Version] = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            found[canonicalize_name(name)] = Version(version)
    return found


def run_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under `if TYPE_CHECKING:`, which only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from run_nodes(node)


def test_the_package_list_equals_the_tree():
    assert script("packages").differences() == []


def test_a_room_that_the_list_leaves_out_is_named(tmp_path):
    for folder in ("search", "search/admin", "search/text"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.py").touch()
    (tmp_path / "search" / "__init__.py").touch()
    (tmp_path / "search" / "text" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.setuptools]\npackages = ["product_search", "product_search.admin", "product_search.api"]\n'
    )
    assert script("packages").differences(tmp_path) == [
        "product_search.text is in search/ but not in pyproject.toml: add it",
        "product_search.api is in pyproject.toml but not in search/: remove it",
        "search/admin has no __init__.py: add one",
    ]


def test_every_dependency_is_pinned_inside_its_range():
    known = pins()
    for requirement in requirements():
        name = canonicalize_name(requirement.name)
        assert name in known, f"{name} is not in constraints.txt: make constraints"
        assert requirement.specifier.contains(known[name], prereleases=True), requirement


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        (
            "search",
            {
                "clip",
                "evaluation",
                "exchange",
                "export",
                "heic",
                "metrics",
                "onnx",
                "openvino",
                "training",
                "video",
            },
        ),
        ("catalog", {"clip", "training", "rendering", "shop"}),
        ("tests", {"clip", "evaluation", "metrics", "training", "rendering", "shop", "dev"}),
    ],
)
def test_what_is_imported_is_declared(folder, extras):
    project = PROJECT["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"].get(extra) or PROJECT["dependency-groups"][extra]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    ours = {"product_search", "catalog", "tests", "bookshop", *sys.stdlib_module_names}
    ours |= {"asgiref"}  # Django's own
    ours |= {"pytest"}  # where product_search.testing.pytest_plugin is loaded, there is one
    distributions = packages_distributions()
    missing = set()
    for path in (ROOT / folder).rglob("*.py"):
        if path.parent.name == "peers":  # they run in an environment of their own, of peers/requirements.txt
            continue
        for node in run_nodes(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.append(node.module)
            for name in {name.split(".")[0] for name in names} - ours:
                # psycopg[binary] brings psycopg, and so on: one of the distributions is declared.
                if not declared & {canonicalize_name(found) for found in distributions.get(name, [name])}:
                    missing.add(f"{path.relative_to(ROOT)}: {name}")
    assert missing == set()


def test_the_pins_work_on_every_platform_and_name_no_host():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line) for line in pinned)
    # Each build of torch pins its own, and another build's pins would make it uninstallable.
    assert not [name for name in pins() if name.startswith(("nvidia-", "cuda-")) or name == "triton"]


def test_a_dependency_has_a_lower_bound():
    for requirement in requirements():
        assert any(part.operator in (">=", "==") for part in requirement.specifier), requirement


def test_doctor_asks_for_the_python_that_the_package_asks_for():
    oldest = ".".join(map(str, script("doctor").OLDEST_PYTHON))
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")


def test_everything_that_is_not_python_is_packaged():
    kinds = {path.split("/")[0] for path in PROJECT["tool"]["setuptools"]["package-data"]["product_search"]}
    there = {
        path.relative_to(ROOT / "search").parts[0]
        for path in (ROOT / "search").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert there <= kinds


def test_the_license_is_the_one_that_is_declared():
    assert PROJECT["project"]["license"] == "BSD-3-Clause"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("BSD 3-Clause License")
    assert "the django-product-search authors" in text


class TestDoctor:
    """Each check, on machines that this one is not."""

    doctor = script("doctor")

    @pytest.mark.parametrize(
        ("version", "others", "fix"),
        [
            ((3, 11, 0), [], ""),
            ((3, 14, 1), [], ""),
            ((3, 6, 15), ["python3.13"], "make demo PYTHON=python3.13"),
            ((3, 10, 9), ["python3.11"], "make demo PYTHON=python3.11"),
        ],
    )
    def test_python(self, version, others, fix):
        assert self.doctor.check_python(version, others).fix == fix

    def test_an_old_python_alone_is_told_how_to_get_a_newer_one(self):
        assert "3.11" in self.doctor.check_python((3, 9, 2), []).fix

    def test_debians_python_without_venv_names_its_package(self, monkeypatch):
        monkeypatch.setattr(
            self.doctor.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None
        )
        finding = self.doctor.check_venv(["ensurepip"], (3, 12))
        assert finding.fix == "sudo apt-get install python3.12-venv"

    @pytest.mark.parametrize(
        ("free", "installed", "ok"),
        [(6.9, False, False), (7.0, False, True), (2.0, True, True), (0.5, True, False)],
    )
    def test_disk(self, free, installed, ok):
        assert self.doctor.check_disk(free, installed).ok is ok

    @pytest.mark.parametrize(
        ("system", "machine", "libc", "ok"),
        [
            ("Linux", "x86_64", "glibc", True),
            ("Linux", "aarch64", "glibc", True),
            ("Linux", "x86_64", "", False),
            ("Linux", "armv7l", "glibc", False),
            ("Darwin", "arm64", "", True),
            ("Darwin", "x86_64", "", False),
            ("Windows", "AMD64", "", False),
        ],
    )
    def test_architecture(self, system, machine, libc, ok):
        assert self.doctor.check_architecture(system, machine, libc).ok is ok

    @pytest.mark.parametrize(
        ("port", "taken", "fix"),
        [
            ("8000", (), ""),
            ("8000", (8000, 8001), "make demo PORT=8002"),
            ("http", (), "make demo PORT=8000"),
            ("70000", (), "make demo PORT=8000"),
        ],
    )
    def test_port(self, port, taken, fix):
        assert self.doctor.check_port(port, lambda number: number not in taken).fix == fix

    def test_a_port_that_something_listens_on_is_taken(self):
        with self.doctor.socket.create_server(("127.0.0.1", 0)) as server:
            assert not self.doctor.port_is_free(server.getsockname()[1])

    def test_each_failure_is_followed_by_one_line_that_fixes_it(self, monkeypatch, capsys):
        monkeypatch.setattr(
            self.doctor, "check_git", lambda: self.doctor.Finding("git", "not on PATH", "get git")
        )
        monkeypatch.setattr(self.doctor, "check_disk", lambda: self.doctor.Finding("disk", "10 GB free"))
        assert self.doctor.main([]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert lines[lines.index("FAIL git          not on PATH") + 1] == "     fix: get git"


def test_the_lock_of_npm_packages_names_no_host():
    lock = (ROOT / "tests" / "javascript" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
