"""With what a new rule begins where something led to it: a query that finds nothing, words that want a synonym."""

from __future__ import annotations

from collections.abc import Mapping

from ..documents import document
from .content import Conditions, Content, Synonym


def begun(asked: Mapping[str, str]) -> tuple[str, Content | None]:
    """Name and content with which a new rule's form begins, as an address asks: a `synonym` for words that find too
    little, or something for a `query`, in its `language`.
    """
    language = asked.get("language", "")
    language = language if language in document().languages else ""
    words = " ".join(asked.get("synonym", asked.get("query", "")).replace("\x00", " ").split())[:100]
    if not words:
        return "", None
    if "synonym" in asked:
        return words, Content(actions=(Synonym((words,)),), language=language)
    return words, Content(Conditions("is", (words,)), language=language)
