"""What can be said of products: attributes such as a colour or a neck, and the values that each may have.

A merchant's own words. Tags hold names alone, so a vocabulary may be changed, or go, without a tag being lost.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .space import Space

#: What names an attribute, and so the filter of its facet.
NAME = r"^[a-z][a-z0-9_]*$"
#: Where a template takes a value's words.
SLOT = "{}"
#: A threshold that no probability reaches.
NEVER = 2.0


class Choice(models.TextChoices):
    """How many values of an attribute a product has."""

    SINGLE = "single", _("one value")
    MULTIPLE = "multiple", _("any number of values")


class FittedBy(models.TextChoices):
    """What told how sure the model is when it says so: the more a person said of it, the better."""

    NOTHING = "nothing", _("nothing yet: the spread of scores alone")
    WORDS = "words", _("what products' titles say")
    FACET = "facet", _("the shop's own facet")
    DECISIONS = "decisions", _("decisions")


def check_translations(value: object) -> None:
    """Raises `ValidationError` unless `value` maps languages to words."""
    if not isinstance(value, dict) or not all(
        isinstance(key, str) and isinstance(text, str) for key, text in value.items()
    ):
        raise ValidationError(_('Write languages with words: {"de": "Farbe"}.'), code="not_translations")


def check_templates(templates: list[str]) -> None:
    """Raises `ValidationError` for a template that has no place for a value, or several."""
    for template in templates:
        if template.count(SLOT) != 1:
            raise ValidationError(
                _('"%(template)s" needs {} once, where a value stands: "a photo of a {} shirt".'),
                code="no_slot",
                params={"template": template},
            )


class Attribute(models.Model):
    """Something that is said of products by one of its values, or by several: the `neck` of a shirt.

    It is called as the facet that says the same of products, where there is one.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(
        _("name"),
        max_length=60,
        unique=True,
        validators=[RegexValidator(NAME, _("Small letters, digits and _, a letter first: neck_shape."))],
        help_text=_(
            "As tags and the filter call it; the facet's name where the shop has one that says the same."
        ),
    )
    label = models.CharField(_("label"), max_length=120, blank=True, help_text=_("For people: Neck."))
    #: `{language: label}`.
    translations = models.JSONField(
        _("translations"),
        default=dict,
        blank=True,
        validators=[check_translations],
        help_text=_("Language and words, one a line: de: Ausschnitt"),
    )
    choice = models.CharField(
        _("a product has"), max_length=10, choices=Choice.choices, default=Choice.SINGLE
    )
    categories = ArrayField(
        models.CharField(max_length=500),
        verbose_name=_("only in"),
        default=list,
        blank=True,
        help_text=_("Branches of the shop's categories that it is for, one a line; empty: all."),
    )
    enabled = models.BooleanField(_("in use"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    templates = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("templates"),
        default=list,
        blank=True,
        validators=[check_templates],
        help_text=_('Sentences with {} for a value: "a photo of a {} shirt". Several are averaged.'),
    )
    none_prompts = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("none of these"),
        default=list,
        blank=True,
        help_text=_("Sentences of pictures that show none of the values."),
    )
    background_prompts = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("not a product picture"),
        default=list,
        blank=True,
        help_text=_("Sentences of pictures that show no product at all."),
    )
    promised = models.FloatField(
        _("promised precision"),
        default=0.9,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.999)],
        help_text=_("Of what is suggested so much is right; what is less sure stays unsaid."),
    )
    #: The space whose scores the following were fitted to.
    fitted_space = models.ForeignKey(Space, on_delete=models.SET_NULL, null=True, editable=False)
    fitted_by = models.CharField(
        _("fitted by"), max_length=10, choices=FittedBy.choices, default=FittedBy.NOTHING, editable=False
    )
    #: Products that it was fitted on.
    fitted_on = models.PositiveIntegerField(_("fitted on"), default=0, editable=False)
    #: Cosines of a picture, and of a text, that are one logit.
    temperature = models.FloatField(_("temperature"), null=True, editable=False)
    text_temperature = models.FloatField(_("temperature of texts"), null=True, editable=False)
    #: Added to the logits of none of the values, and of no product.
    bias = models.FloatField(_("bias"), default=0.0, editable=False)
    #: Probability from which on a value is suggested; NEVER where no such keeps the promise.
    threshold = models.FloatField(_("threshold"), null=True, editable=False)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.label or self.name

    def label_in(self, language: str) -> str:
        """What people call it in `language`."""
        return in_language(self.translations, language) or self.label or self.name.replace("_", " ")


class AttributeValue(models.Model):
    """A value as tags say it: `v-neck`. In a hierarchy it is a path, as values of such facets are: `shoes/boots`."""

    id = models.BigAutoField(primary_key=True)
    attribute = models.ForeignKey(
        Attribute, on_delete=models.CASCADE, related_name="values", verbose_name=_("attribute")
    )
    value = models.CharField(
        _("value"), max_length=300, help_text=_("As tags say it; in a hierarchy a path: shoes/boots.")
    )
    label = models.CharField(_("label"), max_length=200, blank=True)
    #: `{language: label}`.
    translations = models.JSONField(
        _("translations"),
        default=dict,
        blank=True,
        validators=[check_translations],
    )
    #: Other words for the same, in the document's first language.
    synonyms = ArrayField(
        models.CharField(max_length=200), verbose_name=_("synonyms"), default=list, blank=True
    )
    prompts = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("prompts"),
        default=list,
        blank=True,
        help_text=_("Whole sentences in the place of the attribute's templates."),
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("value")
        verbose_name_plural = _("values")
        ordering = ("position", "value")
        constraints = [
            models.UniqueConstraint(fields=["attribute", "value"], name="product_search_attributevalue_key")
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def parent(self) -> str:
        """The value above it in a hierarchy; empty at the top."""
        return self.value.rpartition("/")[0]

    @property
    def said(self) -> str:
        """The words for it in prompts."""
        return self.label or self.value.rpartition("/")[2]

    def label_in(self, language: str) -> str:
        """What people call it in `language`."""
        return in_language(self.translations, language) or self.said


def in_language(translations: dict[str, str], language: str) -> str:
    """The words in `language`, or in its base (`de-at`: `de`); empty where there are none."""
    return translations.get(language) or translations.get(language.split("-")[0]) or ""
