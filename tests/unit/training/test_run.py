from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from product_search.training.examples import read_examples
from product_search.training.figures import Retrieval
from product_search.training.loss import CONTRASTS
from product_search.training.model import UnusableConfig, from_scratch, with_size
from product_search.training.pixels import augmented
from product_search.training.plan import NoBudget, Plan
from product_search.training.run import CHECKPOINT, Diverged, NothingToTrainOn, Served, Trainer
from product_search.training.titles import Found, rank

from . import killed
from .conftest import SMALL, TRANSFORMER

ROOT = Path(__file__).resolve().parents[3]

PLAN = Plan(steps=6, batch=8, warmup=2, validate_every=0.5, checkpoint_seconds=0)


def losses(trainer: Trainer) -> list[float]:
    return [point.loss for point in trainer.points]


def test_a_run_that_is_killed_goes_on_to_the_same_curve(training_csv, tmp_path):
    """In the middle of anything, by a signal that nobody can answer; with readings, cached gradients and validation."""
    whole = killed.trainer(training_csv, tmp_path / "whole")
    whole.train(progress=False)

    command = [sys.executable, "-m", "tests.unit.training.killed", str(training_csv), str(tmp_path / "cut")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) >= 3:
                process.kill()
                break
        assert process.wait() == -signal.SIGKILL
    resumed = killed.trainer(training_csv, tmp_path / "cut")
    resumed.train(progress=False)

    assert len(losses(resumed)) == 8
    assert losses(resumed) == losses(whole)
    assert [(look.step, look.found) for look in resumed.looks] == [
        (look.step, look.found) for look in whole.looks
    ]
    assert resumed.read == whole.read == [5.0, 8]
    for name, value in whole.best.items():
        assert torch.equal(resumed.best[name], value)


def test_a_reading_on_the_way_is_taken_once_though_the_run_is_cut(training_csv, tmp_path):
    """The one that was being taken when it was cut is taken again, of the same weights."""
    taken: list[tuple[float, int, float]] = []

    def cut(spent: float, served: Served) -> None:
        taken.append((spent, served.step, float(served.model.text_projection.sum())))
        if spent == 5 and len(taken) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed.trainer(training_csv, tmp_path).train(progress=False, at_reading=cut)
    killed.trainer(training_csv, tmp_path).train(progress=False, at_reading=cut)
    killed.trainer(training_csv, tmp_path).train(progress=False, at_reading=cut)
    assert [spent for spent, _, _ in taken] == [5, 5, 8]
    assert taken[0] == taken[1]


class BestAtAThird:
    """Finds the more, the nearer weights lie to a third of the way from the start to the best."""

    def __init__(self, trainer: Trainer, name: str = "text_projection") -> None:
        self.trainer, self.name = trainer, name

    def measure(self, model) -> Found:
        start, best = (state[self.name] for state in (self.trainer.begun_with, self.trainer.best))
        way = float((model.state_dict()[self.name] - start).norm() / (best - start).norm())
        return Found(Retrieval(recall_10=1 - abs(way - 0.33)), Retrieval(), 1, 1)


def test_what_serves_lies_where_most_is_found_between_the_start_and_the_best(training_csv, tmp_path):
    trainer = killed.trainer(training_csv, tmp_path)
    begun = {name: value.clone() for name, value in trainer.average.state_dict().items()}
    trainer.train(progress=False)
    served = trainer.served(BestAtAThird(trainer))
    assert served.alpha == 0.3
    for name, value in served.model.state_dict().items():
        if value.is_floating_point():
            assert torch.allclose(value, begun[name].lerp(trainer.best[name], 0.3), atol=1e-6)
    trainer.begun_with = None
    assert trainer.served(BestAtAThird(trainer)).alpha == 1.0


def test_the_best_weights_are_kept_whatever_comes_after(training_csv, tmp_path, monkeypatch):
    trainer = killed.trainer(training_csv, tmp_path)
    seen: dict[int, torch.Tensor] = {}
    inner = trainer._look

    def look(looking) -> None:
        inner(looking)
        seen[trainer.step] = trainer.average.state_dict()["text_projection"].clone()

    monkeypatch.setattr(trainer, "_look", look)
    trainer.train(progress=False)
    best = max(trainer.looks, key=lambda each: (rank(each.found), each.step))
    assert torch.equal(trainer.best["text_projection"], seen[best.step])


def test_the_last_weights_do_not_serve_where_others_were_better(training_csv, tmp_path):
    trainer = killed.trainer(training_csv, tmp_path)
    trainer.train(progress=False)
    trainer.begun_with = None
    trainer.best = {name: value + 1 for name, value in trainer.best.items()}
    served = trainer.served(BestAtAThird(trainer)).model.state_dict()
    assert torch.equal(served["text_projection"], trainer.best["text_projection"])
    assert not torch.equal(served["text_projection"], trainer.average.state_dict()["text_projection"])


def test_only_steps_are_on_the_clock(training_csv, tmp_path, monkeypatch):
    trainer = killed.trainer(training_csv, tmp_path)
    inner = trainer._look

    def slow(looking) -> None:
        time.sleep(0.1)
        inner(looking)

    monkeypatch.setattr(trainer, "_look", slow)
    began = time.monotonic()
    trainer.train(progress=False)
    looks = len(trainer.looks)
    assert looks >= 3
    assert trainer.elapsed < time.monotonic() - began - 0.1 * looks


def test_without_a_better_look_it_comes_down_and_ends(training_csv, tmp_path):
    """A rate of next to nothing: no look is better than the first."""
    examples = read_examples(training_csv)
    plan = replace(PLAN, steps=40, rate=1e-12, validate_every=0.1, patience=3)

    def run() -> Trainer:
        trainer = Trainer(from_scratch(SMALL, seed=1), examples[4:], plan, tmp_path, validation=examples[:4])
        trainer.train(progress=False)
        return trainer

    ended = run()
    assert ended.ended_early
    assert ended.step == 5, "four looks, of which three were no better, and a fifth of it all to come down"
    again = run()
    assert again.step == 5
    assert again.schedule == ended.schedule


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_training_lowers_the_loss(contrast, training_csv, tmp_path):
    plan = Plan(steps=20, batch=8, warmup=3, rate=3e-3, contrast=contrast)
    trainer = Trainer(from_scratch(SMALL, seed=1), read_examples(training_csv), plan, tmp_path)
    trainer.train(progress=False)
    assert ("logit_bias" in trainer.average.state_dict()) is (contrast == "siglip")
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


def test_pictures_learn_their_words_before_any_text_is_computed(training_csv, tmp_path, monkeypatch):
    plan = replace(PLAN, words_first=0.5, validate_every=9)
    trainer = Trainer(from_scratch(SMALL, seed=1), read_examples(training_csv), plan, tmp_path)
    inner, towers = trainer._one_step, ("visual.conv1.weight", "text_projection")
    learned: list[tuple[bool, ...]] = []

    def one_step(pixels) -> None:
        before = [trainer.model.state_dict()[name].clone() for name in towers]
        inner(pixels)
        now = trainer.model.state_dict()
        learned.append(
            tuple(not torch.equal(now[name], was) for name, was in zip(towers, before, strict=True))
        )

    monkeypatch.setattr(trainer, "_one_step", one_step)
    trainer.train(progress=False)
    assert learned == [(True, False)] * 3 + [(True, True)] * 3


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
