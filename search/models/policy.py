"""Policies: what a shop will not show, written down as concepts with examples and counter-examples."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .attribute import NAME


class Action(models.TextChoices):
    """What is done with a product that falls under a policy, until a person decides."""

    FLAG = "flag", _("flag it for review")
    HOLD = "hold", _("hold it back")


class JudgedBy(models.TextChoices):
    """Which side of a product is looked at."""

    BOTH = "both", _("pictures and text together")
    PICTURES = "pictures", _("pictures alone")
    TEXT = "text", _("text alone")


class Unjudged(models.TextChoices):
    """What becomes of a product that can't be judged, because the model is not there or a picture can't be read."""

    PASS = "pass", _("it is shown")
    HOLD = "hold", _("it is held back until it is judged")


class Policy(models.Model):
    """One thing that a shop will not show, and what is done about it."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(
        _("name"),
        max_length=60,
        unique=True,
        validators=[RegexValidator(NAME, _("Small letters, digits and _, a letter first: no_candles."))],
        help_text=_("As rulings and reports call it; it stays."),
    )
    label = models.CharField(_("label"), max_length=120, blank=True, help_text=_("For people: No candles."))
    enabled = models.BooleanField(_("in use"), default=True)
    action = models.CharField(_("what is done"), max_length=10, choices=Action.choices, default=Action.FLAG)
    block_uploads = models.BooleanField(
        _("refuse uploads"),
        default=False,
        help_text=_("Pictures that shoppers send to search with are refused, too."),
    )
    unjudged = models.CharField(
        _("while it can't be judged"), max_length=10, choices=Unjudged.choices, default=Unjudged.PASS
    )
    judged_by = models.CharField(
        _("judged by"), max_length=10, choices=JudgedBy.choices, default=JudgedBy.BOTH
    )
    concepts = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("what is meant"),
        default=list,
        blank=True,
        help_text=_("Sentences, one a line: “a photo of a candle”. Each is a thing of its own."),
    )
    counter_examples = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("what is not meant"),
        default=list,
        blank=True,
        help_text=_("What is like it and allowed, one a line: “a photo of a lamp”."),
    )
    words = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("words"),
        default=list,
        blank=True,
        help_text=_(
            "Words and phrases that no text may have, in any inflection, one a line. "
            "“*chart” is every word that ends so."
        ),
    )
    words_in_names = models.BooleanField(
        _("words in names alone"),
        default=False,
        help_text=_("Only what says how a product is called is read for them: its title, no description."),
    )
    contacts = models.BooleanField(
        _("contact details"),
        default=False,
        help_text=_("Telephone numbers, e-mail and web addresses in texts."),
    )
    lettering = models.BooleanField(
        _("lettering on pictures"),
        default=False,
        help_text=_("Words, numbers or prices laid over a picture. What they say is not read."),
    )
    unfamiliar = models.BooleanField(
        _("unlike anything sold"),
        default=False,
        help_text=_("Pictures that look like none of the shop's own: scenes, screens, documents."),
    )
    threshold = models.FloatField(
        _("from which probability"),
        default=0.5,
        validators=[MinValueValidator(0.01), MaxValueValidator(0.999)],
        help_text=_("Lower finds more and errs more often."),
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.label or self.name.replace("_", " ")

    def clean(self) -> None:
        """Raises `ValidationError` for a policy that nothing could fall under."""
        if not (self.looks_at_pictures or self.reads_texts):
            raise ValidationError(
                _("Nothing falls under it yet: write what is meant, words, or choose what is looked for."),
                code="empty_policy",
            )

    @property
    def looks_at_pictures(self) -> bool:
        """Whether a product's pictures are judged."""
        return self.judged_by != JudgedBy.TEXT and bool(self.concepts or self.lettering or self.unfamiliar)

    @property
    def reads_texts(self) -> bool:
        """Whether a product's texts are judged."""
        return self.judged_by != JudgedBy.PICTURES and bool(self.concepts or self.words or self.contacts)
