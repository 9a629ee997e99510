"""Rules of merchants: what is live, what is drafted, and what became of each."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

#: The `Revision` that is renewed with every change of a rule.
RULES = "rules"


class RuleState(models.TextChoices):
    """Whether a rule acts."""

    DRAFT = "draft", _("draft")
    LIVE = "live", _("live")
    OFF = "off", _("off")


class RuleEvent(models.TextChoices):
    """What happened to a rule."""

    DRAFTED = "drafted", _("draft saved")
    DISCARDED = "discarded", _("draft discarded")
    PUBLISHED = "published", _("published")
    SWITCHED_OFF = "off", _("switched off")
    SWITCHED_ON = "on", _("switched on")
    MOVED = "moved", _("moved")
    RENAMED = "renamed", _("renamed")
    UNDONE = "undone", _("undone")
    IMPORTED = "imported", _("imported")
    DELETED = "deleted", _("deleted")


class Rule(models.Model):
    """What a merchant wants of certain searches. `live` acts while the state is LIVE; `draft` waits to be published.

    Both are contents as `merchandising.content` writes them, or None. Everything is written through
    `merchandising.changing`, which keeps the history and tells processes.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=120, unique=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=RuleState.choices,
        default=RuleState.DRAFT,
        db_default=RuleState.DRAFT,
    )
    #: Precedence: of two rules that want the same, the one with the lower number has its way.
    position = models.PositiveIntegerField(_("position"))
    live = models.JSONField(_("live"), null=True, blank=True)
    draft = models.JSONField(_("draft"), null=True, blank=True)
    #: Why a search had to leave a part of it out, and since when; empty where all goes well.
    fault = models.TextField(_("fault"), blank=True, default="", db_default="")
    fault_at = models.DateTimeField(_("broken since"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class RuleChange(models.Model):
    """What became of a rule: who, when, and its content before and after. Rows are added and never changed, which the
    database holds them to; they outlive the rule, which is named and not referred to.
    """

    id = models.BigAutoField(primary_key=True)
    rule = models.BigIntegerField(_("rule"))
    name = models.CharField(_("name"), max_length=120)
    at = models.DateTimeField(_("at"), db_default=Now())
    event = models.CharField(_("event"), max_length=10, choices=RuleEvent.choices)
    #: A user's name; empty where a command did it.
    who = models.TextField(_("who"), blank=True)
    #: State, live content, draft, name and position, as far as they differ; None where the rule was not there.
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    class Meta:
        verbose_name = _("change of a rule")
        verbose_name_plural = _("changes of rules")
        ordering = ("-id",)
        indexes = [models.Index(fields=["rule", "-id"], name="product_search_rulechange_rule")]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_event_display()}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The history of rules is added to and never changed.")
