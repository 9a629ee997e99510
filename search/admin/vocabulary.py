"""The vocabulary in the admin: attributes with their values, and what they would say before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import unquote
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, JSONField, QuerySet
from django.forms.formsets import all_valid
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..documents import document
from ..documents.reading import read_pictures
from ..errors import ProductSearchError
from ..indexing import wake
from ..indexing.work import database
from ..models import NEVER, Attribute, AttributeValue
from ..tagging.preview import Preview, preview
from ..tagging.queue import TAG_TASK
from ..tagging.teaching import learned_heads

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _Inline = admin.TabularInline[Any, Any]
    _Options = BaseModelAdmin[Any]
else:  # Django's own classes take no type arguments
    _ModelAdmin, _Inline, _Options = admin.ModelAdmin, admin.TabularInline, object


class LinesField(forms.CharField):
    """A list, one entry a line: sentences hold commas."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class TranslationsField(forms.CharField):
    """Words by language, one a line: `de: Farbe`."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return "\n".join(f"{language}: {words}" for language, words in value.items())
        return value

    def to_python(self, value: Any) -> Any:
        found: dict[str, str] = {}
        for line in filter(str.strip, str(value or "").splitlines()):
            language, colon, words = (part.strip() for part in line.partition(":"))
            if not (language and colon and words):
                raise ValidationError(
                    _('Write a language and its words in each line: "de: Farbe".'), code="invalid"
                )
            found[language] = words
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or {}) != self.to_python(data))


class _Lists(_Options):
    """Arrays and translations as lines of text."""

    rows = 3

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = db_field
        kind: type[forms.CharField] | None = None
        if isinstance(field, ArrayField):
            kind = LinesField
        elif isinstance(field, JSONField):
            kind = TranslationsField
        if kind is None:
            return super().formfield_for_dbfield(field, request, **kwargs)
        return kind(
            required=False,
            label=capfirst(field.verbose_name),
            help_text=field.help_text,
            widget=forms.Textarea(attrs={"rows": self.rows, "cols": 30}),
        )


class ValueInline(_Lists, _Inline):
    """An attribute's values."""

    model = AttributeValue
    extra = 1
    rows = 2
    fields = ("value", "label", "translations", "synonyms", "prompts", "position")


class AttributeAdmin(_Lists, _ModelAdmin):
    """Attributes with their values; a change has everything tagged again by the workers."""

    list_display = ("name", "label", "choice", "values_count", "enabled", "fit", "learned")
    list_filter = ("enabled", "choice")
    search_fields = ("name", "label", "values__value", "values__label")
    search_help_text = _("A name, or one of its values")
    inlines = (ValueInline,)
    readonly_fields = ("fit", "learned")
    change_form_template = "product_search/admin/attribute.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(ps_values=Count("values"))
        return counted

    @admin.display(description=_("values"), ordering="ps_values")
    def values_count(self, attribute: Any) -> int:
        """How many values it has."""
        return int(attribute.ps_values)

    @admin.display(description=_("sure from"))
    def fit(self, attribute: Attribute) -> str:
        """From which probability on a value is suggested, and what told so."""
        if attribute.threshold is None:
            return str(_("not fitted yet"))
        by = str(attribute.get_fitted_by_display())
        if attribute.threshold >= NEVER:
            return str(_("never (%(by)s)")) % {"by": by}
        return f"{attribute.threshold:.0%} ({by}, {attribute.fitted_on})"

    @admin.display(description=_("learnt from decisions"))
    def learned(self, attribute: Attribute) -> str:
        """What decisions are worth, on those that were held out."""
        row = learned_heads(database()).filter(attribute=attribute.name).first()
        if row is None:
            return str(_("not yet"))
        said = {
            "before": f"{row.right_before:.0%}",
            "after": f"{row.right_after:.0%}",
            "held": row.held,
            "taught": row.taught,
        }
        if not row.in_use:
            return str(_("not used: no better on %(held)s held-out products after %(taught)s")) % said
        return str(_("%(before)s → %(after)s right on %(held)s held-out products, after %(taught)s")) % said

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "_preview" not in request.POST:
            transaction.on_commit(lambda: wake.wake(TAG_TASK), robust=True)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.preview_view))
        return [
            path("add/preview/", view, {"object_id": ""}, name="product_search_attribute_add_preview"),
            path("<path:object_id>/change/preview/", view, name="product_search_attribute_preview"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the attribute would say as it stands in the form; nothing of the form is kept."""
        attribute = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and attribute is None:
            raise Http404(object_id)
        if not (
            self.has_change_permission(request, attribute) if object_id else self.has_add_permission(request)
        ):
            raise PermissionDenied
        using = database()
        found: Preview | None = None
        errors: list[str] = []
        with transaction.atomic(using=using):
            form = self.get_form(request, attribute, change=bool(object_id))(
                request.POST, instance=attribute or Attribute()
            )
            valid = form.is_valid()
            made = self.save_form(request, form, change=bool(object_id)) if valid else Attribute()
            page: Any = self  # Django's own views make a page's formsets by this
            formsets, _inlines = page._create_formsets(request, made, change=bool(object_id))
            if all_valid(formsets) and valid:
                made.save(using=using)
                for formset in formsets:
                    formset.save()
                fresh = Attribute.objects.using(using).prefetch_related("values").get(pk=made.pk)
                try:
                    if fresh.values.all():
                        found = preview(fresh, using=using, language=get_language() or "")
                except ProductSearchError as error:
                    errors.append(str(error))
            else:
                errors += [f"{name}: {' '.join(map(str, said))}" for name, said in form.errors.items()]
                errors += [
                    f"{name}: {' '.join(map(str, said))}"
                    for formset in formsets
                    for each in formset.errors
                    for name, said in each.items()
                ]
            transaction.set_rollback(True, using=using)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Preview of %(name)s") % {"name": form.data.get("name", "")},
            "preview": found,
            "never": found is not None and found.threshold >= NEVER,
            "rows": _shown(found),
            "errors": errors,
        }
        return TemplateResponse(request, "product_search/admin/preview.html", context)


def _shown(found: Preview | None) -> list[dict[str, Any]]:
    """The previewed products with their first pictures and names."""
    if found is None:
        return []
    shop, keys = document(), [row.key for row in found.rows]
    products = shop.queryset().in_bulk(keys)
    pictures = read_pictures(shop, keys)
    return [
        {
            "product": products[row.key],
            "picture": next((each.storage.url(each.name) for each in pictures[row.key]), ""),
            "value": row.value,
            "percent": f"{row.probability:.0%}",
            "said": row.said,
        }
        for row in found.rows
        if row.key in products
    ]
