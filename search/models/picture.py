"""The pictures we know of each product: which file was read, and why one could not be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .product_key import ProductKeyField


class Picture(models.Model):
    """One picture of one product, or key frame of its video, as last read. A broken one has a `reason`; its product is
    indexed all the same.
    """

    id = models.BigAutoField(primary_key=True)
    product = ProductKeyField(_("product"))
    #: Stable id: the primary key of the shop's row, as text.
    picture = models.TextField(_("picture"))
    position = models.PositiveIntegerField(_("position"), default=0)
    name = models.TextField(_("name"))
    size = models.PositiveBigIntegerField(_("bytes"), null=True)
    #: SHA-256 of the file's bytes: the same picture is embedded once.
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    width = models.PositiveIntegerField(_("width"), null=True)
    height = models.PositiveIntegerField(_("height"), null=True)
    #: A few pixels of it, to lay it over others (`images.small_copy`).
    copy = models.BinaryField(null=True)
    #: How likely something is written over it (`images.lettering`); unknown where no policy asks.
    lettering = models.FloatField(_("lettering"), null=True)
    #: Code of what is wrong with it (`truncated`, `too_many_pixels`, ...); empty when it is embedded.
    #: Of a video's key frame, when it is to be seen; seconds from the beginning.
    second = models.FloatField(_("second"), null=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    read_at = models.DateTimeField(_("read at"), auto_now=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.UniqueConstraint(fields=["product", "picture"], name="product_search_picture_key")
        ]
        indexes = [models.Index(fields=["picture"], name="product_search_picture_id")]

    def __str__(self) -> str:
        return self.name
