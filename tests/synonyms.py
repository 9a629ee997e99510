"""Synonyms as merchants make them, for whatever test needs some."""

from __future__ import annotations

from product_search.merchandising.changing import publish, save_draft
from product_search.merchandising.content import Content, Synonym
from product_search.models import Rule


def add_synonym(words: str, means: str, *, language: str = "", two_way: bool = True) -> Rule:
    """A live rule by which `words` finds what `means` says; the other way round, too, if it is `two_way`."""
    said = Synonym(words=(words,), means=(means,), two_way=two_way)
    return publish(save_draft(f"{words} = {means} {language}", Content(actions=(said,), language=language)))
