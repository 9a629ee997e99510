"""What serves searches now: a request reads it once, and encodes, matches and scores with that alone."""

from __future__ import annotations

from dataclasses import dataclass

from ..models import Corpus, Generation, Space, State


@dataclass(frozen=True)
class Serving:
    """The serving generation of texts and embedding space; either is None before the first indexing."""

    generation: Generation | None
    space: Space | None
    corpus: Corpus | None

    @classmethod
    def now(cls, language: str, *, using: str) -> Serving:
        """What serves at this moment, with the word statistics of `language`."""
        generation = Generation.objects.using(using).filter(state=State.SERVING).first()
        space = Space.objects.using(using).filter(state=State.SERVING).first()
        corpus = None
        if generation is not None:
            corpus = Corpus.objects.using(using).filter(generation=generation, language=language).first()
        return cls(generation, space, corpus)
