"""The shop's own words, as shoppers may misspell or name them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from .generation import Generation


class Word(models.Model):
    """A written word of one language's texts: what a misspelt one may have been meant to be.

    Terms are stems, which nobody writes; this is the folded word itself. `deletions` are the keys of what is left of
    it, or of its other inflections, when letters are missing (`text.spelling`): two words that are a few edits apart
    share one, and so does a word with what is not typed to its end.
    """

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE)
    language = models.CharField(max_length=20)
    word = models.TextField(db_collation="C")
    term = models.TextField(db_collation="C")
    #: Texts that have it; 1 for a word that only the name of a facet's value has.
    documents = models.PositiveIntegerField()
    deletions = ArrayField(models.IntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "language", "word"], name="product_search_word_key")
        ]
        indexes = [
            GinIndex(fields=["deletions"], name="product_search_word_deletions", fastupdate=False),
            # The most common words that begin so are sorted; those of one text alone need not be.
            models.Index(
                fields=["generation", "language", "word"],
                name="product_search_word_common",
                condition=models.Q(documents__gt=1),
            ),
            models.Index(fields=["generation", "language", "term"], name="product_search_word_term"),
        ]

    def __str__(self) -> str:
        return self.word


class FacetName(models.Model):
    """What people call a value of a facet, in one language: "nordic living" is the brand `nordic-living`."""

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE)
    language = models.CharField(max_length=20)
    facet = models.TextField()
    value = models.TextField()
    label = models.TextField()
    #: The terms of `label`, joined by spaces.
    terms = models.TextField(db_collation="C")
    #: What it is found by while somebody types: the folded words of `label` and their stems.
    words = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "language", "facet", "value"], name="product_search_facetname_key"
            )
        ]
        indexes = [
            models.Index(fields=["generation", "language", "terms"], name="product_search_facetname_terms"),
            GinIndex(
                models.Func("words", function="array_to_tsvector"),
                name="product_search_facetname_word",
                fastupdate=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facet}: {self.label}"
