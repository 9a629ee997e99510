"""`picture_url` into the shop's own network, by every trick that we know: refused, and nobody there is ever asked."""

from __future__ import annotations

import time
import urllib.request
from collections import Counter
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from product_search.api import uploads
from product_search.images import fetching
from product_search.images.addresses import networks
from tests.acceptance import reports, ssrf
from tests.integration.api.conftest import picture_bytes
from tests.servers import leads_to, sends, server

pytestmark = pytest.mark.django_db


@pytest.fixture
def switched_on(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "PICTURE_URLS": True,
        "PICTURE_NETWORKS": "127.0.0.0/8",
    }
    monkeypatch.setattr(uploads, "NETWORKS", networks(f"{ssrf.OUTSIDE}/32"))


def measured() -> dict[str, Any]:
    """Each of the targets asked for once: what came, and what the inner servers saw."""
    address, client = reverse("product_search:search"), Client(raise_request_exception=False)

    def ask(url: str) -> Any:
        fetching._silent.clear()
        return client.post(address, {"picture_url": url}, content_type="application/json")

    answers: dict[str, Any] = {"/picture.png": sends(picture_bytes("red"))}
    statuses, tricks, details = Counter[str](), Counter[str](), set()
    longest = 0.0
    with (
        ssrf.inner_servers() as inner,
        server(answers, host=ssrf.OUTSIDE) as outside,
        ssrf.names({name: [*lists] for name, lists in ssrf.NAMES.items()}),
    ):
        port = inner[0].server_address[1]
        answers |= {path: leads_to(url, status) for path, (status, url) in ssrf.redirects(port).items()}
        for target in ssrf.targets(port, outside.port):
            with ssrf.names(ssrf.NAMES):  # each name begins anew
                began = time.perf_counter()
                response = ask(target.url)
                longest = max(longest, time.perf_counter() - began)
            problem = response.json()
            told = f"{response.status_code} {problem.get('code', 'answered')}"
            assert told in ("400 bad_picture_url", "422 picture_not_fetched"), (target, problem)
            assert problem["parameter"] == "picture_url"
            assert "127.0.0" not in problem["detail"], target
            statuses[told] += 1
            tricks[target.trick] += 1
            details.add((told, problem["detail"]))
        seen = sum(len(each.connections) for each in inner)

        # What shows that anything could have been seen: the inner servers answer, and pictures outside are fetched.
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/secret").read() == b"secret"
        assert ask(f"{outside.url}/picture.png").status_code == 200
        asked_outside = len(outside.asked)
    return {
        "targets": sum(tricks.values()),
        "tricks": dict(tricks),
        "answers": dict(statuses),
        "details": len(details),
        "inner_servers": len(inner),
        "connections_to_inner_servers": seen,
        "requests_outside": asked_outside,
        "longest_seconds": round(longest, 3),
    }


def hold(found: dict[str, Any]) -> None:
    assert found["connections_to_inner_servers"] == 0, found
    assert found["details"] == len(found["answers"]), "one sentence each, whatever the reason"


def test_every_way_into_the_shops_network_is_refused(switched_on: None) -> None:
    hold(measured())


@pytest.mark.acceptance_size(name="ssrf")
def test_ssrf(switched_on: None) -> None:
    found = measured()
    sizes = {"targets": found["targets"]}
    reports.write_report("ssrf", sizes=sizes, seeds={}, result=found)
    hold(found)
