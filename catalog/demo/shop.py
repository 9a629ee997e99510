"""Fills the demo's shop: tables, products, somebody who may log in, and the first space for vectors."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from tqdm import tqdm

from product_search.indexing import health, mark_every

from ..importing.run import import_products
from ..models import Product
from .errors import DemoFailed

#: Everybody knows these: they are made only while debugging, and the demo listens on this machine alone.
LOGIN = PASSWORD = "admin"  # noqa: S105


def make_shop(catalogue: Path) -> str:
    """Bring the database up to date and fill it when it is empty; returns what was imported, in words, or "".

    Raises `DemoFailed` when the catalogue holds no product.
    """
    call_command("migrate", interactive=False, verbosity=0)
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


def make_space(state: Path) -> bool:
    """The first embedding space, where none serves: the worker needs no right to make tables.

    An index that another model made is dropped, and the worker makes it anew: an embedding space is bound to the
    model's weights. True when there is an index to make.
    """
    note, model = state / "model", _model_digest()
    if health.health().serving and note.exists() and note.read_text() == model:
        return False
    call_command("migrate", "product_search", "zero", interactive=False, verbosity=0)
    call_command("migrate", "product_search", interactive=False, verbosity=0)
    call_command("spaces", "create", verbosity=0)
    mark_every()  # the marks of the import went with the tables; without these the worker would wait for a sweep
    note.write_text(model)
    return True


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
