"""The gate: never more inside than places, first come first served, and no place is ever lost."""

from __future__ import annotations

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from product_search.api import place, shedding
from product_search.api.shedding import LINE, Gate


def until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture
def one_place(settings, monkeypatch):
    # Those whom tests before this one refused would be written down, for which there is no database here.
    monkeypatch.setattr(shedding, "_refused", shedding._Refused())
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "SEARCHES_AT_ONCE": 1, "BUSY_WAIT_MS": 0}


def test_as_many_enter_as_there_are_places():
    gate = Gate()
    assert [gate.enter(2, 0) for _ in range(3)] == [True, True, False]
    gate.leave(2)
    assert gate.enter(2, 0)


def test_those_who_wait_are_let_in_in_the_order_in_which_they_came():
    gate, order = Gate(), []
    gate.enter(1, 0)

    def wait(number: int) -> None:
        assert gate.enter(1, 10)
        order.append(number)
        gate.leave(1)

    threads = [threading.Thread(target=wait, args=[number]) for number in range(LINE)]
    for number, thread in enumerate(threads):
        thread.start()
        until(lambda number=number: len(gate._line) == number + 1)
    assert not gate.enter(1, 10), "the line is full: refused without waiting"
    gate.leave(1)
    for thread in threads:
        thread.join(10)
    assert order == list(range(LINE))
    assert gate._inside == 0


def test_who_comes_later_does_not_pass_those_who_wait():
    gate = Gate()
    gate.enter(1, 0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gate.enter, 1, 10)
        until(lambda: len(gate._line) == 1)
        gate.leave(1)
        assert not gate.enter(1, 0), "the place went to whoever waited, even before he has woken"
        assert waiting.result(10)


def test_nobody_waits_longer_than_asked():
    gate = Gate()
    gate.enter(1, 0)
    begun = time.monotonic()
    assert not gate.enter(1, 0.05)
    assert 0.05 <= time.monotonic() - begun < 5
    gate.leave(1)
    assert gate.enter(1, 0), "who gave up holds no place in the line"


class Killed(BaseException):
    """As a server's green threads are ended from outside."""


def test_a_waiter_that_is_killed_takes_no_place_with_it(monkeypatch):
    class Deadly(threading.Event):
        def wait(self, timeout=None):
            super().wait(timeout)
            raise Killed

    gate = Gate()
    gate.enter(1, 0)
    monkeypatch.setattr(shedding, "threading", SimpleNamespace(Event=Deadly))
    with pytest.raises(Killed):  # while it waits
        gate.enter(1, 0)
    with ThreadPoolExecutor(1) as pool:  # in the moment in which it is let in
        waiting = pool.submit(gate.enter, 1, 10)
        until(lambda: len(gate._line) == 1)
        gate.leave(1)
        assert isinstance(waiting.exception(10), Killed)
    assert gate.enter(1, 0)


def test_a_crowd_leaves_every_place_free_and_never_fills_more():
    gate, inside, most, served = Gate(), [0], [0], [0]
    count = threading.Lock()

    def visit(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(50):
            if not gate.enter(3, dice.choice([0, 0.0002, 0.01])):
                continue
            with count:
                inside[0] += 1
                served[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(dice.choice([0, 0.0002]))
            with count:
                inside[0] -= 1
            gate.leave(3)

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(visit, range(24)))
    assert most == [3]
    assert served[0] > 50
    assert (gate._inside, len(gate._line)) == (0, 0)


def test_more_places_than_before_are_used_at_once():
    gate = Gate()
    gate.enter(1, 0)
    assert gate.enter(2, 0)


@pytest.mark.usefixtures("one_place")
def test_a_forked_process_begins_with_all_places():
    with place():
        child = os.fork()
        if not child:
            try:
                with place():
                    os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_without_a_setting_there_are_as_many_places_as_cores():
    allowed = os.sched_getaffinity(0)
    assert shedding.cores() == max(2, len(allowed))
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert shedding.cores() == 2, "one computes while the other waits for the database"
    finally:
        os.sched_setaffinity(0, allowed)
