"""Belonging: a yes or no of one query and one product alone, so that "nothing fits" is an answer.

Never of filters, of the other hits, of how many rows a leg gave, or of this query's best score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..conf import Conf
from .fusion import Evidence, fuse


def judged(
    evidence: Evidence, conf: Conf, *, words: bool, picture: bool
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """`(n,)` each: whether a product belongs to a search by `words`, by `picture` or by both, and its score.

    It belongs with every word of the query, or with a value of at least `relevance_floor`. With a picture too the value
    alone decides, in which words and picture count alike.
    """
    fused = fuse(evidence, conf, words=words, picture=picture)
    belongs: NDArray[np.bool_] = fused.values >= conf.relevance_floor
    if words and not picture:
        belongs = belongs | evidence.complete
    return belongs, fused.scores
