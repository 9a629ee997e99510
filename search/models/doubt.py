"""Pictures that don't seem to belong to their product, until somebody says that they do or are to be mended."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class DoubtKind(models.TextChoices):
    """What speaks against a picture."""

    OTHER = "other", _("looks like another product")
    UNFAMILIAR = "unfamiliar", _("like nothing else in the shop")


class DoubtState(models.TextChoices):
    """What somebody decided of a doubt."""

    OPEN = "open", _("open")
    DISMISSED = "dismissed", _("picture is right")
    WRONG = "wrong", _("to be mended")


class Doubt(models.Model):
    """A product's picture that is doubted. It goes with its product, and with what it was of its picture: `digest`."""

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    picture = models.TextField(_("picture"))
    digest = models.CharField(max_length=64)
    kind = models.CharField(_("kind"), max_length=20, choices=DoubtKind.choices)
    #: Share of the pictures that are doubted as much as this one, or more, that are expected to be wrong.
    sure = models.FloatField(_("sure"))
    #: The product that the picture is most like.
    like = ProductKeyField(_("most like"), null=True)
    like_picture = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=10, choices=DoubtState.choices, default=DoubtState.OPEN)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.CharField(_("by"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("doubt")
        verbose_name_plural = _("doubts")
        constraints = [
            models.UniqueConstraint(fields=["product", "picture"], name="product_search_doubt_picture")
        ]
        indexes = [models.Index(fields=["state", "-sure", "id"], name="product_search_doubt_order")]

    def __str__(self) -> str:
        return gettext("%(product)s, picture %(picture)s") % {
            "product": self.product,
            "picture": self.picture,
        }
