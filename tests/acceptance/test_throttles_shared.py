"""Processes of a shop count together: what two of them let through of one key is one limit, not two."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.acceptance.brokers import Redis
from tests.acceptance.shops import ROOT, with_this_repository

LIMIT, EACH = 60, 50
COUNTS = f"""
import django
django.setup()
from product_search.keys import throttling
throttling.seconds_to_wait({{"warm": 1}})
input()
print(sum(not throttling.seconds_to_wait({{"key:1": {LIMIT}}}) for _ in range({EACH})))
"""


@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.kill()


def test_two_processes_share_a_limit(redis):
    environment = {
        **with_this_repository(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "CACHE_URL": redis.url,
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", COUNTS],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    if time.time() % 60 > 40:  # limits are of a minute, and this is not to run into the next
        time.sleep(61 - time.time() % 60)
    for process in processes:
        process.stdin.write(os.linesep)
        process.stdin.flush()
    let_through = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(let_through) == LIMIT
    assert max(let_through) <= EACH
