"""What the indexing way logs: stable event names, and product, mark, lease and space where they are known."""

from __future__ import annotations

import ast
import json
import logging
import logging.config
import re
from pathlib import Path

import pytest

from product_search import tasks
from product_search.indexing import index_pending
from product_search.models import Entry
from tests.acceptance import doc_text

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def broken(monkeypatch):
    """Reading fails for more than one product at a time, and for those whose key is in the returned set."""
    from product_search.documents import reading

    keys: set = set()

    def reads(shop, wanted):
        if len(wanted) > 1 or keys.intersection(wanted):
            raise ValueError("no such price")
        return reading.read_products(shop, wanted)

    monkeypatch.setattr("product_search.indexing.work.read_products", reads)
    return keys


def test_a_batch_that_fails_as_a_whole_leaves_a_trace_though_each_product_succeeds(
    space, make, broken, caplog
):
    make("Mug"), make("Cup")
    with caplog.at_level(logging.INFO, "product_search"):
        assert index_pending().indexed == 2
    (record,) = caplog.records
    assert (record.event, record.products) == ("batch_failed", 2)
    assert record.lease > 0
    assert "no such price" in record.getMessage()


def test_a_failed_product_is_named_with_its_mark_and_lease(space, make, broken, caplog):
    mug = make("Mug")
    mug.save()
    broken.add(mug.pk)
    index_pending()
    (record,) = [record for record in caplog.records if record.event == "product_failed"]
    assert (record.product, record.mark) == (mug.pk, Entry.objects.get().wanted)
    assert record.lease > 0


def test_a_workers_run_says_what_it_did_and_how_fast(space, make, caplog):
    make("Mug"), make("Cup")
    with caplog.at_level(logging.INFO, "product_search"):
        tasks.work_task.apply(throw=True)
    (record,) = [record for record in caplog.records if getattr(record, "event", "") == "run_ended"]
    assert (record.indexed, record.removed, record.failed) == (2, 0, 0)
    assert record.per_second == pytest.approx(2 / record.seconds, rel=0.5)
    assert re.fullmatch(
        r"Indexed 2, removed 0, failed 0 in \d+\.\d s: \d+ products a second\.", record.getMessage()
    )


def test_the_documented_logging_prints_the_fields(space, make, broken, capsys):
    (block,) = [
        block
        for block in doc_text.blocks(doc_text.section("production.md", "Watching it"), "python")
        if "LOGGING" in block.text
    ]
    namespace: dict = {}
    exec(block.text, namespace)  # noqa: S102
    logger = logging.getLogger("product_search")
    before = (logger.level, logger.handlers[:])
    try:
        logging.config.dictConfig(namespace["LOGGING"])
        mug = make("Mug")
        broken.add(mug.pk)
        index_pending()
    finally:
        logger.setLevel(before[0])
        logger.handlers[:] = before[1]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert [(line["event"], line["product"]) for line in lines] == [("product_failed", mug.pk)]


def test_every_record_of_the_indexing_way_has_an_event_and_the_docs_name_each():
    named = set()
    for path in [ROOT / "search" / "tasks.py", *(ROOT / "search" / "indexing").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger.")):
                continue
            extra = next((ast.unparse(each.value) for each in node.keywords if each.arg == "extra"), "")
            found = re.search(r"'event': '(\w+)'", extra)
            assert found, f"{path.name}:{node.lineno}: a record without an event"
            named.add(found[1])
    for room in ("api", "keys", "retrieval"):  # what else an operator watches
        for path in (ROOT / "search" / room).glob("*.py"):
            named |= set(re.findall(r'"event": "(\w+)"', path.read_text(encoding="utf-8")))
    page = doc_text.section("production.md", "Watching it")
    table = page.partition("| `event` | logged when |")[2]
    assert named == set(
        re.findall(r"`([a-z]+_[a-z_]+)`", "\n".join(re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)))
    )
