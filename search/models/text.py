"""What products say: texts by generation and language, and how common each term is."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from .generation import Generation
from .product_key import ProductKeyField


class Text(models.Model):
    """A product's texts in one language, with the terms the keyword leg matches.

    `terms` are distinct and sorted. `frequencies` holds, term by term, how often it stands in each declared field:
    `frequencies[t * fields + f]`, with fields in the generation's order; `lengths` each field's number of terms. So a
    changed weight needs no re-index (BM25F: Robertson, Zaragoza, Taylor, 2004).
    """

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE)
    product = ProductKeyField()
    language = models.CharField(max_length=20)
    #: `{field: text}` as the shop wrote it.
    fields = models.JSONField(default=dict)
    #: SHA-256 of what is embedded: the same text is embedded once.
    digest = models.CharField(max_length=64)
    terms = ArrayField(models.TextField(), default=list)
    frequencies = ArrayField(models.SmallIntegerField(), default=list)
    lengths = ArrayField(models.IntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "generation", "language"], name="product_search_text_key"
            )
        ]
        indexes = [
            # New terms wait in a short list, 128 kB at most: writing costs a third, and a search reads 16 pages more.
            GinIndex(
                fields=["terms"],
                name="product_search_text_terms",
                fastupdate=True,
                gin_pending_list_limit=128,
            )
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.language}"


class Corpus(models.Model):
    """A snapshot of one language's texts, rebuilt by beat: how many there are and how long their fields are."""

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE)
    language = models.CharField(max_length=20)
    documents = models.PositiveIntegerField(default=0)
    #: Mean number of terms of each field.
    mean_lengths = ArrayField(models.FloatField(), default=list)
    #: Raised by each rebuild; part of a cursor.
    version = models.PositiveIntegerField(default=1)
    built_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "language"], name="product_search_corpus_key")
        ]

    def __str__(self) -> str:
        return f"{self.documents} texts in {self.language}"


class TermFrequency(models.Model):
    """In how many products' texts a term stands, by language: the snapshot that goes with `Corpus`."""

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE)
    language = models.CharField(max_length=20)
    #: Compared byte by byte, so that the index serves a prefix, too.
    term = models.TextField(db_collation="C")
    documents = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "language", "term"], name="product_search_term_key")
        ]
        indexes = [
            # Without numbers and codes, each of one product alone, which may be many times as many as all words.
            models.Index(
                fields=["generation", "language", "term"],
                name="product_search_term_common",
                condition=models.Q(documents__gt=1),
            )
        ]

    def __str__(self) -> str:
        return f"{self.term}: {self.documents}"
