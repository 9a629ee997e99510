"""Fills the demo's shop: tables, products, somebody who may log in, and the first space for vectors."""

from __future__ import annotations

import hashlib
import io
import sys
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory, NodeNotFoundError
from tqdm import tqdm

from product_search.indexing import health, mark_every

from ..importing.run import import_products
from ..models import Product
from .errors import DemoFailed
from .plan import REPOSITORY

#: Everybody knows these: they are made only while debugging, and the demo listens on this machine alone.
LOGIN = PASSWORD = "admin"  # noqa: S105
VOCABULARY = REPOSITORY / "fixtures" / "vocabulary.csv"


def make_shop(catalogue: Path, *, home: Path) -> str:
    """Bring the database up to date and fill it when it is empty; returns what was imported, in words, or "".

    Raises `DemoFailed` when the catalogue holds no product, or what is kept in `home` is another version's.
    """
    make_tables(home)
    _make_login()
    if Product.objects.exists():
        return ""
    try:
        with tqdm(desc="Importing", unit=" products", leave=False, dynamic_ncols=True) as bar:
            report = import_products(catalogue, begin=bar.reset, advance=bar.update)
    except ValueError as error:
        raise DemoFailed(f"The catalogue can't be imported: {error}") from error
    for trouble in report.troubles[:10]:
        sys.stderr.write(f"  {trouble}\n")
    if not report.new:
        raise DemoFailed(f"{catalogue} holds no product that could be imported.")
    return f"{report.new} products, {report.pictures_linked} pictures"


def make_tables(home: Path) -> None:
    """Migrate; raises `DemoFailed` where the tables in `home` are not those of this version.

    Nothing is released yet, so the first migration is edited in place, and a database that has it is not altered.
    """
    try:
        call_command("migrate", interactive=False, verbosity=0)
        other = differing_tables()
    except (DatabaseError, InconsistentMigrationHistory, NodeNotFoundError) as error:
        other = [str(error).partition("\n")[0]]
    if other:
        raise DemoFailed(
            f"The database in {home} was made by another version ({', '.join(other[:3])}). Delete it and start again: "
            f"rm -r {home}"
        )


def differing_tables() -> list[str]:
    """Tables of the shop and the plugin that are missing or have other columns than their models."""
    found = []
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if model._meta.app_label not in ("product_search", "catalog") or not model._meta.managed:
                continue
            columns = (
                {column.name for column in connection.introspection.get_table_description(cursor, table)}
                if table in there
                else set()
            )
            if columns != {field.column for field in model._meta.concrete_fields}:
                found.append(table)
    return sorted(set(found))


def make_space(state: Path) -> bool:
    """The first embedding space, where none serves: the worker needs no right to make tables.

    An index that another model made is dropped, and the worker makes it anew: an embedding space is bound to the
    model's weights. True when there is an index to make.
    """
    note, model = state / "model", _model_digest()
    index = health.health()
    if index.serving and note.exists() and note.read_text() == model:
        return False
    if index.spaces or index.generations:
        call_command("migrate", "product_search", "zero", interactive=False, verbosity=0)
        call_command("migrate", "product_search", interactive=False, verbosity=0)
        mark_every()  # the marks went with the tables; without these the worker would wait for a sweep
    call_command("spaces", "create", verbosity=0)
    make_vocabulary()
    note.write_text(model)
    return True


def make_vocabulary() -> None:
    """Something to say of products: colours, patterns, kinds and materials."""
    call_command("vocabulary", "import", str(VOCABULARY), stdout=io.StringIO())


def _model_digest() -> str:
    """What tells models apart: the name, and the files where it names a folder."""
    name = str(settings.PRODUCT_SEARCH["ENCODER"])
    digest = hashlib.sha256(name.encode())
    if name.startswith("local-dir:"):
        for file in sorted(Path(name.removeprefix("local-dir:")).iterdir()):
            # A model's card and its pictures are not the model.
            if file.suffix in (".json", ".safetensors", ".bin", ".pt"):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _make_login() -> None:
    users = get_user_model()._default_manager
    if not settings.DEBUG or users.filter(is_superuser=True).exists():
        return
    users.create_superuser(username=LOGIN, email="", password=PASSWORD)
