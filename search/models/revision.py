"""What processes keep compiled, and how they learn that it changed: by one value, read with what serves."""

from __future__ import annotations

import uuid

from django.db import models


class Revision(models.Model):
    """The current state of what is called `name`, as a value that never comes twice: after a rollback, too.

    Writing it locks its row, so that of two who change the same thing the second to commit has the last word.
    """

    name = models.CharField(max_length=40, primary_key=True)
    value = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def renew(cls, name: str, *, using: str) -> None:
        """Say that `name` is another now, in the transaction that is open."""
        cls.objects.using(using).update_or_create(name=name, defaults={"value": uuid.uuid4()})
