"""How to train: every choice of a run in one place, with what it is by default."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from ..errors import ProductSearchError
from .adapting import Trained
from .loss import Contrast
from .schedule import Schedule, ends_of
from .words import Positives

#: Words of which of its captions a picture is to tell by itself, and be like others by.
Told = Literal["plain", "all"]
TOLD: tuple[Told, ...] = get_args(Told)
#: What may change from one part of a run to the next without making it another run.
_FREE = ("steps", "minutes", "readings", "patience", "checkpoint_seconds")


class NoBudget(ProductSearchError):
    """Neither steps nor minutes were given."""


@dataclass(frozen=True)
class Plan:
    """How to train. Give `steps` or `minutes`; `readings` are parts of that budget after which the model is looked at.

    `candidates` is the contrastive batch, by default `batch`, which is how many pictures are computed at once. In the
    first share `words_first` of the way to the first reading pictures learn their words alone, and no text is
    computed. With `first_side` the first `first_share` of the way to each reading sees pictures of fewer pixels.
    `validate_every` is in epochs; `patience` counts validations without a better one, 0 for no end.
    """

    steps: int | None = None
    minutes: float | None = None
    readings: tuple[float, ...] = ()
    batch: int = 96
    candidates: int | None = None
    contrast: Contrast = "clip"
    positives: Positives = "words"
    tell: Told = "plain"
    same_category: float = 0.0
    trained: Trained = "full"
    lora_rank: int = 8
    rate: float = 1.5e-3
    weight_decay: float = 0.05
    warmup: int = 150
    decay: float = 0.2
    first_side: int | None = None
    first_share: float = 0.5
    least_area: float = 0.35
    label_weight: float = 1.0
    look_alike_weight: float = 0.7
    word_weight: float = 1.0
    words_first: float = 0.0
    smoothing: float = 0.1
    bf16: bool = False
    validate_every: float = 1.0
    patience: int = 0
    wise: bool = True
    seed: int = 1
    checkpoint_seconds: float = 60.0

    @property
    def size(self) -> int:
        """Pictures that are told from one another in a step."""
        return self.candidates or self.batch

    @property
    def unit(self) -> str:
        """What the budget is counted in."""
        return "steps" if self.steps else "minutes"

    def schedule(self) -> Schedule:
        """The schedule of the whole budget; raises `NoBudget`."""
        budget = self.steps or self.minutes
        if not budget:
            raise NoBudget("No budget: give --steps, --epochs or --minutes.")
        small = self.first_share if self.first_side else 0.0
        return Schedule(ends_of(budget, self.readings), self.decay, small)

    def fixed(self) -> dict[str, Any]:
        """All that must be the same from a run's first step to its last."""
        return {name: value for name, value in asdict(self).items() if name not in _FREE}
