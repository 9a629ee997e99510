"""Eight worker processes write and count the same common words at once: no deadlock, and the counts are true."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalog.models import Product
from product_search.indexing import work
from product_search.indexing.sweep import find_products
from product_search.models import Text
from tests.acceptance import reports
from tests.integration.indexing.crowd import deadlocks
from tests.integration.indexing.oracle import assert_words_are_counted

from .conftest import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Red striped stoneware mug with a handle, for tea and coffee"


@pytest.mark.acceptance_size(name="common-words")
def test_eight_processes_on_the_same_words(tmp_path: Path) -> None:
    asked = {key: int(value) for key, value in reports.asked("common-words").items()}
    Product.objects.bulk_create(
        Product(sku=f"W{n}", name=f"{WORDS} {n % 7}", description=WORDS) for n in range(asked["products"])
    )
    work.prepare("default")
    while find_products("default"):
        pass
    begun, started = deadlocks(), time.monotonic()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SHOP_MEDIA_ROOT": str(tmp_path),
    }
    command = [sys.executable, "manage.py", "index", "--verbosity", "0"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(asked["workers"])
    ]
    failed = [error for process in running if (error := process.communicate()[1]) and process.returncode]
    assert failed == []
    # Each process counts once when it has done its part, the last one maybe before another's last batch.
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert_words_are_counted()
    assert Text.objects.filter(language="en").count() == asked["products"]
    reports.write_report(
        "common-words",
        sizes=asked,
        seeds={},
        result={"deadlocks": deadlocks() - begun, "seconds": round(time.monotonic() - started, 1)},
    )
    assert deadlocks() == begun
