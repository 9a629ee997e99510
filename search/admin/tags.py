"""Tags beside a product's pictures, in the host's own admin: what is suggested is accepted or rejected there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.checks import InlineModelAdminChecks
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Tag

if TYPE_CHECKING:
    _Inline = admin.TabularInline[Any, Any]
    _FormSet = BaseModelFormSet[Any, Any]
    _Choice = forms.ModelChoiceField[Any]
else:  # Django's own classes take no type arguments
    _Inline, _FormSet, _Choice = admin.TabularInline, BaseModelFormSet, forms.ModelChoiceField


class _MaybeGone(_Choice):
    """The tag that a row of the form is of; None where a worker withdrew it since the page was opened."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError:
            return None


class TagsOfProduct(_FormSet):
    """The tags of one product. They have no foreign key to it, so Django's own inline formset can't find them."""

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        instance: Model | None = None,
        save_as_new: bool = False,
        prefix: str | None = None,
        queryset: Any = None,
        **kwargs: Any,
    ) -> None:
        self.instance = instance
        rows = Tag.objects.none()
        if instance is not None and instance.pk is not None and not save_as_new:
            rows = Tag.objects.filter(product=instance.pk).order_by("attribute", "-probability")
        super().__init__(data, files, prefix=prefix, queryset=rows, **kwargs)

    @classmethod
    def get_default_prefix(cls) -> str:
        return "product_search-tag"

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        known = form.fields["id"].initial
        form.fields["id"] = _MaybeGone(self.get_queryset(), initial=known, required=False)


class _Checks(InlineModelAdminChecks):
    """Without those of a foreign key, which there is none of."""

    def _check_exclude_of_parent_model(self, obj: Any, parent_model: Any) -> list[Any]:
        return []

    def _check_relation(self, obj: Any, parent_model: Any) -> list[Any]:
        return []


class TagInline(_Inline):
    """`inlines = [PictureInline, TagInline]` in the shop's product admin: each tag with its probability, to accept or
    reject. What was decided is never overwritten, and a rejected value is not suggested again.
    """

    model = Tag
    formset = TagsOfProduct  # type: ignore[assignment]  # by duck, as Django's own generic one
    checks_class = _Checks
    verbose_name = _("tag")
    verbose_name_plural = _("tags")
    fields = ("attribute", "value", "percent", "state")
    readonly_fields = ("attribute", "value", "percent")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("probability"))
    def percent(self, tag: Tag) -> str:
        """The probability that was found."""
        return f"{tag.probability:.0%}"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        may = self.has_change_permission(request, obj)

        class Decision(forms.ModelForm):  # type: ignore[type-arg]
            def has_changed(self) -> bool:
                return may and super().has_changed()

        return modelformset_factory(
            Tag, form=Decision, formset=TagsOfProduct, fields=("state",) if may else (), extra=0, max_num=0
        )
