"""Pictures that staff search with in the admin: kept for an hour, so that pages and filters are plain links."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class QueryPicture(models.Model):
    """One picture, scaled down, under a name that nobody can guess. In the database: every web process must find it."""

    token = models.CharField(max_length=40, primary_key=True)
    #: Encoded as WebP, without loss, at most 384 pixels on a side.
    data = models.BinaryField()
    kept_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.token
