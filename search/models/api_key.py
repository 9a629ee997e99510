"""Keys that frontends and servers ask with: what each may do, from where, and what of the shop it shows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class KeyKind(models.TextChoices):
    """Whether a key may be seen by everybody."""

    PUBLISHABLE = "publishable", _("publishable: may stand in a page or an app")
    SECRET = "secret", _("secret: for servers alone")


class ApiKey(models.Model):
    """A key. The key itself is shown once, when it is made; kept is what proves it. Revoked ones stay, to be read of.

    Written through `keys.making`, which checks it.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=KeyKind.choices,
        default=KeyKind.PUBLISHABLE,
        db_default="publishable",
    )
    #: Hex SHA-256 of the token, which is random and long: nothing slower is needed to hide it.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    #: The first characters of the token, by which people tell keys apart.
    beginning = models.CharField(_("begins with"), max_length=16, editable=False)
    #: Names of `conf.ACTIONS`.
    actions = ArrayField(models.CharField(max_length=20), verbose_name=_("actions"))
    #: `https://shop.example`, `https://*.shop.example` or `*`; none: no browser on another origin.
    origins = ArrayField(models.TextField(), verbose_name=_("origins"), default=list, blank=True)
    #: Values by facet: a product has one of each, or does not exist for this key.
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    channel = models.CharField(_("channel"), max_length=60, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    #: Requests a minute of all who use it; None as RATE_PER_KEY says.
    rate = models.PositiveIntegerField(_("requests a minute"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    made_by = models.TextField(_("made by"), blank=True, editable=False)
    #: To a minute; None: never.
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    revoked_by = models.TextField(_("revoked by"), blank=True, editable=False)

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        ordering = ("-id",)
        default_permissions = ("view", "add", "change")  # a key is revoked, never deleted

    def __str__(self) -> str:
        return self.name
