from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from product_search.training import curve
from product_search.training.examples import read_examples
from product_search.training.model import UnusableConfig, build, export
from product_search.training.pixels import augmented
from product_search.training.run import CHECKPOINT, NothingToTrainOn, Plan, Trainer

from .conftest import SMALL

PLAN = Plan(steps=6, batch=8, warmup=2, side=32, checkpoint_every=3)


def losses(trainer: Trainer) -> list[float]:
    return [point.loss for point in trainer.points]


class Cut(Trainer):
    """A run that is killed after its fourth step, one past its checkpoint."""

    def _one_step(self, *arguments) -> float:
        if self.step == 4:
            raise KeyboardInterrupt
        return super()._one_step(*arguments)


def test_a_cut_run_goes_on_along_the_same_curve_to_the_same_weights(training_csv, labelled_folder, tmp_path):
    examples = read_examples(training_csv) + read_examples(labelled_folder)
    whole = Trainer(SMALL, examples, PLAN, tmp_path / "whole")
    whole.train(progress=False)

    with pytest.raises(KeyboardInterrupt):
        Cut(SMALL, examples, PLAN, tmp_path / "cut").train(progress=False)
    resumed = Trainer(SMALL, examples, PLAN, tmp_path / "cut")
    resumed.train(progress=False)

    assert resumed.step == 6
    assert losses(resumed) == losses(whole)
    assert curve.read(tmp_path / "cut") == resumed.points
    for mine, other in zip(resumed.average.parameters(), whole.average.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_a_run_may_begin_from_an_exported_model(training_csv, tmp_path):
    before = build(SMALL, seed=9)
    export(before, SMALL, tmp_path / "before")
    trainer = Trainer(
        SMALL, read_examples(training_csv), PLAN, tmp_path / "run", start_from=tmp_path / "before"
    )
    for mine, given in zip(trainer.model.parameters(), before.parameters(), strict=True):
        assert torch.equal(mine, given.half().float())
        assert mine.dtype == torch.float32


def test_weights_of_another_shape_are_refused(training_csv, tmp_path):
    other = {**SMALL, "embed_dim": 8}
    export(build(other, seed=9), other, tmp_path / "other")
    with pytest.raises(UnusableConfig, match="--model-config"):
        Trainer(SMALL, read_examples(training_csv), PLAN, tmp_path, start_from=tmp_path / "other")
    with pytest.raises(UnusableConfig, match="can't be read"):
        Trainer(SMALL, read_examples(training_csv), PLAN, tmp_path, start_from=tmp_path / "nowhere")


def test_training_lowers_the_loss(training_csv, tmp_path):
    plan = Plan(steps=40, batch=8, warmup=5, rate=3e-3, side=32)
    trainer = Trainer(SMALL, read_examples(training_csv), plan, tmp_path)
    trainer.train(progress=False)
    assert sum(losses(trainer)[-5:]) < sum(losses(trainer)[:5])


def test_a_finished_run_stays_as_it_is(training_csv, tmp_path):
    examples = read_examples(training_csv)
    Trainer(SMALL, examples, PLAN, tmp_path).train(progress=False)
    written = (tmp_path / CHECKPOINT).read_bytes()
    Trainer(SMALL, examples, PLAN, tmp_path).train(progress=False)
    assert (tmp_path / CHECKPOINT).read_bytes() == written


def test_each_set_has_its_share_of_every_batch(training_csv, labelled_folder, tmp_path):
    """40 rendered pictures and 12 photographs: as the roots of 40 and 12, 65 and 35 of 100."""
    examples = read_examples(training_csv) + read_examples(labelled_folder)
    assert [sum(bool(example.label) is kind for example in examples) for kind in (False, True)] == [40, 12]
    trainer = Trainer(SMALL, examples, PLAN, tmp_path)
    for seed in range(5):
        chosen = trainer._batch(torch.Generator().manual_seed(seed))
        assert sum(bool(examples[row].label) for row in chosen) == 2
        assert len(set(chosen)) == 8


def test_what_is_said_of_one_picture_of_a_product_is_true_of_its_others(training_csv, tmp_path):
    examples = read_examples(training_csv)
    trainer = Trainer(SMALL, examples, PLAN, tmp_path)
    said: dict[str, set[frozenset[str]]] = {}
    for example, words in zip(examples, trainer.said, strict=True):
        said.setdefault(example.group, set()).add(words)
    assert all(len(of_one) == 1 for of_one in said.values())


def test_the_first_half_of_the_budget_sees_smaller_pictures(training_csv, tmp_path, monkeypatch):
    from product_search.training import run

    sides: list[int] = []

    def noted(pixels, side, generator, *, least_area):
        sides.append(side)
        return augmented(pixels, side, generator, least_area=least_area)

    monkeypatch.setattr(run, "augmented", noted)
    plan = replace(PLAN, steps=4, side=48, first_side=32)
    Trainer(SMALL, read_examples(training_csv), plan, tmp_path).train(progress=False)
    assert sides == [32, 32, 48, 48]


def test_pictures_of_one_product_come_together_and_photographs_of_one_sender_do_not(
    training_csv, labelled_folder, tmp_path
):
    examples = read_examples(training_csv) + read_examples(labelled_folder)
    trainer = Trainer(SMALL, examples, PLAN, tmp_path)
    senders = set()
    for seed in range(5):
        chosen = trainer._batch(torch.Generator().manual_seed(seed))
        groups = [examples[row].group for row in chosen if not examples[row].label]
        assert [groups.count(group) for group in set(groups)] == [2, 2, 2]
        senders.add(len({examples[row].group for row in chosen if examples[row].label}))
    assert max(senders) > 1


def test_the_rate_warms_up_and_ends_near_nothing(training_csv, tmp_path):
    trainer = Trainer(SMALL, read_examples(training_csv), Plan(steps=100, warmup=10), tmp_path)
    rates = []
    for trainer.step in range(101):
        rates.append(trainer._schedule())
    assert rates[0] < rates[5] < rates[9] == max(rates)
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[100] == pytest.approx(0.01)


def test_nothing_to_train_on_is_said(training_csv, tmp_path):
    with pytest.raises(NothingToTrainOn, match="--data"):
        Trainer(SMALL, [], PLAN, tmp_path)
    with pytest.raises(NothingToTrainOn, match="--steps or --minutes"):
        Trainer(SMALL, read_examples(training_csv), Plan(), tmp_path)
