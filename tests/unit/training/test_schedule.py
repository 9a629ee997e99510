from __future__ import annotations

import pytest

from product_search.training.schedule import LEAST, Schedule, ends_of


def test_the_rate_comes_down_before_every_reading_and_returns_after_it():
    schedule = Schedule((25.0, 100.0), decay=0.2)
    rates = [schedule.rate(minute) for minute in range(101)]
    assert rates[:21] == pytest.approx([1.0] * 21)
    assert rates[20:25] == sorted(rates[20:25], reverse=True)
    assert schedule.rate(24.999) < 0.02
    assert schedule.rate(25.0) == LEAST
    assert rates[27:86] == pytest.approx([1.0] * 59)
    assert rates[85:] == sorted(rates[85:], reverse=True)
    assert rates[100] == pytest.approx(LEAST)


def test_pictures_are_small_on_the_first_part_of_the_way_to_each_reading_and_never_while_coming_down():
    schedule = Schedule((20.0, 100.0), small=0.5)
    assert [minute for minute in range(100) if schedule.is_small(minute)] == [*range(10), *range(20, 60)]


def test_a_reading_is_crossed_once():
    schedule = Schedule((25.0, 100.0))
    assert schedule.crossed(24.0, 25.0) == (25.0,)
    assert schedule.crossed(25.0, 26.0) == ()
    assert schedule.crossed(20.0, 120.0) == (25.0, 100.0)


def test_what_is_ended_early_comes_down_first_in_the_shape_of_a_whole_cycle():
    ended = Schedule((25.0, 100.0), decay=0.2).ended_early(45.0)
    assert ended.ends == (25.0, 50.0)
    assert ended.rate(45.0) == pytest.approx(1.0)
    assert ended.rate(50.0) == pytest.approx(LEAST)
    coming_down = Schedule((25.0, 100.0), decay=0.2).ended_early(24.0)
    assert coming_down.ends == (25.0,)


def test_readings_beyond_the_budget_are_none_and_the_last_is_its_end():
    assert ends_of(100.0, (25.0, 100.0, 400.0, 25.0)) == (25.0, 100.0)
    assert ends_of(10.0, ()) == (10.0,)
