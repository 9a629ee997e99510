"""docs/attach.md from an empty database to a hit, a change found and a delete gone, for each of its three shops."""

from __future__ import annotations

import re
import time
from typing import Any

from tests.acceptance import doc_text

TEAPOT = "0d9f1a52-6a0e-4b43-9a53-3f1c8a7f0001"
VASE = "0d9f1a52-6a0e-4b43-9a53-3f1c8a7f0002"


def titles(answer: Any) -> list[str]:
    return [hit["card"]["title"] for hit in answer["hits"]]


def test_the_page_tells_of_these_three_shops():
    page = (doc_text.ROOT / "docs" / "attach.md").read_text(encoding="utf-8")
    shops = [heading for heading in re.findall(r"^## (.+)$", page, re.MULTILINE) if heading.startswith("A ")]
    assert shops == [
        "A pottery: UUID keys and Celery",
        "A toy shop: without Celery",
        "A lamp shop and its tests",
    ]


def test_uuid_keys_and_celery(doc_shop):
    shop = doc_shop("A pottery")
    shop.run_until("python manage.py check --database default")
    assert shop.query("SELECT product FROM product_search_entry WHERE done = wanted ORDER BY 1")[0][0].hex
    shop.run("mkdir broker")
    with shop.start("celery -A project worker"), shop.start("python manage.py runserver"):
        answer = shop.ask()
        assert [hit["id"] for hit in answer["hits"]] == [TEAPOT]  # the other teapot is sold
        assert answer["hits"][0]["card"] == {"title": "Round teapot", "price": "48.00"}
        shop.run("python manage.py shell")
        renamed = shop.ask_until(lambda answer: titles(answer) == ["Tall jug"])
        assert renamed["hits"][0]["id"] == VASE
        shop.run("python manage.py shell")
        assert TEAPOT not in [hit["id"] for hit in shop.ask()["hits"]]
    assert shop.commands == []


def test_without_celery(doc_shop):
    shop = doc_shop("A toy shop")
    shop.run_until("python manage.py check --database default")
    with shop.start("python manage.py index --watch") as log, shop.start("python manage.py runserver"):
        shop.run("python manage.py stock")
        shop.ask_until(lambda answer: titles(answer) == ["Wooden train"])
        # Not amid a batch: what one has claimed that dies waits until its lease ends.
        waiting = "SELECT count(*) FROM product_search_entry WHERE done < wanted"
        deadline = time.monotonic() + 40
        while shop.query(waiting) != [(0,)]:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        # As when the database restarts: the watcher loses its connection, says so, and goes on.
        shop.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        shop.ask_until(lambda answer: titles(answer)[:1] == ["Spinning top"])
        shop.run("python manage.py shell")
        shop.ask_until(lambda answer: sorted(titles(answer)) == ["Spinning top", "Wooden train"])
        shop.run("python manage.py shell")
        assert "Wooden train" not in titles(shop.ask())
        assert shop.ask_until(lambda answer: answer["status"] == "ok")
        assert shop.run("python manage.py index --status").startswith("ok: ")
        said = log.read_text()
    assert "Watching for saved products" in said
    assert "Indexed 2, removed 0, failed 0." in said
    assert said.index("The database does not answer") < said.index("Back at work.")
    assert "Stopped" in log.read_text()
    assert shop.query("SELECT count(*) FROM product_search_entry WHERE lease IS NOT NULL") == [(0,)]
    assert shop.commands == []
    unit = doc_text.blocks(doc_text.section("attach.md", "A toy shop"), "ini")[0].text
    assert "python manage.py index --watch" in unit


def test_eager_celery_parallel_and_keepdb(doc_shop):
    shop = doc_shop("A lamp shop")
    shop.run("python manage.py makemigrations")
    for _ in range(2):
        shop.run("python manage.py test --settings project.test_settings --parallel 2 --keepdb")
    assert shop.commands == []
    # Each parallel process had a database of its own, which is kept; what its tests made does not pile up there.
    kept = shop.query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, 'test_' || current_database())"
    )
    assert len(kept) == 3
    partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'product_search_picturevector'::regclass"
    for (name,) in kept:
        assert shop.query(partitions, database=name)[0][0] <= 1
