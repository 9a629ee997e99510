"""One step's loss and gradient: a batch in chunks through both towers, and everything that is asked of its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from . import gradcache
from .batches import Batch, Batches
from .chunks import chunks
from .examples import Example, label_captions
from .loss import clip_loss, look_alike_loss, siglip_loss, word_loss
from .model import Start, text_features
from .pixels import Pixels, augmented, recoloured
from .plan import Plan
from .validation import normalised
from .words import Rarity, Sayings, words

if TYPE_CHECKING:
    import torch


class Step:
    """Steps of one run: what is known of its examples, and the part of the model that is there for training alone."""

    def __init__(self, start: Start, examples: Sequence[Example], plan: Plan) -> None:
        import torch

        self.start, self.examples, self.plan = start, examples, plan
        self.batches = Batches(examples, min(plan.size, len(examples)), same_category=plan.same_category)
        self.sayings = Sayings(examples, plan.positives)
        told = 1 if plan.tell == "plain" else None
        self.rarity = Rarity(
            [
                frozenset().union(*map(words, example.captions[:told])) - self.sayings.common
                for example in examples
            ]
        )
        # Tells words from pictures while training.
        self.teller = torch.nn.Linear(start.config["embed_dim"], max(len(self.rarity.columns), 1))
        captions = [caption for example in examples for caption in example.captions]
        prompts = [prompt for label in self.batches.labels for prompt in label_captions(label)]
        self._rows = {text: row for row, text in enumerate(dict.fromkeys([*captions, *prompts]))}
        self._tokens = start.tokenize(list(self._rows)).int()

    def backward(self, number: int, pixels: Pixels, side: int, *, words_alone: bool = False) -> float:
        """The loss of step `number` on pictures of `side` pixels, with its gradient added to all weights.

        With `words_alone` it is that of telling words from pictures, and no text is computed. All chance is drawn from
        the plan's seed and the step's number.
        """
        import torch

        plan = self.plan
        generator = torch.Generator().manual_seed(self._seed(number, 0))
        if words_alone:
            return self._words_backward(number, self.batches.rows(generator, views=False), pixels, side)
        batch = self.batches.draw(generator)
        pictures = [
            partial(self._picture_features, rows, pixels, side, seed)
            for rows, seed in self._parts(number, batch.rows)
        ]
        size = plan.batch if self.is_cached else len(self._rows)
        # The plain captions and prompts are short: apart from the others they are computed only so far.
        asked = [
            part[chunk.start : chunk.stop]
            for part in (batch.captions, [*batch.texts, *batch.prompts])
            for chunk in chunks(len(part), size)
        ]
        texts = [
            partial(self._text_features, part, self._seed(number, 2 * place + 2))
            for place, part in enumerate(asked)
        ]
        objective = partial(self._objective, batch)
        if self.is_cached:
            return gradcache.cached_backward(self.start.model, pictures, texts, objective)
        return gradcache.backward(pictures, texts, objective)

    def _words_backward(self, number: int, rows: Sequence[int], pixels: Pixels, side: int) -> float:
        """The gradient of `word_loss` alone: of each picture by itself, so a chunk at a time."""
        lost = 0.0
        for part, seed in self._parts(number, rows):
            features = self._picture_features(part, pixels, side, seed)
            loss = word_loss(features, self.teller, self.rarity.bags(part)) * (len(part) / len(rows))
            loss.backward()
            lost += float(loss.detach())
        return lost

    @property
    def is_cached(self) -> bool:
        """Whether a batch is more than is computed at once."""
        return self.plan.size > self.plan.batch

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.teller.weight.device

    def _parts(self, number: int, rows: Sequence[int]) -> list[tuple[Sequence[int], int]]:
        """Those of a step's pictures that are computed at once, and the seed of their chance."""
        return [
            (rows[places.start : places.stop], self._seed(number, 2 * place + 1))
            for place, places in enumerate(chunks(len(rows), self.plan.batch))
        ]

    def _seed(self, number: int, part: int) -> int:
        """Another one for every part of every step."""
        return (self.plan.seed * 1_000_003 + number) * 65_537 + part

    def _picture_features(self, rows: Sequence[int], pixels: Pixels, side: int, seed: int) -> torch.Tensor:
        """`(n, dim)` float32 of pictures, cut and coloured by chance."""
        import torch

        torch.manual_seed(seed)  # dropout draws from the global generator
        generator = torch.Generator().manual_seed(seed)
        read = pixels.read(rows).to(self.device)
        crops = augmented(read, side, generator, least_area=self.plan.least_area)
        labelled = [place for place, row in enumerate(rows) if self.examples[row].label]
        if labelled:
            crops[labelled] = recoloured(crops[labelled], generator)
        ready = normalised(crops, self.start.preprocessing["mean"], self.start.preprocessing["std"])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.bf16):
            features: torch.Tensor = self.start.model.encode_image(ready)
        return features.float()

    def _text_features(self, texts: Sequence[str], seed: int) -> torch.Tensor:
        """`(n, dim)` float32."""
        import torch

        torch.manual_seed(seed)
        tokens = self._tokens[[self._rows[text] for text in texts]].long().to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.bf16):
            return text_features(self.start.model, tokens).float()

    def _objective(self, batch: Batch, features: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        import torch
        import torch.nn.functional as functional

        plan, model = self.plan, self.start.model
        spoken = [*batch.captions, *batch.texts]
        images = functional.normalize(features, dim=-1)
        texts, prompts = functional.normalize(told, dim=-1).split([len(spoken), len(batch.prompts)])
        scale = model.logit_scale.exp()
        truth = self.sayings.truth(batch.rows, spoken)
        if plan.contrast == "siglip":
            loss = siglip_loss(images, texts, scale, model.logit_bias, truth)
        else:
            loss = clip_loss(images, texts, scale, truth)
        said = self.rarity.bags(batch.rows)
        if plan.look_alike_weight:
            loss = loss + plan.look_alike_weight * look_alike_loss(images, scale, said)
        if plan.word_weight:
            loss = loss + plan.word_weight * word_loss(features, self.teller, said)
        if batch.labelled:
            # Zero-shot accuracy as a loss: a labelled picture against one prompt of every label.
            logits = scale * images[batch.labelled] @ prompts.T
            right = torch.tensor(batch.labels, device=logits.device)
            loss = loss + plan.label_weight * functional.cross_entropy(
                logits, right, label_smoothing=plan.smoothing
            )
        return loss
