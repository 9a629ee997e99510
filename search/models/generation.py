"""Generations: texts belong to the declaration and the text analysis that made them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Life of a generation or of an embedding space: filled beside the serving one, switched to, kept, dropped.

    A space that served before stands by: it is written to like the serving one, so that going back takes one command.
    """

    FILLING = "filling", _("is being filled")
    SERVING = "serving", _("answers searches")
    STANDBY = "standby", _("stands by, to go back to")
    RETIRED = "retired", _("was replaced")


class Generation(models.Model):
    """The digest of declaration and text analysis; searches read the one that serves."""

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True)
    declaration = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.FILLING)
    #: When it came into this state, by the database's clock.
    since = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state="serving"),
                name="product_search_one_serving_generation",
            )
        ]

    def __str__(self) -> str:
        return f"generation {self.pk} ({self.state})"

    @classmethod
    def serving(cls, using: str) -> Generation | None:
        """The generation that answers searches; None before the first one is filled."""
        return cls._default_manager.using(using).filter(state=State.SERVING).first()
