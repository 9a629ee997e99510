"""BM25F written out in plain Python over texts as they stand: the judge of the keyword leg, which it knows nothing of.

k1 = 1.2 and b = 0.75, idf above 0 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, section 3.6).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from product_search.text import terms


class Reference:
    """Scores of `texts`, each a mapping of fields, under the fields' `weights`."""

    def __init__(
        self, texts: Mapping[Any, Mapping[str, str]], weights: Mapping[str, float], language: str
    ) -> None:
        self.weights = weights
        self.counts = {
            key: {field: Counter(terms(fields.get(field, ""), language)) for field in weights}
            for key, fields in texts.items()
        }
        self.having = Counter(
            term for counts in self.counts.values() for term in set().union(*counts.values())
        )
        self.means = {
            field: sum(counts[field].total() for counts in self.counts.values()) / len(self.counts)
            for field in weights
        }

    def scores(self, query: Iterable[str]) -> dict[Any, float]:
        """BM25F of every text with any of the terms of `query`."""
        asked = list(dict.fromkeys(query))
        scores = {key: self._score(asked, counts) for key, counts in self.counts.items()}
        return {key: score for key, score in scores.items() if score > 0}

    def _score(self, query: Sequence[str], counts: Mapping[str, Counter[str]]) -> float:
        score = 0.0
        for term in query:
            if not any(count[term] for count in counts.values()):
                continue
            idf = math.log(1 + (len(self.counts) - self.having[term] + 0.5) / (self.having[term] + 0.5))
            weighted = 0.0
            for field, weight in self.weights.items():
                mean = self.means[field]
                norm = 1 - 0.75 + 0.75 * counts[field].total() / mean if mean else 1.0
                weighted += weight * counts[field][term] / norm
            score += idf * weighted * (1.2 + 1) / (1.2 + weighted)
        return score
