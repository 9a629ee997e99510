"""The reference shop for a benchmark: Django on a server of its own, judged catalogues imported and indexed."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "fixtures" / "catalogue"
JUDGEMENTS = ROOT / "fixtures" / "judgements"
KAGL = ROOT.parent / "shared" / "data" / "kagl-fashion"
MODEL = ROOT / "fixtures" / "model"
#: The part of kagl-fashion that is sold.
PART = "val"


class DataMissing(RuntimeError):
    """A data set that is not part of the repository is not beside it; the message says where it was looked for."""


def open_shop(url: str, folder: Path) -> None:
    """Django with the shop's settings, its tables in the empty database at `url`, pictures in `folder`."""
    os.environ.update(
        DATABASE_URL=url,
        SHOP_STATE=str(folder / "state"),
        DJANGO_SETTINGS_MODULE="catalog.settings",
        SHOP_DEBUG="0",
        SHOP_SECRET_KEY="benchmarks-benchmarks-benchmarks-benchmarks",
        SHOP_LOG_LEVEL="ERROR",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def configure(**changes: Any) -> None:
    """Set some of PRODUCT_SEARCH; settings are read live."""
    from django.conf import settings

    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, **changes}


def sell_judged(data: str, folder: Path) -> None:
    """Import the judged catalogue `data` and index it. Raises `DataMissing`."""
    from django.core.management import call_command

    from product_search.testing import index_now

    configure(ENCODER=f"local-dir:{MODEL}")
    if data == "catalogue":
        call_command("import_products", CATALOGUE, verbosity=0)
    else:
        call_command("import_products", _kagl(folder), images=KAGL / "images.zip", verbosity=0)
    index_now()


def judgements(data: str, folder: Path) -> dict[str, Path]:
    """The judgements of `data` by part, tune and check; made in `folder` where they are not part of the repository."""
    if data == "catalogue":
        return {part: JUDGEMENTS / f"{part}.csv" for part in ("tune", "check")}
    from django.core.management import call_command

    _kagl(folder)
    call_command("judgements", "make", JUDGEMENTS / "kagl-fashion.toml", folder / "judged", verbosity=0)
    return {part: folder / "judged" / f"{part}.csv" for part in ("tune", "check")}


def _kagl(folder: Path) -> Path:
    """The list of the products that are sold of it. Raises `DataMissing`."""
    if not KAGL.is_dir():
        raise DataMissing(f"the data set is not in {KAGL}")
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / f"{PART}.csv"
    with (KAGL / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == PART]
    with listed.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return listed
