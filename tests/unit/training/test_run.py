from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from product_search.training import curve
from product_search.training.examples import read_examples
from product_search.training.model import UnusableConfig, from_scratch, with_size
from product_search.training.pixels import augmented
from product_search.training.plan import NoBudget, Plan
from product_search.training.run import CHECKPOINT, Diverged, NothingToTrainOn, Trainer

from .conftest import SMALL, TRANSFORMER

PLAN = Plan(steps=6, batch=8, warmup=2, validate_every=0.5, checkpoint_seconds=0)


def losses(trainer: Trainer) -> list[float]:
    return [point.loss for point in trainer.points]


class Cut(Trainer):
    """A run that is cut in the middle of its fifth step."""

    def _average(self) -> None:
        if self.step == 4:
            raise KeyboardInterrupt
        super()._average()


def test_a_cut_run_goes_on_along_the_same_curve_to_the_same_weights(training_csv, labelled_folder, tmp_path):
    examples = read_examples(training_csv) + read_examples(labelled_folder)
    asked = [examples.pop(row) for row in (0, 10, 20, 30)]
    whole = Trainer(from_scratch(SMALL, seed=1), examples, PLAN, tmp_path / "whole", validation=asked)
    whole.train(progress=False)

    with pytest.raises(KeyboardInterrupt):
        Cut(from_scratch(SMALL, seed=1), examples, PLAN, tmp_path / "cut", validation=asked).train(
            progress=False
        )
    resumed = Trainer(from_scratch(SMALL, seed=1), examples, PLAN, tmp_path / "cut", validation=asked)
    resumed.train(progress=False)

    assert resumed.step == 6
    assert losses(resumed) == losses(whole)
    assert [look.found for look in resumed.looks] == [look.found for look in whole.looks] != []
    assert curve.read(tmp_path / "cut") == (resumed.points, resumed.looks)
    for mine, other in zip(resumed.average.parameters(), whole.average.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_training_lowers_the_loss(training_csv, tmp_path):
    plan = Plan(steps=40, batch=8, warmup=5, rate=3e-3)
    trainer = Trainer(from_scratch(SMALL, seed=1), read_examples(training_csv), plan, tmp_path)
    trainer.train(progress=False)
    assert sum(losses(trainer)[-5:]) < sum(losses(trainer)[:5])


def test_a_loss_that_is_no_number_ends_the_run_before_it_spoils_the_weights(training_csv, tmp_path):
    start = from_scratch(SMALL, seed=1)
    trainer = Trainer(start, read_examples(training_csv), replace(PLAN, rate=1e30), tmp_path)
    with pytest.raises(Diverged, match=r"The loss of step \d is (nan|inf): give a lower --rate than 1e\+30"):
        trainer.train(progress=False)


def test_a_finished_run_stays_as_it_is(training_csv, tmp_path):
    examples = read_examples(training_csv)
    Trainer(from_scratch(SMALL, seed=1), examples, PLAN, tmp_path).train(progress=False)
    written = (tmp_path / CHECKPOINT).read_bytes()
    Trainer(from_scratch(SMALL, seed=1), examples, PLAN, tmp_path).train(progress=False)
    assert (tmp_path / CHECKPOINT).read_bytes() == written


def test_the_first_half_of_the_budget_sees_smaller_pictures(training_csv, tmp_path, monkeypatch):
    from product_search.training import step

    sides: list[int] = []

    def noted(pixels, side, generator, *, least_area):
        sides.append(side)
        return augmented(pixels, side, generator, least_area=least_area)

    monkeypatch.setattr(step, "augmented", noted)
    plan = replace(PLAN, steps=4, first_side=32, decay=0.25)
    start = from_scratch(with_size(SMALL, 48), seed=1)
    Trainer(start, read_examples(training_csv), plan, tmp_path).train(progress=False)
    assert sides == [32, 32, 48, 48]


def test_a_model_of_one_size_alone_says_so(training_csv, tmp_path):
    with pytest.raises(UnusableConfig, match="32 pixels alone, not of 16: leave --first-size away"):
        Trainer(
            from_scratch(TRANSFORMER, seed=1),
            read_examples(training_csv),
            replace(PLAN, first_side=16),
            tmp_path,
        )


def test_the_rate_warms_up_and_ends_near_nothing(training_csv, tmp_path):
    trainer = Trainer(
        from_scratch(SMALL, seed=1), read_examples(training_csv), Plan(steps=100, warmup=10), tmp_path
    )
    rates = []
    for trainer.step in range(101):
        rates.append(trainer._warmth(trainer.spent()) * trainer.schedule.rate(trainer.spent()))
    assert rates[0] < rates[5] < rates[9] == max(rates)
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[100] == pytest.approx(0.01)


def test_nothing_to_train_on_is_said(training_csv, tmp_path):
    with pytest.raises(NothingToTrainOn, match="--data"):
        Trainer(from_scratch(SMALL, seed=1), [], PLAN, tmp_path)
    with pytest.raises(NoBudget, match="--steps, --epochs or --minutes"):
        Trainer(from_scratch(SMALL, seed=1), read_examples(training_csv), Plan(), tmp_path)
