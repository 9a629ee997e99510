"""docs/troubleshooting.md: each symptom is caused, its command shows the cause, and its fix mends it."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from catalog.models import Product
from product_search.indexing.health import health
from product_search.models import Entry, Mark, Text
from product_search.testing import index_now
from tests import database
from tests.acceptance import doc_text
from tests.integration.api.conftest import fill

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = (doc_text.ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
SHOP = "http://127.0.0.1:8000/search"
#: The page's commands that these tests have run.
RUN: set[str] = set()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[list[Product]]:
    """Four mugs and four bowls, not indexed; afterwards nothing of it is left."""
    with override_settings(MEDIA_ROOT=tmp_path):
        yield fill()
    database.empty()


def command(heading: str, holds: str) -> str:
    """The one command under `heading` that holds these words; indexing stands there more than once."""
    found = {
        line for line in doc_text.commands(doc_text.section("troubleshooting.md", heading)) if holds in line
    }
    (line,) = found
    return line


def run(line: str, **replaced: Any) -> str:
    """What the command prints, on both streams; `replaced` are the page's examples, as this shop has them."""
    RUN.add(line)
    for old, new in replaced.items():
        line = line.replace(old.lstrip("_"), str(new))
    out = io.StringIO()
    _, script, *arguments = shlex.split(line)
    assert script == "manage.py", line
    with redirect_stdout(out):
        call_command(*arguments, stdout=out, stderr=out, no_color=True)
    return out.getvalue()


def found(client: Any, query: str, **headers: str) -> Any:
    return client.get("/search/v1/search", {"q": query}, headers=headers).json()


STATUS = "index --status"
INDEX = re.compile(r"manage.py index$")


def index() -> str:
    RUN.add("python manage.py index")
    return run("python manage.py index")


def test_nothing_was_ever_indexed(shop, client):
    assert found(client, "mug")["notices"][0].startswith("not-indexed")
    assert "No embedding space exists yet" in run(command("Nothing is found", STATUS))
    assert "Indexed 8, removed 0" in index()
    assert found(client, "mug")["total"] == 4
    assert run("python manage.py check --database default").startswith("System check identified no issues")


def test_search_is_switched_off(shop, client, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    assert found(client, "mug")["notices"][0].startswith("disabled")
    with pytest.raises(CommandError, match="ENABLED"):
        index()


def test_the_document_shows_nothing(shop, client):
    index_now()
    Product.objects.update(published=False)
    assert found(client, "mug")["total"] == 0
    assert "0 visible products" in run(command("Nothing is found", "visible_products"))
    Product.objects.filter(sku="P0").update(published=True)
    assert "1 visible products" in run(command("Nothing is found", "visible_products"))


def test_the_tables_are_missing(shop):
    call_command("migrate", "product_search", "zero", verbosity=0)
    with pytest.raises(Exception, match='relation "product_search_mark" does not exist'):
        shop[0].save()
    run(command("Nothing is found", "migrate"))
    shop[0].save()


def test_the_model_is_not_here(shop, settings, tmp_path):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": f"local-dir:{tmp_path / 'nowhere'}"}
    for what in ("encoder info", "encoder fetch"):
        with pytest.raises(CommandError, match="nowhere"):
            run(command("Nothing is found", what))
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:64"}
    assert "hash:64" in run(command("Nothing is found", "encoder info"))
    assert "is here and loads" in run(command("Nothing is found", "encoder fetch"))


def test_one_product_failed(shop, client, settings):
    mug = shop[0]
    index_now()
    with connection.cursor() as cursor:  # as a method of the shop's that raises would leave it
        cursor.execute(
            "UPDATE product_search_entry SET error = 'ValueError: no price', parked = true, wanted = wanted + 1"
            " WHERE product = %s",
            [mug.pk],
        )
    said = run(command("One product", "Entry"), _17=mug.pk)
    assert "no price" in said
    assert "'parked': True" in said
    assert mug.name in run(command("One product", "Text"), _17=mug.pk)
    assert "Indexed 8, removed 0" in run(command("One product", "--all"))
    assert Entry.objects.get(product=mug.pk).error == ""


def test_no_worker_runs(shop, client):
    index_now()
    shop[0].name = "Tall pitcher"
    shop[0].save()
    assert found(client, "pitcher")["total"] == 0
    said = run(command("Results are stale", STATUS))
    assert "No worker" in said
    assert "manage.py index --watch" in said
    index()
    assert found(client, "pitcher")["total"] == 1


def test_written_past_the_signals(shop, client):
    index_now()
    Product.objects.filter(stock=0).update(name="Tall pitcher")
    index()
    assert found(client, "pitcher")["total"] == 0
    assert "4 marked" in run(command("Results are stale", "mark_stale"))
    assert Mark.objects.exists()
    index()
    assert found(client, "pitcher")["total"] == 4


def test_the_document_changed(shop, client, monkeypatch):
    from product_search.documents import Text as Declared
    from product_search.documents import document

    index_now()
    declared = {**type(document()).texts, "made_of": Declared("description")}
    monkeypatch.setattr(type(document()), "texts", declared)
    Text.objects.filter(generation__state="serving").first()
    index()
    assert "made_of" in Text.objects.filter(generation__state="serving").first().fields
    assert not [problem for problem in health().problems if "document" in problem.cause]


def test_the_model_changed(shop, settings):
    index_now()
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENCODER": "hash:32"}
    assert 'ENCODER is "hash:32"' in run(command("Results are stale", STATUS))
    assert "hash:64" in run(command("Results are stale", "spaces list"))
    assert "Next: manage.py spaces fill" in run(command("Results are stale", "spaces create"))


def test_wrong_language(shop, client):
    index_now()
    for line in [one for one in doc_text.commands(PAGE) if one.startswith("curl")]:
        RUN.add(line)
        words = shlex.split(line)
        header = words[words.index("-H") + 1].split(": ", 1) if "-H" in words else ()
        address = words[1].replace("$SHOP", "/search")
        answer = client.get(address, headers=dict([header]) if header else {}).json()
        assert answer["total"] == 4, line
    assert found(client, "Becher")["total"] == 0
    assert "'de': 8" in run(command("Wrong language", "Count"))


def test_too_much_or_too_little(shop):
    index_now()
    assert "keywords" in run(command("Too much", "RELEVANCE_FLOOR"))


def test_the_key_has_another_type(shop, client):
    index_now()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE product_search_entry ALTER COLUMN product TYPE varchar(40)")
    with pytest.raises(Exception, match="E031"):
        run(command("Installation", "check"))
    for line in doc_text.commands(doc_text.section("troubleshooting.md", "Installation"))[1:]:
        run(line)
    run(command("Installation", "check"))
    assert found(client, "mug")["total"] == 4


def test_every_command_of_the_page_was_run():
    """Last in this file, after the tests that run them."""
    assert set(doc_text.commands(PAGE)) - RUN == set()
