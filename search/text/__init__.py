"""Text in, terms out: one analysis for the index and for every query, and no database.

`terms` is what both sides compare; `analysis_digest` says whether stored terms are still comparable.
"""

from .analysis import VERSION, analysis_digest, terms
from .folding import fold
from .stemming import STEMMED_LANGUAGES, stem
from .tokenising import Token, tokens

__all__ = ["STEMMED_LANGUAGES", "VERSION", "Token", "analysis_digest", "fold", "stem", "terms", "tokens"]
