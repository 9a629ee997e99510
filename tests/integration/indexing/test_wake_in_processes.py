"""The waking thread at the end of a process and after a fork, each in a process of its own.

Both wait for what they are about instead of for a time, and write whole lines with `os.write`: what `print` holds in
its buffer would be copied into a forked child.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from product_search.indexing import wake

BEGIN = """
import os, sys, threading, time
import django
django.setup()
from product_search.indexing import wake

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
"""
#: Far more than any step below takes on a busy machine.
PATIENCE_S = 60


def lines_of(program: str) -> list[str]:
    """What a process of its own says."""
    run = subprocess.run(
        # A fork beside a running thread is what the second test is about: Python 3.12 warns of it.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", BEGIN + program],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def test_the_end_of_a_process_waits_for_a_wake_up_that_is_on_its_way():
    # The message goes only after the last line, and takes longer than a process that doesn't wait.
    program = f"""
import atexit
ending = threading.Event()
def send(task):
    ending.wait({PATIENCE_S})
    time.sleep(0.5)
    say("sent")
wake.send = send
wake.FLUSH_SECONDS = {PATIENCE_S}
wake._waker.notify()
atexit.register(ending.set)  # registered last, so it runs before the flush
say("last line")
"""
    assert lines_of(program) == ["last line", "sent"]


def test_the_end_of_a_process_gives_a_broker_that_hangs_a_fifth_of_a_second():
    program = """
import atexit
hangs = threading.Event()
wake.send = lambda task: hangs.wait()
wake._waker.notify()
begun = time.monotonic()
atexit._run_exitfuncs()
say(time.monotonic() - begun)
"""
    (waited,) = map(float, lines_of(program))
    assert wake.FLUSH_SECONDS == 0.2
    # No upper bound closer than this: a busy machine may look away for seconds.
    assert wake.FLUSH_SECONDS <= waited < PATIENCE_S / 2


def test_a_forked_child_starts_a_thread_of_its_own():
    program = f"""
wake.send = lambda task: say("sent", os.getpid())

def notify():
    wake._waker.notify()
    if not wake._waker.flush({PATIENCE_S}):
        sys.exit("The wake-up was not sent.")

notify()
child = os.fork()
notify()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    by_process = Counter(lines_of(program))
    assert sorted(by_process.values()) == [1, 2], by_process
    assert all(line.startswith("sent ") for line in by_process)
