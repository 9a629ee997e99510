from __future__ import annotations

from dataclasses import replace

import pytest

from product_search.training import record
from product_search.training.plan import Plan

from .conftest import SMALL

RUN = record.Run(
    config=SMALL,
    data=("squares",),
    captions=(),
    where=("split=train",),
    held_out=0.12,
    validation=0.05,
    begun_from="",
    plan=Plan(steps=2, seed=1).fixed(),
)


def test_the_same_run_may_go_on(tmp_path):
    record.write(tmp_path / "new", RUN)
    record.require_same(tmp_path / "new", replace(RUN, plan=Plan(steps=4, patience=2).fixed()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"held_out": 0.2}, "held_out was 0.12 and is now 0.2"),
        ({"data": ("squares", "circles")}, "data was"),
        ({"where": ("split=val",)}, r"where was \['split=train'\]"),
        ({"plan": Plan(steps=2, seed=2).fixed()}, "seed was 1 and is now 2"),
        ({"begun_from": "other"}, "begun_from was '' and is now 'other'"),
    ],
)
def test_another_split_or_other_data_is_refused(tmp_path, change, message):
    record.write(tmp_path, RUN)
    with pytest.raises(record.DifferentRun, match=message):
        record.require_same(tmp_path, replace(RUN, **change))


def test_a_checkpoint_of_unknown_origin_is_refused(tmp_path):
    with pytest.raises(record.DifferentRun, match=r"no run\.json"):
        record.require_same(tmp_path, RUN)
