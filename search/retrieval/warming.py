"""Whether this process has ever had a vector from its encoder: until then its first shoppers would wait for the model,
or be answered by words alone.

Once warm it stays so: where the encoder goes away later, an answer by words is better than none.
"""

from __future__ import annotations

import logging

from .. import encoders
from ..conf import settings
from .one_thread import OneThread

logger = logging.getLogger(__name__)

#: The ENCODERs that have answered this process, or its parent before it was forked.
_answered: set[str] = set()
_trials = OneThread("product_search.warming")


def warm_up() -> None:
    """Have the encoder answer once, which loads it. Raises what loading raises."""
    name = settings().encoder
    encoders.get_encoder().encode_texts(["warm up"])
    _answered.add(name)


def is_warm(wait_s: float = 0.0) -> bool:
    """Whether the encoder has answered. Where it has not, a thread asks it, for so many seconds at most of this call's
    time; a model that takes longer to load goes on loading.
    """
    if settings().encoder not in _answered:
        _trials.begin(_try).join(wait_s)
    return settings().encoder in _answered


def _try() -> None:
    try:
        warm_up()
    except Exception as error:  # whatever loading throws; the next probe tries again
        logger.warning("This process is not ready: its encoder does not answer: %s", error)
