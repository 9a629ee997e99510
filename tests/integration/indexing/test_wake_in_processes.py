"""The waking thread at the end of a process and after a fork, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("hang", [True, False])
def test_the_end_of_a_process_waits_a_fifth_of_a_second_at_most(hang, tmp_path):
    program = f"""
import time
import django
django.setup()
from product_search.indexing import wake
wake.send = lambda: (time.sleep({30 if hang else 0.05}), print("sent", flush=True))
wake._waker.notify()
begun = time.monotonic()
import atexit
atexit._run_exitfuncs()
print(f"{{time.monotonic() - begun:.2f}}", flush=True)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr
    *sent, waited = run.stdout.split()
    assert sent == ([] if hang else ["sent"])
    assert float(waited) < 0.5


def test_a_forked_child_starts_a_thread_of_its_own():
    program = """
import os, time
import django
django.setup()
from product_search.indexing import wake
def send():
    print("sent", os.getpid(), flush=True)
wake.send = send
wake._waker.notify()
time.sleep(0.3)
child = os.fork()
wake._waker.notify()
time.sleep(0.3)
if child:
    os.waitpid(child, 0)
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=30
    )
    pids = [line.split()[1] for line in run.stdout.splitlines()]
    assert (len(pids), len(set(pids))) == (3, 2), run.stdout + run.stderr
