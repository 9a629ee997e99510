"""Set-up as the owner, then web, worker and beat as a role that changes no table, over Redis, ended by SIGTERM."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from .conftest import METRICS_TOKEN, SCRIPT, Deployment

#: No signal tells of the second: only beat's sweep finds it.
SELL = """
from django.core.files.base import ContentFile
from tests.pictures import picture_bytes
from catalog.models import Product, ProductImage
mug = Product.objects.create(sku="M", name="Red striped mug", price=9)
ProductImage.objects.create(product=mug, image=ContentFile(picture_bytes("red", side=64), name="mug.png"))
Product.objects.bulk_create([Product(sku="Q", name="Quiet umbrella", price=9)])
"""


def ask(deployment: Deployment, path: str, **query: str) -> tuple[int, Any]:
    """Status and body of what web answers; (0, None) while it does not."""
    address = f"{deployment.address}{path}?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(address, headers={"X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, None


def titles(deployment: Deployment, words: str) -> list[str]:
    status, body = ask(deployment, "/search/v1/search", q=words)
    return [hit["card"]["title"] for hit in json.loads(body)["hits"]] if status == 200 else []


@pytest.fixture(scope="module")
def running(deployment: Deployment) -> Deployment:
    """Web, worker and beat, each with a first sign of life."""
    for service in ("web", "worker", "beat"):
        deployment.start(service)
    deployment.wait_until(lambda: ask(deployment, "/search/v1/health")[0] == 200)
    return deployment


def test_the_role_changes_no_table(deployment):
    refused = psycopg.errors.InsufficientPrivilege
    with psycopg.connect(deployment.url, autocommit=True) as connection:
        for statement in ("CREATE TABLE mine (id int)", "ALTER TABLE catalog_product ADD COLUMN mine int"):
            with pytest.raises(refused):
                connection.execute(statement)
    ran = deployment.run(
        "python", "manage.py", "spaces", "create", "--encoder", "hash:32", environment=deployment.rows
    )
    assert ran.returncode == 1
    assert "Run `manage.py spaces create` as the role that ran `manage.py migrate`" in ran.stderr


def test_saved_products_are_found_by_a_web_that_may_write_rows_alone(running):
    running.python(SELL)
    running.wait_until(lambda: titles(running, "striped mug") == ["Red striped mug"])
    assert running.roles_connected() == {running.role}
    assert len(list((running.folder / "media").rglob("*.png"))) == 1


def test_beat_sweeps_and_health_is_green(running):
    running.wait_until(lambda: titles(running, "umbrella") == ["Quiet umbrella"])
    running.wait_until(lambda: json.loads(ask(running, "/search/v1/health")[1])["status"] == "ok")


def test_static_files_carry_a_hash_and_pages_name_them_so(running):
    status, page = ask(running, "/")
    assert status == 200
    named = [part for part in page.decode().split('"') if part.startswith("/static/")]
    assert named
    for name in named:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        assert (running.folder / "static" / name.removeprefix("/static/")).exists()


def test_web_says_that_it_is_alive_and_what_keeps_it_from_being_ready(running):
    assert running.run(str(SCRIPT), "alive", environment=running.rows).returncode == 0
    assert running.run(str(SCRIPT), "ready", environment=running.rows).returncode == 0
    nobody = running.rows | {"WEB_ADDRESS": "127.0.0.1:1"}
    assert running.run(str(SCRIPT), "alive", environment=nobody).returncode != 0
    with psycopg.connect(running.owner["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE product_search_space SET state = 'filling'")
        ready = running.run(str(SCRIPT), "ready", environment=running.rows)
        alive = running.run(str(SCRIPT), "alive", environment=running.rows)
        connection.execute("UPDATE product_search_space SET state = 'serving'")
    assert ready.returncode != 0
    assert "index_not_ready" in ready.stderr
    assert "Traceback" not in ready.stderr
    assert alive.returncode == 0, "a restart would not mend it"


def test_prometheus_scrapes_with_the_token_alone(running):
    assert ask(running, "/search/v1/metrics")[0] == 401
    request = urllib.request.Request(
        f"{running.address}/search/v1/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    done = {
        sample.labels["outcome"]: sample.value
        for sample in families["product_search_processed_products"].samples
    }
    assert done["indexed"] >= 2, "what the worker did, told by web"
    processes = {s.labels["process"] for s in families["product_search_last_seen_timestamp_seconds"].samples}
    assert processes == {"worker", "beat", "sweep"}


def test_sigterm_ends_each_cleanly(running):
    """The last test here: `docker stop` sends it, and whoever does not listen is killed with a task in hand."""
    for process in running.services.values():
        process.send_signal(signal.SIGTERM)
    for name, process in running.services.items():
        assert process.wait(60) == 0, running.log(name).read_text()[-3000:]
    said = {name: running.log(name).read_text() for name in running.services}
    assert "Traceback" not in "".join(said.values())
    assert "Warm shutdown" in said["worker"]


def test_an_unknown_word_is_answered_with_those_there_are():
    ran = subprocess.run([str(SCRIPT), "wibble"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "usage: shop setup|web|worker|beat|encoder|alive" in ran.stderr
