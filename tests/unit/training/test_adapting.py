from __future__ import annotations

import copy

import pytest
import torch

from product_search.training.adapting import Trained, adapt, plain_state, train_mode
from product_search.training.model import build

from .conftest import SMALL, TRANSFORMER

PICTURES, TOKENS = (
    torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(1)),
    torch.tensor([[5, 9, 7, 49407]]),
)
TOKENS = torch.nn.functional.pad(TOKENS, (0, 8)).repeat(3, 1)


def stepped(config, trained: Trained, rank: int = 2):
    """A model before and after two steps of training, and its weights by name."""
    before = build(config, seed=1)
    model = copy.deepcopy(before)
    adapt(model, trained, rank=rank, seed=2)
    optimizer = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=1e-3)
    for _ in range(2):
        train_mode(model)
        optimizer.zero_grad()
        together = model.encode_image(PICTURES) * model.encode_text(TOKENS) * model.logit_scale
        together.sum().backward()
        optimizer.step()
    return before, model


def changed(before, model) -> set[str]:
    after = plain_state(model)
    return {name for name, value in before.state_dict().items() if not torch.equal(value, after[name])}


@pytest.mark.parametrize("config", [TRANSFORMER, SMALL], ids=["transformer", "convolutions"])
def test_only_what_is_named_is_trained(config):
    whole = changed(*stepped(config, "full"))
    pictures, texts = changed(*stepped(config, "pictures")), changed(*stepped(config, "texts"))
    heads = changed(*stepped(config, "heads"))
    assert all(name.startswith("visual.") or name == "logit_scale" for name in pictures)
    assert not any(name.startswith("visual.") for name in texts)
    assert pictures | texts == whole
    assert {name.split(".")[0] for name in heads} == {"visual", "text_projection", "logit_scale"}
    assert len(heads) < len(whole) / 2


@pytest.mark.parametrize("config", [TRANSFORMER, SMALL], ids=["transformer", "convolutions"])
def test_what_lora_adds_is_merged_into_weights_of_open_clips_own_shape(config):
    before, model = stepped(config, "lora")
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    assert any("parametrizations" in name for name in trained)
    state = plain_state(model)
    assert {name: value.shape for name, value in state.items()} == {
        name: value.shape for name, value in before.state_dict().items()
    }
    served = build(config, seed=5)
    served.load_state_dict(state)
    with torch.no_grad():
        for mine, other, untrained in zip(
            *(
                (each.eval().encode_image(PICTURES), each.encode_text(TOKENS))
                for each in (model, served, before)
            ),
            strict=True,
        ):
            assert torch.allclose(mine, other, atol=1e-5)
            assert not torch.allclose(mine, untrained, atol=1e-4)


def test_an_addition_is_nothing_at_first_and_of_low_rank():
    before = build(TRANSFORMER, seed=1)
    model = copy.deepcopy(before)
    adapt(model, "lora", rank=2, seed=2)
    assert changed(before, model) == set()
    before, model = stepped(TRANSFORMER, "lora")
    name = "transformer.resblocks.0.mlp.c_fc.weight"
    difference = plain_state(model)[name] - before.state_dict()[name]
    assert 1 <= int(torch.linalg.matrix_rank(difference, rtol=1e-3)) <= 2


def test_a_frozen_tower_keeps_the_statistics_it_came_with():
    before, model = stepped(SMALL, "heads")
    assert not any("running" in name or "num_batches" in name for name in changed(before, model))
    before, model = stepped(SMALL, "full")
    assert any("running_mean" in name for name in changed(before, model))
