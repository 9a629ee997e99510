"""What acceptance tests share: the catalogue that ships, indexed with the model that ships, for tests that only read;
and the built wheel in an environment of its own, for shops that know nothing of this repository.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests import database

from .shops import ran

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "fixtures" / "catalogue"
MODEL = ROOT / "fixtures" / "model"


@dataclass(frozen=True)
class Truth:
    """What a product of the rendered catalogue really shows; the index never sees it."""

    type: str
    colour: str
    pattern: str
    material: str


def read_truth() -> dict[str, Truth]:
    """Truth by SKU."""
    with (CATALOGUE / "truth.csv").open(newline="", encoding="utf-8") as file:
        return {
            row["sku"]: Truth(row["type"], row["colour"], row["pattern"], row["material"])
            for row in csv.DictReader(file)
        }


@pytest.fixture(scope="session")
def truth() -> dict[str, Truth]:
    return read_truth()


@pytest.fixture(scope="session")
def model_settings() -> dict[str, object]:
    """PRODUCT_SEARCH with the model that ships."""
    from django.conf import settings

    return {**settings.PRODUCT_SEARCH, "ENCODER": f"local-dir:{MODEL}"}


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker, model_settings) -> Iterator[None]:
    """The whole catalogue in the test database, indexed; emptied again after the module."""
    from product_search.testing import index_now

    with override_settings(PRODUCT_SEARCH=model_settings), django_db_blocker.unblock():
        call_command("import_products", str(CATALOGUE), verbosity=0)
        index_now()
        yield
        database.empty()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that leftovers of an earlier build can't get in and nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    shutil.copytree(ROOT / "search", source / "search", ignore=shutil.ignore_patterns("__pycache__"))
    ran(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", source / "dist", cwd=source)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="session")
def wheel_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a fresh environment with the wheel and its core dependencies: no torch, nothing of this repository."""
    place = tmp_path_factory.mktemp("wheel")
    ran(sys.executable, "-m", "uv", "venv", "--python", sys.executable, place / "venv", cwd=place)
    python = place / "venv" / "bin" / "python"
    install: list[str | Path] = [sys.executable, "-m", "uv", "pip", "install", "--python", python]
    install += ["-c", ROOT / "constraints.txt", wheel]
    # What the development environment was made from lies in uv's cache; only without it is the network needed.
    if subprocess.run([*install, "--offline"], capture_output=True, check=False).returncode:
        ran(*install, cwd=place)
    return python
