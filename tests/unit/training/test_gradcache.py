"""The gradient of a batch in parts is that of the whole, whatever a tower has in it."""

from __future__ import annotations

import copy
from functools import partial

import pytest
import torch
from torch import nn

from product_search.training import gradcache
from product_search.training.examples import read_examples
from product_search.training.loss import clip_loss
from product_search.training.model import from_scratch
from product_search.training.pixels import decoded
from product_search.training.plan import Plan
from product_search.training.step import Step
from product_search.training.words import Truth

from .conftest import SMALL, TRANSFORMER


def tower(*layers: nn.Module) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), *layers, nn.Linear(8, 5))


def chunks(model: nn.Module, rows: torch.Tensor, size: int) -> list[gradcache.Encode]:
    """Ways to encode `size` rows at a time; each draws the same for its dropout whenever it is called."""

    def encode(start: int) -> torch.Tensor:
        torch.manual_seed(start)
        return model(rows[start : start + size])

    return [partial(encode, start) for start in range(0, len(rows), size)]


PICTURES, TEXTS = torch.randn(2, 12, 6, generator=torch.Generator().manual_seed(2))
OWN = Truth([frozenset()] * 12, [frozenset()] * 12)


def gradients(model: nn.Module, *, size: int, cached: bool) -> tuple[float, list[torch.Tensor]]:
    """The loss and the gradient of all weights and of the temperature."""
    scale = torch.tensor(5.0, requires_grad=True)
    model = copy.deepcopy(model).train()

    def objective(pictures: torch.Tensor, texts: torch.Tensor) -> torch.Tensor:
        unit = nn.functional.normalize
        return clip_loss(unit(pictures, dim=-1), unit(texts, dim=-1), scale, OWN)

    parts = chunks(model, PICTURES, size), chunks(model, TEXTS, size)
    way = partial(gradcache.cached_backward, model) if cached else gradcache.backward
    return way(*parts, objective), [scale.grad, *(value.grad for value in model.parameters())]


@pytest.mark.parametrize("size", [1, 5, 12])
def test_in_chunks_of_any_size_it_is_the_gradient_of_one_large_batch(size):
    model = tower(nn.LayerNorm(8), nn.GELU())
    loss, whole = gradients(model, size=12, cached=False)
    cached_loss, cached = gradients(model, size=size, cached=True)
    assert cached_loss == pytest.approx(loss, abs=1e-5)
    for one, other in zip(whole, cached, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.BatchNorm1d(8)], ids=["dropout", "batch norm"])
def test_what_draws_or_counts_by_chunks_is_the_same_in_both_passes(layer):
    model = tower(layer, nn.ReLU())
    loss, plain = gradients(model, size=5, cached=False)
    cached_loss, cached = gradients(model, size=5, cached=True)
    assert cached_loss == pytest.approx(loss, abs=1e-5)
    for one, other in zip(plain, cached, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("config", [TRANSFORMER, SMALL], ids=["transformer", "batch norm"])
def test_a_whole_step_has_the_gradient_of_its_plain_one_and_counts_statistics_once(
    config, training_csv, tmp_path
):
    """All losses together, with a teller and a temperature: 16 candidates, 8 at once, all graphs held or cached."""
    examples = read_examples(training_csv)

    def stepped(batch: int, *, plain: bool = False) -> Step:
        plan = Plan(steps=1, batch=batch, candidates=16)
        step = Step(from_scratch(config, seed=1), examples, plan)
        if plain:
            step.__class__ = type("Plain", (Step,), {"is_cached": False})
        step.start.model.train()
        pixels = decoded(tmp_path, examples, 36, progress=False)
        step.loss = step.backward(0, pixels, 32)
        pixels.close(keep=True)
        return step

    cached, plain = stepped(8), stepped(8, plain=True)
    assert cached.loss == pytest.approx(plain.loss, abs=1e-5)
    for mine, other in ((cached.start.model, plain.start.model), (cached.teller, plain.teller)):
        compared = 0
        for (name, one), (_, two) in zip(mine.named_parameters(), other.named_parameters(), strict=True):
            assert torch.allclose(one.grad, two.grad, atol=1e-5), name
            compared += float(two.grad.abs().max()) > 1e-4
        assert compared > 1
    for one, two in zip(cached.start.model.buffers(), plain.start.model.buffers(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)
