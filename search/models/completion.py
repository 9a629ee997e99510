"""What shoppers have searched for, and what may be offered to others: completions and related searches read this."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from ..text import located_terms, tokens

#: A query that fewer people have searched for may tell who they are.
OFFERED_FROM = 5


class Completion(models.Model):
    """A query that shoppers have made, with how many of them did.

    `query` is how it is offered: lower case, single spaces. Spellings that differ by accents or signs alone are one
    row, by `key`. Whether it may be offered to somebody is decided when it is: see `retrieval.completions`.
    """

    id = models.BigAutoField(primary_key=True)
    language = models.CharField(max_length=20)
    query = models.TextField()
    #: Made by `save`: its folded words, joined by spaces.
    key = models.TextField(db_collation="C", editable=False)
    #: Made by `save`: what it is found by, its folded words and their stems.
    words = ArrayField(models.TextField(), default=list, editable=False)
    #: Distinct sessions that searched for it.
    sessions = models.PositiveIntegerField(default=0)
    last_seen = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["language", "key"], name="product_search_completion_key")
        ]
        indexes = [
            # A text search type finds words by their beginnings, which an array's index does not.
            GinIndex(
                models.Func("words", function="array_to_tsvector"),
                name="product_search_completion_word",
                fastupdate=False,
                condition=models.Q(sessions__gte=OFFERED_FROM),
            ),
            models.Index(
                fields=["language", "-sessions"],
                name="product_search_completion_most",
                condition=models.Q(sessions__gte=OFFERED_FROM),
            ),
        ]

    def __str__(self) -> str:
        return self.query

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Bring `query` into the form it is offered in, and make what belongs to it; for `bulk_create`, which calls no
        `save`.
        """
        self.query = " ".join(unicodedata.normalize("NFC", self.query).lower().split())
        self.key = " ".join(token.text for token in tokens(self.query))
        self.words = findable(self.query, self.language)


def findable(text: str, language: str) -> list[str]:
    """What `text` is found by while somebody types: its folded words and their stems in `language`, sorted."""
    return sorted({word for term, token in located_terms(text, language) for word in (term, token.text)})
