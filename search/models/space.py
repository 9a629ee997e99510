"""Embedding spaces: model, weights and preprocessing together; vectors of different spaces never meet."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .generation import State


class Space(models.Model):
    """One embedding space; its vectors lie in partitions of their own, named after its id."""

    id = models.BigAutoField(primary_key=True)
    #: The ENCODER that made it, for people.
    name = models.CharField(_("model"), max_length=300)
    #: SHA-256 over model configuration, weights and preprocessing: the space's identity.
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    weights_digest = models.CharField(_("weights' digest"), max_length=64)
    preprocessing_digest = models.CharField(_("preprocessing's digest"), max_length=64)
    dim = models.PositiveIntegerField(_("dimensions"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.FILLING)
    #: When it came into this state, by the database's clock.
    since = models.DateTimeField(_("since"), db_default=Now())
    #: Filling it rests until a person goes on; what is saved meanwhile is written to it all the same.
    paused = models.BooleanField(_("paused"), db_default=False)
    #: Curves of each modality pair: `{"text-text": {"midpoint": .., "scale": ..}, ...}`, fitted on the catalogue.
    calibration = models.JSONField(_("calibration"), default=dict)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("embedding space")
        verbose_name_plural = _("embedding spaces")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="serving"), name="product_search_one_serving_space"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @classmethod
    def serving(cls, using: str) -> Space | None:
        """The space that answers searches; None before the first one is filled."""
        return cls._default_manager.using(using).filter(state=State.SERVING).first()
