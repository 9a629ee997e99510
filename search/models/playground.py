"""The playground of the admin, and the pictures that somebody judged results of there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .judgement import JudgedQuery


class Playground(JudgedQuery):
    """Searches as a shopper makes them, looked at and judged: the page's name in the admin, and who may do what."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("playground")
        default_permissions = ()
        permissions = [
            ("view_playground", "Can use the playground"),
            ("judge_playground", "Can save judgements in the playground"),
            ("impersonate_playground", "Can search as any user in the playground"),
        ]


class JudgedPicture(models.Model):
    """A picture that a judged query searches with, under the digest of its bytes: such a query needs no file."""

    #: `JudgedQuery.picture` of its queries: hex SHA-256 of the data.
    name = models.CharField(max_length=64, primary_key=True)
    #: Encoded as WebP, without loss, at most 384 pixels on a side.
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.name
