"""Rules about who may import what that import-linter can't say, and the shape of the tree."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    ".ci",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "catalog",
    "constraints.txt",
    "docker",
    "docs",
    "fixtures",
    "manage.py",
    "pyproject.toml",
    "search",
    "tests",
}
# What a shop may import; `schedule` comes from the top, whatever `__all__` names from the rooms. `images` is open
# because a shop that takes pictures from shoppers or suppliers must decode them as safely as the API does.
OPEN_ROOMS = (
    "admin",
    "analytics",
    "api",
    "documents",
    "images",
    "indexing",
    "keys",
    "retrieval",
    "tagging",
    "testing",
)
OPEN_TOP = {"schedule"}
# The root of all errors, for the one place that tells a person what went wrong.
OPEN_ERRORS = {"ProductSearchError"}
HEAVY = {"torch", "torchvision", "open_clip", "timm", "safetensors"}
HEAVY_ROOMS = ("encoders", "training")
LONGEST = 400


def there() -> set[str]:
    """What lies at the top, less what .gitignore names; works in a copy without git too."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = [line.strip("/") for line in lines if line and not line.startswith("#")] + [".git"]
    names = {path.name for path in ROOT.iterdir()}
    return {name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in ignored)}


@cache
def modules(folder: str) -> tuple[tuple[Path, ast.Module], ...]:
    return tuple(
        (path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for path in sorted((ROOT / folder).rglob("*.py"))
    )


def imports(tree: ast.AST) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Absolute imports as (line, module, names); `import a.b` has no names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, ()
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module, tuple(alias.name for alias in node.names)


def exported(room: str) -> set[str]:
    """The `__all__` of a room, read without importing it; empty where the room is not there yet."""
    path = ROOT / "search" / room / "__init__.py"
    if not path.exists():
        return set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def uses_beyond_the_open_surface(tree: ast.Module) -> Iterator[str]:
    """What a shop's module takes from the plugin although no shop should."""
    rooms: dict[str, str] = {}
    for line, module, names in imports(tree):
        top, _, room = module.partition(".")
        if top != "product_search":
            continue
        if not names and not room:
            rooms["product_search"] = ""
        elif not names:
            yield f"line {line}: import {module}: import names from a room instead"
        elif not room:
            rooms |= {name: name for name in names if name in OPEN_ROOMS}
            for name in sorted(set(names) - OPEN_TOP - set(OPEN_ROOMS)):
                yield f"line {line}: from product_search import {name}"
        elif room == "errors" and set(names) <= OPEN_ERRORS:
            continue
        elif room not in OPEN_ROOMS:
            yield f"line {line}: from {module} import {', '.join(names)}"
        else:
            for name in sorted(set(names) - exported(room)):
                yield f"line {line}: {name} is not in the __all__ of {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in rooms:
            room = rooms[node.value.id]
            if node.attr not in (exported(room) if room else OPEN_TOP):
                yield f"line {node.lineno}: {node.value.id}.{node.attr} is not for shops"


def at_import_time(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every import statement that runs when the module is imported; `if TYPE_CHECKING:` never runs."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        waiting += ast.iter_child_nodes(node)


def test_the_top_level_is_exactly_what_a_newcomer_is_told():
    assert there() == TOP


@pytest.mark.parametrize("folder", ["search", "catalog", "tests"])
def test_the_plugin_has_one_import_name(folder):
    wrong = [
        f"{path}:{line}: {module}"
        for path, tree in modules(folder)
        for line, module, _ in imports(tree)
        if module.split(".")[0] == "search"
    ]
    assert wrong == []


def test_the_shop_imports_what_every_shop_may():
    wrong = [
        f"{path}: {use}" for path, tree in modules("catalog") for use in uses_beyond_the_open_surface(tree)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("from product_search import schedule", 0),
        ("from product_search import documents\ndocuments.ProductDocument", 0),
        ("from product_search import documents\ndocuments.reading", 1),
        ("from product_search.documents import Text, ProductDocument", 0),
        ("from product_search.documents import Column", 1),
        ("from product_search.errors import ProductSearchError", 0),
        ("from product_search.errors import InvalidRequest", 1),
        ("from product_search.models import Entry", 1),
        ("from product_search import models", 1),
        ("import product_search.conf", 1),
        ("import product_search\nproduct_search.schedule()", 0),
        ("import product_search\nproduct_search.conf", 1),
    ],
)
def test_the_surface_is_told_from_the_rest(code, count):
    assert len(list(uses_beyond_the_open_surface(ast.parse(code)))) == count


def test_the_plugin_never_imports_the_shop_or_the_tests():
    wrong = [
        f"{path}:{line}: {module}"
        for path, tree in modules("search")
        for line, module, _ in imports(tree)
        if module.split(".")[0] in {"catalog", "tests"}
    ]
    assert wrong == []


def test_the_shop_and_the_plugin_never_import_pytest_before_a_test_asks():
    wrong = [
        f"{path}:{line}: {module}"
        for folder in ("search", "catalog")
        for path, tree in modules(folder)
        for line, module, _ in imports(tree)
        if module.split(".")[0] == "pytest" and path.parts[:2] != ("search", "testing")
    ]
    assert wrong == []


def test_torch_is_imported_inside_functions_of_two_rooms_alone():
    wrong = []
    for path, tree in modules("search"):
        early = {node.lineno for node in at_import_time(tree)}
        for line, module, _ in imports(tree):
            if module.split(".")[0] in HEAVY and (path.parts[1] not in HEAVY_ROOMS or line in early):
                wrong.append(f"{path}:{line}: {module}")
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("import torch", 1),
        ("class A:\n    import torch", 1),
        ("try:\n    import torch\nexcept ImportError:\n    pass", 1),
        ("def f():\n    import torch", 0),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch", 1),
    ],
)
def test_imports_inside_functions_are_not_early(code, count):
    # The last case counts typing's own import.
    assert len(list(at_import_time(ast.parse(code)))) == count


def test_nothing_imports_the_tasks():
    wrong = []
    for path, tree in modules("search"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                names = {(node.module or "").split(".")[0]} | (
                    {alias.name for alias in node.names} if not node.module else set()
                )
                if "tasks" in names and path != Path("search/tasks.py"):
                    wrong.append(f"{path}:{node.lineno}")
    assert wrong == [], "work is sent by name through indexing/wake.py"


def test_no_migration_names_the_folder():
    for path in (ROOT / "search" / "migrations").glob("*.py"):
        assert '"search.' not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("folder", ["search", "catalog", "tests"])
def test_a_file_holds_one_idea(folder):
    long = {
        str(path): count
        for path, _ in modules(folder)
        if "migrations" not in path.parts
        and (count := len((ROOT / path).read_text(encoding="utf-8").splitlines())) >= LONGEST
    }
    assert long == {}
