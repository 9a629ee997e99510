"""How good searches are: queries with known answers, from attributes or from people, put to the real engine."""

from .evaluating import BadRun, Run
from .files import UnreadableJudgements
from .judged import BadJudgements
from .measures import MEASURES, EvaluationMissing
from .running import NoPictures, NotSearchable
from .setups import BadSetup, Setup
from .spec import BadSpec
from .store import NoSuchSet

__all__ = [
    "MEASURES",
    "BadJudgements",
    "BadRun",
    "BadSetup",
    "BadSpec",
    "EvaluationMissing",
    "NoPictures",
    "NoSuchSet",
    "NotSearchable",
    "Run",
    "Setup",
    "UnreadableJudgements",
]
