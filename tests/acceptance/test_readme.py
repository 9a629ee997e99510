"""The README attaches the plugin to a new shop: each block goes where its first line says, each command runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests import database
from tests.acceptance.conftest import MODEL
from tests.pictures import picture_bytes

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

MODELS = """
from django.db import models

class Product(models.Model):
    name = models.CharField(max_length=200)
    photo = models.ImageField(blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    published = models.BooleanField(default=True)

    def __str__(self):
        return self.name
"""

SELL = """
from django.core.files.base import ContentFile
from pathlib import Path
from shop.models import Product
for name, shown in (("Blue ceramic mug", True), ("Oak table", True), ("Secret mug", False)):
    product = Product(name=name, price=12, published=shown)
    product.photo.save("p.png", ContentFile(Path("picture.png").read_bytes()))
"""

ASK = """
from django.test import Client
print(Client().get("/search/v1/search", {"q": "mug"}).content.decode())
"""


def blocks(kind: str, first_line: str = "") -> list[str]:
    """The README's fenced blocks of one kind, those only that begin with a line."""
    return [text for language, text in BLOCKS if language == kind and text.startswith(first_line)]


def commands() -> list[str]:
    """Every command in the README's shell blocks, one a line."""
    return [line for block in blocks("sh") for line in block.splitlines() if line.strip()]


def run(*command: str, cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture
def database_url() -> Iterator[str]:
    server = database.start()
    name = f"readme_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_the_readme_attaches_a_new_shop(tmp_path, database_url):
    env = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO")}
    env |= {"DATABASE_URL": database_url}
    python = sys.executable
    run(python, "-m", "django", "startproject", "project", ".", cwd=tmp_path, env=env)
    run(python, "manage.py", "startapp", "shop", cwd=tmp_path, env=env)
    (tmp_path / "shop/models.py").write_text(MODELS)
    (tmp_path / "picture.png").write_bytes(picture_bytes("blue", side=64))

    settings = tmp_path / "project/settings.py"
    (block,) = blocks("python", "# settings.py")
    block, replaced = re.subn(r'("ENCODER": )"[^"]+"', rf'\1"local-dir:{MODEL}"', block)
    assert replaced == 1, "the README names an encoder; the model that ships stands in for it here"
    settings.write_text(
        settings.read_text()
        + textwrap.dedent(
            """
            import os, dj_database_url
            INSTALLED_APPS += ["shop"]
            ALLOWED_HOSTS = ["testserver"]
            DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
            """
        )
        + block
    )
    (block,) = blocks("python", "# shop/documents.py")
    (tmp_path / "shop/documents.py").write_text(block)
    (block,) = blocks("python", "# urls.py")
    urls = tmp_path / "project/urls.py"
    urls.write_text(urls.read_text() + "\nfrom django.urls import include\n" + block)
    run(python, "manage.py", "makemigrations", "shop", cwd=tmp_path, env=env)
    run(python, "manage.py", "check", cwd=tmp_path, env=env)

    (steps,) = (block for block in blocks("sh") if "manage.py" in block)
    *before, index = (line.split() for line in steps.splitlines())
    assert index[-1] == "index"
    for step in before:
        run(python, *step[1:], cwd=tmp_path, env=env)
    run(python, "manage.py", "shell", "-c", SELL, cwd=tmp_path, env=env)
    run(python, *index[1:], cwd=tmp_path, env=env)

    answer = json.loads(run(python, "manage.py", "shell", "-v0", "-c", ASK, cwd=tmp_path, env=env))
    titles = [hit["card"]["title"] for hit in answer["hits"]]
    assert titles[0] == "Blue ceramic mug"
    assert "Secret mug" not in titles


def test_every_command_of_the_readme_is_run_by_a_test():
    # test_demo.py runs the first, this is the second, tests/unit/test_make.py runs `make doctor`.
    known = {"make demo", "make test"}
    ours = {line for block in blocks("sh") if "manage.py" in block for line in block.splitlines()}
    assert set(commands()) == known | ours
    for inline in re.findall(r"`(make [a-z]+[^`]*)`", README):
        assert inline.split()[1] in {"demo", "test", "doctor"}, f"{inline} is in the README and in no test"
