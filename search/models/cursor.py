"""Cursors: the results of one search as they stood, kept for whoever walks through all of them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Cursor(models.Model):
    """All results of one search, in order. New scores can't move what is written down."""

    #: Random, so that nobody comes upon another's.
    id = models.CharField(max_length=40, primary_key=True)
    #: Hex SHA-256 of who asked and what.
    binding = models.CharField(max_length=64)
    total = models.PositiveIntegerField()
    relation = models.CharField(max_length=3)
    #: Number of `hits`.
    size = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    made_at = models.DateTimeField(db_default=Now())
    #: `[[key, score, picture, key of another variant, ...], ...]`, keys as text.
    hits = models.JSONField()

    def __str__(self) -> str:
        return f"{self.size} hits until {self.expires_at}"
