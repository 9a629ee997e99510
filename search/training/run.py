"""The training loop: batches from every training set alike, a cosine schedule, an average of weights, checkpoints.

The budget is a number of steps (repeatable to the last bit after a resume) or of minutes (what a machine can give).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from ..errors import ProductSearchError
from . import curve
from .examples import Example, label_captions
from .loss import (
    common_words,
    contrastive_loss,
    likeness,
    look_alike_loss,
    near_misses,
    true_pairs,
    word_loss,
    words,
)
from .model import MEAN, STD, build, load_weights, text_features, tokenizer
from .pixels import augmented, load_pixels, recoloured

if TYPE_CHECKING:
    import torch

CHECKPOINT = "checkpoint.pt"


class NothingToTrainOn(ProductSearchError):
    """No example is left to train on, or no budget was given."""


@dataclass(frozen=True)
class Plan:
    """How to train. Give `steps` or `minutes`.

    `side` is the pictures' side in pixels; with `first_side`, the first `first_share` of the budget sees smaller ones
    (progressive resizing: most is learned from less, and the rest is learned at the size that is served).
    """

    steps: int | None = None
    minutes: float | None = None
    batch: int = 96
    rate: float = 1.5e-3
    weight_decay: float = 0.05
    warmup: int = 150
    side: int = 64
    first_side: int | None = None
    first_share: float = 0.5
    least_area: float = 0.35
    label_weight: float = 1.0
    look_alike_weight: float = 0.7
    word_weight: float = 1.0
    smoothing: float = 0.1
    seed: int = 1
    checkpoint_every: int = 200


class Trainer:
    """Trains one model on `examples`; `train` may be cut and called again with the same folder to go on."""

    def __init__(
        self,
        config: dict[str, Any],
        examples: Sequence[Example],
        plan: Plan,
        folder: Path,
        *,
        start_from: Path | None = None,
    ) -> None:
        import torch

        if not examples:
            raise NothingToTrainOn("No example is left to train on; give --data with more groups.")
        if not plan.steps and not plan.minutes:
            raise NothingToTrainOn("No budget: give --steps or --minutes.")
        self.config, self.examples, self.plan, self.folder = config, list(examples), plan, folder
        self.tokenize = tokenizer(config)
        self.step, self.elapsed = 0, 0.0
        self.points: list[curve.Point] = []
        common = common_words([example.captions for example in self.examples])
        self.said = _said(self.examples)
        self.common = common
        self.labels = sorted({example.label for example in self.examples if example.label})
        self.sets = _sets(self.examples)
        self.likeness = likeness([words(example.captions[0]) - common for example in self.examples])
        self.views = _views(self.examples)
        self.near_misses = near_misses(
            [example.captions[0] for example in self.examples if not example.label]
        )
        # channels_last: the convolutions of a step take 0.7 of the time, measured on two AVX-512 cores.
        self.model = build(config, seed=plan.seed).to(memory_format=torch.channels_last)
        if start_from is not None:
            load_weights(self.model, start_from)
        self.average = copy.deepcopy(self.model).eval()
        # Tells words from pictures while training; it is no part of the model.
        self.teller = torch.nn.Linear(config["embed_dim"], self.likeness.shape[1])
        self.optimizer = torch.optim.AdamW(
            _groups([self.model, self.teller], plan.weight_decay), lr=plan.rate, betas=(0.9, 0.98), fused=True
        )

    def train(self, *, progress: bool = True) -> None:
        """Run to the end of the budget, from the folder's checkpoint if it holds one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / CHECKPOINT).exists():
            self.load()
        if self.spent() >= 1:
            return
        pixels = load_pixels(
            self.examples, self.config["vision_cfg"]["image_size"] * 9 // 8, progress=progress
        )
        tokens = {caption: None for example in self.examples for caption in example.captions}
        rows = {caption: row for row, caption in enumerate(tokens)}
        table: torch.Tensor = self.tokenize(list(tokens))
        started = time.monotonic() - self.elapsed
        bar = tqdm(
            total=self.plan.steps, initial=self.step, unit="step", desc="training", disable=not progress
        )
        try:
            while self.spent() < 1:
                loss = self._one_step(pixels, table, rows)
                self.step += 1
                self.elapsed = time.monotonic() - started
                self.points.append(curve.Point(self.step, round(self.elapsed, 1), round(loss, 5)))
                bar.update()
                bar.set_postfix(loss=f"{loss:.3f}", spent=f"{self.spent():.0%}")
                if self.step % self.plan.checkpoint_every == 0:
                    self.save()
        finally:
            bar.close()
        self.save()

    def spent(self) -> float:
        """Share of the budget that is used, from 0 to 1."""
        if self.plan.steps:
            return self.step / self.plan.steps
        return self.elapsed / (60 * (self.plan.minutes or 1))

    def _one_step(self, pixels: torch.Tensor, table: torch.Tensor, rows: dict[str, int]) -> float:
        import torch
        import torch.nn.functional as functional

        plan = self.plan
        generator = torch.Generator().manual_seed(plan.seed * 1_000_003 + self.step)
        torch.manual_seed(plan.seed * 1_000_003 + self.step)  # dropout draws from the global generator
        chosen = self._batch(generator)
        spoken = [self._caption(index, generator) for index in chosen]
        plain = self._plain_and_near(chosen, generator)
        small = plan.first_side if self.spent() < plan.first_share else None
        side = small or plan.side
        for group in self.optimizer.param_groups:
            group["lr"] = plan.rate * self._schedule()
        crops = augmented(pixels[chosen], side, generator, least_area=plan.least_area)
        labelled = [place for place, index in enumerate(chosen) if self.examples[index].label]
        if labelled:
            crops[labelled] = recoloured(crops[labelled], generator)
        features = self.model.train().encode_image(_normalised(crops))
        images = functional.normalize(features, dim=-1)
        asked = [table[[rows[caption] for caption in spoken]]]
        if plain:
            asked.append(table[[rows[caption] for caption in plain]])
        texts = torch.cat([text_features(self.model, tokens) for tokens in asked])
        texts = functional.normalize(texts, dim=-1)
        pairs = true_pairs(
            [self.said[index] for index in chosen],
            [words(text) - self.common for text in (*spoken, *plain)],
        )
        scale = self.model.logit_scale.exp()
        loss = contrastive_loss(images, texts, scale, pairs)
        if plan.look_alike_weight:
            loss = loss + plan.look_alike_weight * look_alike_loss(images, scale, self.likeness[chosen])
        if plan.word_weight:
            loss = loss + plan.word_weight * word_loss(self.teller(features), self.likeness[chosen])
        if labelled:
            # Zero-shot accuracy as a loss: a labelled picture against one prompt of every label.
            right = torch.tensor(
                [self.labels.index(self.examples[chosen[place]].label) for place in labelled]
            )
            prompts = self.tokenize([self._prompt(label, generator) for label in self.labels])
            label_vectors = functional.normalize(text_features(self.model, prompts), dim=-1)
            logits = scale * images[labelled] @ label_vectors.T
            loss = loss + plan.label_weight * functional.cross_entropy(
                logits, right, label_smoothing=plan.smoothing
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(100))
        self._average()
        return float(loss.detach())

    def _batch(self, generator: torch.Generator) -> list[int]:
        """Row numbers, from each training set by the square root of its size: a small one must not drown in a large
        one, nor be learned by heart.

        Other pictures of the same product come along: what they share is the product, not its backdrop.
        """
        import torch

        chosen: list[int] = []
        for rows, share in zip(
            self.sets, _shares([len(rows) for rows in self.sets], self.plan.batch), strict=True
        ):
            picked: dict[int, None] = {}
            for place in torch.randperm(len(rows), generator=generator)[:share].tolist():
                picked[rows[place]] = None
                picked.update(dict.fromkeys(self.views.get(rows[place], ())))
                if len(picked) >= share:
                    break
            chosen += list(picked)[:share]
        return chosen

    def _plain_and_near(self, chosen: Sequence[int], generator: torch.Generator) -> list[str]:
        """The plain captions of the batch's captioned pictures, and a near miss of each of their words: all short."""
        import torch

        found: dict[str, None] = {}
        for index in chosen:
            plain = self.examples[index].captions[0]
            if self.examples[index].label or plain in found:
                continue
            found[plain] = None
            for others in self.near_misses.get(plain, ()):
                found[others[int(torch.randint(len(others), (1,), generator=generator))]] = None
        return list(found)

    def _caption(self, index: int, generator: torch.Generator) -> str:
        import torch

        captions = self.examples[index].captions
        return captions[int(torch.randint(len(captions), (1,), generator=generator))]

    def _prompt(self, label: str, generator: torch.Generator) -> str:
        import torch

        captions = label_captions(label)
        return captions[int(torch.randint(len(captions), (1,), generator=generator))]

    def _schedule(self) -> float:
        """Linear warm-up, then half a cosine down to one hundredth."""
        warm = min(1.0, (self.step + 1) / self.plan.warmup)
        return warm * (0.01 + 0.99 * (1 + math.cos(math.pi * min(self.spent(), 1.0))) / 2)

    def _average(self) -> None:
        """Exponential moving average of the weights, short at first and a few hundred steps long later."""
        import torch

        keep = min(0.998, (self.step + 1) / (self.step + 20))
        with torch.no_grad():
            for mean, value in zip(
                self.average.state_dict().values(), self.model.state_dict().values(), strict=True
            ):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value, 1 - keep)
                else:
                    mean.copy_(value)

    def save(self) -> None:
        """Write the checkpoint beside its place first, so that a kill never leaves half of one."""
        import torch

        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "teller": self.teller.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
        }
        partial = self.folder / f"{CHECKPOINT}.partial"
        torch.save(state, partial)
        partial.replace(self.folder / CHECKPOINT)
        curve.write(self.folder, self.points)

    def load(self) -> None:
        """Go on where the folder's checkpoint stands."""
        import torch

        state = torch.load(self.folder / CHECKPOINT, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.teller.load_state_dict(state["teller"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.elapsed = state["step"], state["elapsed"]
        self.points = [point for point in curve.read(self.folder) if point.step <= self.step]


def _normalised(crops: torch.Tensor) -> torch.Tensor:
    import torch

    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    return ((crops - mean) / std).contiguous(memory_format=torch.channels_last)


def _groups(modules: Sequence[Any], weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices and filters, none for biases, norms and the temperature."""
    values = [value for module in modules for value in module.parameters() if value.requires_grad]
    return [
        {"params": [value for value in values if value.ndim > 1], "weight_decay": weight_decay},
        {"params": [value for value in values if value.ndim <= 1], "weight_decay": 0.0},
    ]


def _sets(examples: Sequence[Example]) -> list[list[int]]:
    """Row numbers by training set."""
    rows: dict[Path, list[int]] = {}
    for index, example in enumerate(examples):
        rows.setdefault(example.source, []).append(index)
    return list(rows.values())


def _shares(sizes: Sequence[int], batch: int) -> list[int]:
    """How many of a batch come from each set, by the square root of its size; at least one each, `batch` together."""
    roots = [math.sqrt(size) for size in sizes]
    shares = [max(1, math.floor(batch * root / sum(roots))) for root in roots]
    shares[shares.index(max(shares))] += batch - sum(shares)
    return shares


def _said(examples: Sequence[Example]) -> list[frozenset[str]]:
    """By row, all words said of the picture; what is said of one picture of a product is true of its others."""
    of_group: dict[str, frozenset[str]] = {}
    for example in examples:
        if not example.label:
            told = frozenset().union(*map(words, example.captions))
            of_group[example.group] = of_group.get(example.group, frozenset()) | told
    return [
        frozenset().union(*map(words, example.captions)) if example.label else of_group[example.group]
        for example in examples
    ]


def _views(examples: Sequence[Example]) -> dict[int, list[int]]:
    """By row number, the rows of other pictures of the same product; a labelled photograph's group is no product."""
    groups: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        if not example.label:
            groups.setdefault(example.group, []).append(index)
    return {index: [other for other in rows if other != index] for rows in groups.values() for index in rows}
