"""A search with the way to its answer, for those who go on from there: explanations, `why_not`, the stored cursor."""

from __future__ import annotations

from dataclasses import dataclass

from ..conf import Conf
from .answer import SearchAnswer
from .candidates import Candidates, Judge, Legs
from .encoding import Encoded
from .filters import Choices
from .page import Ranked
from .request import SearchRequest
from .serving import Serving
from .steering import NO_MOVES, Moves
from .understanding import Query

NOT_RANKED = Ranked((), 0)


@dataclass(frozen=True)
class Judging:
    """How the candidates of one search were found: what was asked of which legs, and how it was judged."""

    conf: Conf
    query: Query
    encoded: Encoded
    serving: Serving
    legs: Legs
    judge: Judge
    candidates: Candidates
    #: Whether it is a search by words, its own or those of examples; and whether it is one by pictures.
    words: bool
    picture: bool


@dataclass(frozen=True)
class Found:
    """An answer with the way to it.

    `choices` are those of the request and of its words together. `judging` is None for what was browsed, or not
    answered at all. `request` is what was searched in the end, None where nothing was; `moves` is what was done to the
    set.
    """

    answer: SearchAnswer
    query: Query
    choices: Choices
    judging: Judging | None = None
    ranked: Ranked = NOT_RANKED
    request: SearchRequest | None = None
    moves: Moves = NO_MOVES
