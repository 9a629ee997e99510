"""A worker that stops is named, with the line that mends it, by the admin and by v1/health; a page that is open turns
green by itself when it is back.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from playwright.sync_api import expect

from catalog.models import Product
from product_search.indexing import heartbeat
from product_search.models import Entry
from tests.acceptance import quick_settings, reports
from tests.acceptance.indexing.conftest import PATIENCE_S, celery, celery_processes, media, wait_until
from tests.browser.chromium import CHROMIUM

__all__ = ["celery", "media"]  # fixtures
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH"),
]


@pytest.fixture
def processes(
    transactional_db: None, media: Path, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `celery -A catalog ...` with settings by which silence is noticed within seconds."""
    with celery_processes(tmp_path, media, quick_settings.__name__) as start:
        yield start


def health(client: Client) -> tuple[str, str]:
    """The status, and all causes and fixes in one line."""
    state = client.get(reverse("product_search:health")).json()
    return state["status"], " ".join(f"{each['cause']} {each['fix']}" for each in state["problems"])


def opened(new_page: Callable[..., Any], address: str, client: Client) -> Any:
    """The index page in a browser, as `client` sees it."""
    page = new_page()
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}
    page.context.add_cookies([session])
    page.goto(f"{address}/admin/product_search/index/")
    return page


def test_a_stopped_worker_is_named_and_the_page_turns_green_by_itself(
    processes: Callable[..., Any],
    live_server: Any,
    admin_client: Client,
    new_page: Callable[..., Any],
    tmp_path: Path,
) -> None:
    with override_settings(PRODUCT_SEARCH=quick_settings.PRODUCT_SEARCH):
        from product_search.testing import index_now

        Product.objects.create(sku="A", name="Red mug")
        index_now()
        worker = processes("worker", "--pool=solo", "--without-gossip", "--without-mingle")
        processes("beat", "--schedule", str(tmp_path / "beat"))
        wait_until(lambda: health(admin_client)[0] == "ok", seconds=PATIENCE_S)

        status = opened(new_page, live_server.url, admin_client).locator(".ps-status")
        expect(status).to_have_class(re.compile("ps-ok|ps-busy"))

        os.killpg(worker.pid, signal.SIGKILL)
        expect(status).to_have_class(re.compile("ps-degraded"), timeout=PATIENCE_S * 1000)
        expect(status).to_contain_text("No worker on the default queue was seen for")
        expect(status.locator("code").first).to_have_text("celery -A catalog worker")
        state, causes = health(admin_client)
        assert state == "degraded"
        assert "No worker on the default queue was seen for" in causes
        assert "`celery -A catalog worker`" in causes
        assert "No sweep" not in causes, "beat lives: one cause, one fix"
        assert any(name.startswith("beat:") for name in heartbeat.ages("", using="default"))
        mug = Product.objects.create(sku="B", name="Saved meanwhile")

        processes("worker", "--pool=solo", "--without-gossip", "--without-mingle")
        expect(status).to_have_class(re.compile("ps-ok"), timeout=PATIENCE_S * 1000)
        expect(status).to_contain_text("All is indexed")
        wait_until(lambda: Entry.objects.filter(product=mug.pk, done__gt=0).exists(), seconds=PATIENCE_S)
        assert health(admin_client)[0] == "ok"


@pytest.mark.acceptance_size(name="stopped-worker")
def test_a_worker_stopped_for_a_minute(
    celery: Callable[..., subprocess.Popen[bytes]],
    live_server: Any,
    admin_client: Client,
    new_page: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """With the limits that ship: a worker that is halted, not gone, and goes on as if nothing had been."""
    from product_search.testing import index_now

    asked = reports.asked("stopped-worker")["stopped_s"]
    Product.objects.create(sku="A", name="Red mug")
    index_now()
    worker = celery("worker", "--pool=solo", "--without-gossip", "--without-mingle")
    celery("beat", "--schedule", str(tmp_path / "beat"))
    wait_until(lambda: health(admin_client)[0] == "ok", seconds=PATIENCE_S)
    page = opened(new_page, live_server.url, admin_client)
    status = page.locator(".ps-status")
    expect(status).to_have_class(re.compile("ps-ok"), timeout=PATIENCE_S * 1000)
    page.evaluate("window.loadedOnce = true")

    begun = time.monotonic()
    os.killpg(worker.pid, signal.SIGSTOP)
    try:
        mug = Product.objects.create(sku="B", name="Saved meanwhile")
        by_health = wait_until(lambda: health(admin_client)[0] == "degraded", seconds=2 * PATIENCE_S)
        expect(status).to_have_class(re.compile("ps-degraded"), timeout=PATIENCE_S * 1000)
        by_page = time.monotonic() - begun
        expect(status).to_contain_text("No worker on the default queue was seen for")
        expect(status.locator("code").first).to_have_text("celery -A catalog worker")
        causes = health(admin_client)[1]
        assert "No worker on the default queue was seen for" in causes
        assert "`celery -A catalog worker`" in causes
        time.sleep(max(0.0, asked - (time.monotonic() - begun)))
    finally:
        os.killpg(worker.pid, signal.SIGCONT)
    stopped, begun = time.monotonic() - begun, time.monotonic()
    expect(status).to_have_class(re.compile("ps-ok"), timeout=PATIENCE_S * 1000)
    green = time.monotonic() - begun
    expect(status).to_contain_text("All is indexed")
    assert page.evaluate("window.loadedOnce"), "the page was not loaded again"
    assert Entry.objects.filter(product=mug.pk, done__gt=0).exists()
    assert health(admin_client)[0] == "ok"
    reports.write_report(
        "stopped-worker",
        sizes={"stopped_s": round(stopped, 1)},
        seeds={},
        result={
            "named_by_health_s": round(by_health, 1),
            "named_by_page_s": round(by_page, 1),
            "green_after_s": round(green, 1),
        },
    )
