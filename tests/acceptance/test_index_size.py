"""What the index costs on disk and in memory, for a picture and for a product's text, from tables really filled."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from product_search.indexing import spaces
from product_search.models import Space
from product_search.testing import index_now
from tests import database
from tests.acceptance import reports
from tests.acceptance.conftest import CATALOGUE, ROOT

#: As many as ViT-B-32 and most published CLIP models have.
DIM = 512
MEMORY_MB = 12
LOADS = """
import resource
from PIL import Image
from product_search import encoders
encoder = encoders.load("ViT-B-32:untrained", allow_untrained=True)
encoder.encode_images([Image.new("RGB", (224, 224), (n, 9, 9)) for n in range(32)])
encoder.encode_texts(["red striped mug"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def fill(folder: Path, settings: Any, every: int) -> None:
    """Every so many-th product of the catalogue, indexed by the plugin itself, without a model."""
    settings.MEDIA_ROOT = folder / "media"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": f"hash:{DIM}"}
    with (CATALOGUE / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for number, row in enumerate(csv.DictReader(file)) if number % every == 0]
    with (folder / "products.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"parent": ""} for row in rows)
    call_command("import_products", str(folder / "products.csv"), images=CATALOGUE / "images", verbosity=0)
    index_now()


def multiply(first: int, last: int) -> None:
    """Copies number `first` to `last` of every row of the index, each under keys and with a vector of its own."""
    for table in ("entry", "text", "picture", "picturevector", "textvector"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'",
                [f"product_search_{table}"],
            )
            columns = [name for (name,) in cursor.fetchall()]
            new = {
                "product": "product + 1000000 * turn",
                "digest": "md5(turn || digest) || md5(digest || turn)",
                "picture": "(1000000 * turn + picture::bigint)::text",
                "vector": f"(SELECT array_agg(random() - 0.5 + 0 * (i + turn)) FROM generate_series(1, {DIM}) AS i)"  # noqa: S608
                "::real[]::halfvec",
            }
            cursor.execute(
                f"INSERT INTO product_search_{table} ({', '.join(columns)})"  # noqa: S608
                f" SELECT {', '.join(new.get(name, name) for name in columns)}"
                f" FROM product_search_{table}, generate_series(%s::int, %s::int) AS turn WHERE product < 1000000",
                [first, last],
            )


def sizes() -> dict[str, dict[str, int]]:
    """Rows of each table of the index, and bytes of its rows, its HNSW indexes and its other ones."""
    number = Space.objects.get().pk
    found = {}
    tables = ["entry", "text", "picture", f"picturevector_{number}", f"textvector_{number}"]
    for table in tables:
        name = f"product_search_{table}"
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {name}")
            cursor.execute(
                f"SELECT (SELECT count(*) FROM {name}), pg_table_size(%s),"  # noqa: S608
                " coalesce(sum(pg_relation_size(indexrelid))"
                " FILTER (WHERE amname = 'hnsw'), 0)::bigint, pg_indexes_size(%s) FROM pg_index"
                " JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam"
                " WHERE indrelid = %s::regclass",
                [name, name, name],
            )
            count, rows, hnsw, indexes = cursor.fetchone()
        found[table.split("_")[0]] = {"count": count, "rows": rows, "hnsw": hnsw, "indexes": indexes - hnsw}
    return found


def of_one(found: dict[str, dict[str, int]]) -> dict[str, dict[str, float]]:
    """Bytes for one picture and for one product's text in one language, with all that either has."""

    def each(table: str, part: str) -> float:
        return found[table][part] / found[table]["count"]

    def both(table: str) -> float:
        return each(table, "rows") + each(table, "indexes")

    return {
        "picture": {
            "vector": each("picturevector", "rows"),
            "keys": each("picturevector", "indexes"),
            "hnsw": each("picturevector", "hnsw"),
            "record": both("picture"),
            "all": both("picturevector") + each("picturevector", "hnsw") + both("picture"),
        },
        "text": {
            "vector": each("textvector", "rows"),
            "keys": each("textvector", "indexes"),
            "hnsw": each("textvector", "hnsw"),
            "terms": both("text"),
            "all": both("textvector") + each("textvector", "hnsw") + both("text"),
        },
        "entry": {"all": both("entry")},
    }


def memory_of_a_build() -> float:
    """Bytes that one vector takes in memory while its HNSW index is built: pgvector says when memory is full."""
    said: list[str] = []
    connection.ensure_connection()
    raw = connection.connection

    def listen(notice: Any) -> None:
        said.append(notice.message_primary)

    raw.add_notice_handler(listen)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE built AS SELECT vector FROM product_search_picturevector LIMIT 10000"
            )
            cursor.execute(
                f"SET maintenance_work_mem = '{MEMORY_MB}MB'; SET max_parallel_maintenance_workers = 0"
            )
            cursor.execute(
                f"CREATE INDEX ON built USING hnsw ((vector::halfvec({DIM})) halfvec_ip_ops) WITH ({spaces.HNSW})"
            )
            cursor.execute(
                "DROP TABLE built; RESET maintenance_work_mem; RESET max_parallel_maintenance_workers"
            )
    finally:
        raw.remove_notice_handler(listen)
    (count,) = re.findall(r"no longer fits into maintenance_work_mem after (\d+) tuples", "\n".join(said))
    return MEMORY_MB * 2**20 / int(count)


def measure(pictures: int, folder: Path, settings: Any, *, every: int) -> tuple[int, dict[str, Any]]:
    """Half of the pictures, then all: bytes for one must not depend on how many there are."""
    fill(folder, settings, every)
    space = Space.objects.get()
    one = sizes()["picturevector"]["count"]
    copies = -(-pictures // one) - 1
    multiply(1, copies // 2)
    spaces.build_indexes(space, ("en", "de"), using="default", threshold=1)
    half = of_one(sizes())
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'product_search%%_hnsw%%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
    multiply(copies // 2 + 1, copies)
    begun = time.monotonic()
    spaces.build_indexes(space, ("en", "de"), using="default", threshold=1)
    built_s = time.monotonic() - begun
    found = sizes()
    whole = of_one(found)
    return found["picturevector"]["count"], {
        "bytes": whole,
        "bytes_at_half": half,
        "texts": found["textvector"]["count"],
        "products": found["entry"]["count"],
        "build_seconds": round(built_s, 1),
        "gb_for_a_million": {
            "pictures": whole["picture"]["all"] / 1000,
            "picture_hnsw": whole["picture"]["hnsw"] / 1000,
            "texts": whole["text"]["all"] / 1000,
            "text_hnsw": whole["text"]["hnsw"] / 1000,
        },
    }


@pytest.fixture
def emptied(transactional_db):
    yield
    database.empty()


@pytest.mark.usefixtures("emptied")
def test_a_small_index_costs_what_its_vectors_weigh(tmp_path, settings):
    count, found = measure(200, tmp_path, settings, every=120)
    assert count >= 200
    assert DIM * 2 < found["bytes"]["picture"]["vector"] < DIM * 4
    assert DIM * 2 < found["bytes"]["picture"]["hnsw"] < DIM * 8


@pytest.mark.acceptance_size(name="index-size")
@pytest.mark.usefixtures("emptied")
def test_index_size(tmp_path, settings):
    asked = reports.asked("index-size")
    count, found = measure(int(asked["pictures"]), tmp_path, settings, every=6)
    found["build_bytes_of_a_vector"] = memory_of_a_build()
    found["gb_for_a_million"]["build"] = found["build_bytes_of_a_vector"] / 1000
    # ViT-B-32 with random weights takes the memory of the trained one; in Linux ru_maxrss is in KiB.
    said = subprocess.run(
        [sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found["worker_mb"] = int(said) * 1024 / 1e6
    reports.write_report("index-size", sizes={"pictures": count, "dim": DIM}, seeds={}, result=found)
    for part in ("vector", "hnsw"):
        whole, half = (found[when]["picture"][part] for when in ("bytes", "bytes_at_half"))
        assert whole == pytest.approx(half, rel=0.05)
