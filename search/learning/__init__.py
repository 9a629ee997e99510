"""Learning from use: what clicks say of products, never over the relevance floor, and nothing applied unasked."""

from .fitting import Fitted, learned_bias
from .run import LEARN_TASK, Learned, is_due, learn

__all__ = ["LEARN_TASK", "Fitted", "Learned", "is_due", "learn", "learned_bias"]
