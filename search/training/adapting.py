"""Which weights are trained: all, one tower, the projections, or small additions of low rank to frozen ones (LoRA).

What is added is merged into the weights before anything is served: the model keeps open_clip's own shape.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import torch

Trained = Literal["full", "pictures", "texts", "heads", "lora"]
TRAINED: tuple[Trained, ...] = get_args(Trained)
#: Projections into the shared space, by their names in open_clip's towers of every kind.
_HEAD = re.compile(r"(visual\.(head|proj|attnpool)|(text\.)?text_projection)\b")
#: The temperature, and SigLIP's bias.
_SCALE = re.compile(r"logit_(scale|bias)$")


def adapt(model: torch.nn.Module, trained: Trained, *, rank: int, seed: int) -> None:
    """Freeze what is not trained and, for "lora", add to what is frozen (Hu et al., 2021).

    "heads" trains the projections alone, "lora" these and the additions; the temperature is always trained.
    """
    import torch

    torch.manual_seed(seed)
    for name, value in model.named_parameters():
        value.requires_grad_(bool(_SCALE.match(name)) or _is_trained(name, trained))
    if trained == "lora":
        _add_low_rank(model, rank)


def _is_trained(name: str, trained: Trained) -> bool:
    if trained == "full":
        return True
    if trained in ("pictures", "texts"):
        return name.startswith("visual.") is (trained == "pictures")
    return bool(_HEAD.match(name))


def _add_low_rank(model: torch.nn.Module, rank: int) -> None:
    from torch import nn
    from torch.nn.utils import parametrize

    wide: list[tuple[Any, str]] = []
    for name, module in model.named_modules():
        if isinstance(module, nn.MultiheadAttention) and module.in_proj_weight is not None:
            wide.append((module, "in_proj_weight"))
        elif _HEAD.match(name):
            continue
        elif isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.groups == 1):
            wide.append((module, "weight"))
    for module, name in wide:
        weight = getattr(module, name)
        if weight.requires_grad or rank * (len(weight) + weight[0].numel()) >= weight.numel():
            continue
        parametrize.register_parametrization(module, name, _low_rank(weight, rank))


def _low_rank(weight: torch.Tensor, rank: int) -> torch.nn.Module:
    """What is added to a weight: the product of two thin matrices, nothing at first."""
    import torch
    from torch import nn

    class LowRank(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down = nn.Parameter(torch.empty(rank, weight[0].numel()))
            self.up = nn.Parameter(torch.zeros(len(weight), rank))
            nn.init.kaiming_uniform_(self.down, a=5**0.5)

        def forward(self, frozen: torch.Tensor) -> torch.Tensor:
            return frozen + (self.up @ self.down).view_as(frozen)

    return LowRank()


def plain_state(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights by name in open_clip's own shape, with all that was added in them."""
    from torch.nn.utils import parametrize

    state = dict(model.state_dict())
    for path, module in model.named_modules():
        if parametrize.is_parametrized(module):
            kept = path and f"{path}."
            for name in [name for name in state if name.startswith(f"{kept}parametrizations.")]:
                del state[name]
            for name in module.parametrizations:
                state[f"{kept}{name}"] = getattr(module, name).detach()
    return state


def train_mode(model: torch.nn.Module) -> None:
    """Training mode, but for batch normalisation that is frozen: it keeps the statistics it came with."""
    from torch.nn.modules.batchnorm import _BatchNorm

    model.train()
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            values = list(module.parameters(recurse=False))
            if values and not any(value.requires_grad for value in values):
                module.eval()
