"""Where a space's own pictures lie, by which a picture of nothing sold is known."""

from __future__ import annotations

from django.db import models

from .space import Space


class PictureSpan(models.Model):
    """`calibration.Span` of one space's pictures; apart from the space, which every search reads."""

    space = models.OneToOneField(Space, on_delete=models.CASCADE, primary_key=True)
    #: As `Span.as_bytes` writes them.
    centre = models.BinaryField()
    axes = models.BinaryField()
    level = models.FloatField()

    def __str__(self) -> str:
        return f"pictures of {self.space}"
