"""What people, or a catalogue's own attributes, say about right answers: what an evaluation compares a search with."""

from __future__ import annotations

from django.db import models

from .product_key import ProductKeyField

#: Not relevant, of the right type only, nearly, just what was asked for.
HIGHEST_GRADE = 3


class Split(models.TextChoices):
    """Which half of a set a query is in: weights are chosen on the one, figures come from the other."""

    TUNE = "tune"
    CHECK = "check"


class JudgedQuery(models.Model):
    """One query of a set of judgements; `name` is its topic in TREC's files. It may have no judgement: nothing fits."""

    id = models.BigAutoField(primary_key=True)
    set = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    #: What sort of query it is, `known_item` or `typo`: figures are given by it.
    kind = models.CharField(max_length=40)
    split = models.CharField(max_length=10, choices=Split.choices)
    language = models.CharField(max_length=20)
    text = models.TextField(blank=True)
    #: File of the picture that is searched with, within the folder or archive that the evaluation is given.
    picture = models.TextField(blank=True)
    #: The product that the picture was taken from: with its variants it is left out of the ranking.
    pictured = ProductKeyField(null=True)

    class Meta:
        verbose_name_plural = "judged queries"
        constraints = [
            models.UniqueConstraint(fields=["set", "name"], name="product_search_judgedquery_key"),
        ]

    def __str__(self) -> str:
        return f"{self.set}: {self.text or self.picture}"


class Judgement(models.Model):
    """How well one product answers one query, 0 to `HIGHEST_GRADE`; what is not judged counts as 0."""

    id = models.BigAutoField(primary_key=True)
    query = models.ForeignKey(JudgedQuery, on_delete=models.CASCADE, related_name="judgements")
    product = ProductKeyField()
    grade = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["query", "product"], name="product_search_judgement_key"),
            models.CheckConstraint(
                condition=models.Q(grade__lte=HIGHEST_GRADE), name="product_search_judgement_grade"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.grade}"
