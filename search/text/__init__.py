"""Text in, terms out: one analysis for the index and for every query, and no database.

`terms` is what both sides compare; `analysis_digest` says whether stored terms are still comparable.
"""

from .analysis import VERSION, analysis_digest, located_terms, terms
from .folding import fold
from .function_words import is_function_word
from .personal import looks_personal
from .stemming import STEMMED_LANGUAGES, base_language, inflections, stem
from .thesaurus import thesaurus
from .tokenising import Token, tokens

__all__ = [
    "STEMMED_LANGUAGES",
    "VERSION",
    "Token",
    "analysis_digest",
    "base_language",
    "fold",
    "inflections",
    "is_function_word",
    "located_terms",
    "looks_personal",
    "stem",
    "terms",
    "thesaurus",
    "tokens",
]
