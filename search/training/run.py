"""A run: steps along the schedule, an average of the weights, the best of those seen, and checkpoints to go on from.

The budget is a number of steps (repeatable to the last bit after a resume) or of minutes (what a machine can give).
Only steps are on the clock: looking at the model, writing and decoding are not.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tqdm import tqdm

from ..errors import ProductSearchError
from . import curve
from .adapting import adapt, plain_state, train_mode
from .examples import Example
from .model import Start, require_size, with_bias
from .pixels import Pixels, decoded
from .plan import Plan
from .step import Step
from .titles import Found, rank
from .validation import Validation, interpolated

if TYPE_CHECKING:
    import torch

CHECKPOINT = "checkpoint.pt"
#: Called with how much of the budget was spent, and the model as it would serve.
AtReading: TypeAlias = "Callable[[float, Served], None]"
#: Ways from the weights that a run began with to those it came to (WiSE-FT).
ALPHAS = tuple(tenths / 10 for tenths in range(11))
_BAR = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"


class NothingToTrainOn(ProductSearchError):
    """No example is left to train on."""


class Diverged(ProductSearchError):
    """The loss is no number any more."""


class Looking(Protocol):
    """What a model in training is measured by."""

    def measure(self, model: Any) -> Found:
        """What it finds as it stands."""


@dataclass(frozen=True)
class Served:
    """A model in open_clip's own shape, and how it was chosen: at which step, and how far from where the run began.

    `look` is what it found on the validation part; None where there is none.
    """

    model: Any
    step: int
    alpha: float
    look: Found | None


class Trainer:
    """Trains a model on `examples`; `train` may be cut and called again with the same folder to go on.

    `validation` chooses among weights; without it the last average is what serves. `begun` says that the model came
    trained, so that what is served may lie between it and what training made of it.
    """

    def __init__(
        self,
        start: Start,
        examples: Sequence[Example],
        plan: Plan,
        folder: Path,
        *,
        validation: Sequence[Example] = (),
        begun: bool = False,
    ) -> None:
        import torch

        if not examples:
            raise NothingToTrainOn("No example is left to train on; give --data with more groups.")
        self.schedule = plan.schedule()
        require_size(start, plan.first_side)
        self.start = with_bias(start) if plan.contrast == "siglip" else start
        self.examples, self.plan, self.folder = list(examples), plan, folder
        self.asked = list(validation)
        self.step, self.elapsed = 0, 0.0
        self.points: list[curve.Point] = []
        self.looks: list[curve.Look] = []
        self.read: list[float] = []
        self.ended_early = False
        self.best: dict[str, torch.Tensor] | None = None
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = self.start.model.to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.begun_with = _copied(plain_state(self.model)) if begun and plan.wise else None
        adapt(self.model, plan.trained, rank=plan.lora_rank, seed=plan.seed)
        self.steps = Step(self.start, self.examples, plan)
        self.steps.teller.to(device)
        self.optimizer = torch.optim.AdamW(
            _groups([self.model, self.steps.teller], plan.weight_decay),
            lr=plan.rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        size = self.steps.batches.size
        self.validate_steps = max(1, round(plan.validate_every * len(self.examples) / size))

    def train(self, *, progress: bool = True, at_reading: AtReading | None = None) -> None:
        """Run to the end of the budget, from the folder's checkpoint if it holds one.

        `at_reading` is called after each reading's part of the budget, once.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / CHECKPOINT).exists():
            self.load()
        if self.is_over() and not self._due():
            return
        resize = self.start.preprocessing["resize_mode"]
        looking = Validation(self.start, self.asked, self.folder, progress=progress) if self.asked else None
        pixels = decoded(
            self.folder, self.examples, self.start.side * 9 // 8, resize=resize, progress=progress
        )
        bar = tqdm(total=100, desc="training", disable=not progress, bar_format=_BAR)
        saved = time.monotonic()
        try:
            self._take_readings(looking, at_reading)
            while not self.is_over():
                before = self.spent()
                self._one_step(pixels)
                if self.schedule.crossed(before, self.spent()) or self.step % self.validate_steps == 0:
                    self._look(looking)
                    self._stop_early()
                if self._due() or time.monotonic() - saved >= self.plan.checkpoint_seconds:
                    self.save()
                    saved = time.monotonic()
                self._take_readings(looking, at_reading)
                self._show(bar)
        finally:
            bar.close()
            pixels.close(keep=not self.is_over())
            if looking is not None:
                looking.close(keep=not self.is_over())
        self.save()

    def spent(self) -> float:
        """How much of the budget is used, in its own unit."""
        return float(self.step) if self.plan.steps else self.elapsed / 60

    def is_over(self) -> bool:
        """Whether the budget is used up, or the run was ended early."""
        return self.spent() >= self.schedule.ends[-1]

    def served(self, looking: Looking | None) -> Served:
        """The model that would serve now: the last of the best that were seen, on its way from where the run began.

        How far is chosen by what is found on the validation part; without one it is the last average.
        """
        model = copy.deepcopy(self.average)
        best = max(self.looks, key=lambda look: (rank(look.found), look.step), default=None)
        if looking is None or best is None or self.best is None:
            return Served(model, self.step, 1.0, None)
        model.load_state_dict(self.best)
        if self.begun_with is None:
            return Served(model, best.step, 1.0, best.found)
        ways = {}
        for alpha in ALPHAS:
            model.load_state_dict(interpolated(self.begun_with, self.best, alpha))
            ways[alpha] = looking.measure(model)
        alpha = max(ALPHAS, key=lambda each: (rank(ways[each]), each))
        model.load_state_dict(interpolated(self.begun_with, self.best, alpha))
        return Served(model, best.step, alpha, ways[alpha])

    def _one_step(self, pixels: Pixels) -> None:
        import torch

        began, plan, spent = time.monotonic(), self.plan, self.spent()
        for group in self.optimizer.param_groups:
            group["lr"] = plan.rate * self._warmth(spent) * self.schedule.rate(spent)
        train_mode(self.model)
        self.optimizer.zero_grad(set_to_none=True)
        small = plan.first_side if self.schedule.is_small(spent) else None
        alone = spent < plan.words_first * self.schedule.ends[0]
        loss = self.steps.backward(self.step, pixels, small or self.start.side, words_alone=alone)
        if not math.isfinite(loss):
            raise Diverged(
                f"The loss of step {self.step + 1} is {loss}: give a lower --rate than {plan.rate:g}."
            )
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(100))
        self._average()
        self.step += 1
        self.elapsed += time.monotonic() - began
        self.points.append(curve.Point(self.step, round(self.elapsed, 1), round(loss, 5)))

    def _warmth(self, spent: float) -> float:
        """Linear warm-up over the plan's steps, or over a tenth of the way to the first reading if that is shorter."""
        return min(1.0, max((self.step + 1) / self.plan.warmup, spent / (0.1 * self.schedule.ends[0])))

    def _average(self) -> None:
        """Exponential moving average of the weights, short at first and a few hundred steps long later."""
        import torch

        keep = min(0.998, (self.step + 1) / (self.step + 20))
        now = plain_state(self.model)
        with torch.no_grad():
            for name, mean in self.average.state_dict().items():
                if mean.dtype.is_floating_point:
                    mean.lerp_(now[name], 1 - keep)
                else:
                    mean.copy_(now[name])

    def _look(self, looking: Looking | None) -> None:
        """Measure the average on the validation part, and keep its weights unless some before were better."""
        if looking is None:
            return
        found = looking.measure(self.average)
        if self.best is None or rank(found) >= max(rank(look.found) for look in self.looks):
            self.best = _copied(self.average.state_dict())
        self.looks.append(curve.Look(self.step, round(self.elapsed, 1), self.spent(), found))

    def _stop_early(self) -> None:
        """Come down and end where the last looks of this cycle were no better than one before them."""
        start, _ = self.schedule.cycle(self.spent())
        ranks = [rank(look.found) for look in self.looks if look.spent > start]
        patience = self.plan.patience
        if not patience or self.ended_early or len(ranks) <= patience:
            return
        if max(ranks[-patience:]) <= max(ranks[:-patience]):
            ended = self.schedule.ended_early(self.spent())
            if self.plan.steps:
                ended = replace(ended, ends=tuple(map(math.ceil, ended.ends)))
            self.schedule, self.ended_early = ended, True

    def _due(self) -> list[float]:
        """Readings whose part of the budget is spent and that were not taken."""
        return [end for end in self.schedule.ends if end <= self.spent() and end not in self.read]

    def _take_readings(self, looking: Looking | None, at_reading: AtReading | None) -> None:
        for end in self._due():
            if at_reading is not None:
                at_reading(end, self.served(looking))
            self.read.append(end)
            self.save()

    def _show(self, bar: tqdm[Any]) -> None:
        bar.n = min(100, round(100 * self.spent() / self.schedule.ends[-1], 1))
        found = f", recall@10 {self.looks[-1].found.by_id.recall_10:.3f}" if self.looks else ""
        bar.set_postfix_str(f"step {self.step}, loss {self.points[-1].loss:.3f}{found}")

    def save(self) -> None:
        """Write the checkpoint beside its place first, so that a kill never leaves half of one."""
        import torch

        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "teller": self.steps.teller.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
            "read": self.read,
            "ends": self.schedule.ends if self.ended_early else None,
        }
        partial = self.folder / f"{CHECKPOINT}.partial"
        torch.save(state, partial)
        curve.write(self.folder, self.points, self.looks)
        partial.replace(self.folder / CHECKPOINT)

    def load(self) -> None:
        """Go on where the folder's checkpoint stands."""
        import torch

        state = torch.load(self.folder / CHECKPOINT, weights_only=True, map_location=self.steps.device)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.best = state["best"]
        self.steps.teller.load_state_dict(state["teller"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.elapsed, self.read = state["step"], state["elapsed"], state["read"]
        self.ended_early = state["ends"] is not None
        if self.ended_early:
            self.schedule = replace(self.schedule, ends=state["ends"])
        points, looks = curve.read(self.folder)
        self.points = [point for point in points if point.step <= self.step]
        self.looks = [look for look in looks if look.step <= self.step]


def _groups(modules: Sequence[Any], weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices and filters, none for biases, norms and the temperature."""
    values = [value for module in modules for value in module.parameters() if value.requires_grad]
    return [
        {"params": [value for value in values if value.ndim > 1], "weight_decay": weight_decay},
        {"params": [value for value in values if value.ndim <= 1], "weight_decay": 0.0},
    ]


def _copied(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in state.items()}
