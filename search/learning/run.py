"""Learning is done by a worker, a few times a day, from what is added up by then."""

from __future__ import annotations

from dataclasses import dataclass

from ..conf import settings
from ..indexing import heartbeat
from .fitting import FITTED, Fitted, fit_priors
from .suggesting import suggest_synonyms

LEARN_TASK = "product_search.learn"
#: Hours between two times.
EVERY_HOURS = 6


@dataclass(frozen=True)
class Learned:
    """What came of it: the priors, and how many synonyms are proposed."""

    fitted: Fitted
    proposed: int


def is_due(using: str) -> bool:
    """Whether it was not done lately."""
    if not settings().enabled:
        return False
    last = heartbeat.age(FITTED, using=using)
    return last is None or last[0] >= EVERY_HOURS * 3600


def learn(using: str) -> Learned:
    """Fit priors and suggest synonyms anew."""
    return Learned(fit_priors(using), suggest_synonyms(using))
