"""Synonyms that shoppers' behaviour suggests: a person accepts or dismisses them, and nothing is applied unasked."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

#: What fewer people did may tell who they are, and is no habit.
LEAST_SESSIONS = 5


class SuggestionState(models.TextChoices):
    """What became of it; what was dismissed is never proposed again."""

    PROPOSED = "proposed", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    DISMISSED = "dismissed", _("dismissed")


class SuggestedSynonym(models.Model):
    """Whoever searches for `words` may want what `means` finds; the other way round, too, if it is `two_way`."""

    id = models.BigAutoField(primary_key=True)
    language = models.CharField(_("language"), max_length=20)
    words = models.CharField(_("words"), max_length=120)
    means = models.CharField(_("means"), max_length=120)
    two_way = models.BooleanField(_("both ways"), default=False)
    #: Distinct sessions that it comes from.
    sessions = models.PositiveIntegerField(_("sessions"))
    #: `{"rephrased": [[from, to, sessions], ...], "shared": [[query, query, products, likeness], ...]}`.
    evidence = models.JSONField(_("evidence"), default=dict)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=SuggestionState.choices,
        default=SuggestionState.PROPOSED,
        db_default=SuggestionState.PROPOSED,
    )
    found_at = models.DateTimeField(_("found"), db_default=Now())
    #: The rule that accepting it drafted.
    rule = models.BigIntegerField(null=True, editable=False)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("suggested synonym")
        verbose_name_plural = _("suggested synonyms")
        default_permissions = ("view", "change")
        ordering = ("-sessions", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "words", "means"], name="product_search_suggestedsynonym_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.words} {'=' if self.two_way else '>'} {self.means}"
