"""Signs of life of workers and sweeps, so that health can say why nothing is indexed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Heartbeat(models.Model):
    """The last sign of life of one process or job: `worker:celery@host`, `sweep`, ..."""

    name = models.CharField(max_length=200, primary_key=True)
    beaten_at = models.DateTimeField(db_default=Now())
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
