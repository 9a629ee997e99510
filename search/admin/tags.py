"""Tags beside a product's pictures, in the host's own admin: what is suggested is accepted or rejected there.

Each change is a decision with its record, as in the review; what somebody else decided since the page was opened stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.checks import InlineModelAdminChecks
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..indexing.work import database
from ..models import Tag, TagState, Verdict
from ..tagging.deciding import AlreadyDecided, Subject, decide

if TYPE_CHECKING:
    _Inline = admin.TabularInline[Any, Any]
    _FormSet = BaseModelFormSet[Any, Any]
    _Choice = forms.ModelChoiceField[Any]
else:  # Django's own classes take no type arguments
    _Inline, _FormSet, _Choice = admin.TabularInline, BaseModelFormSet, forms.ModelChoiceField


#: What it means to give a tag this state.
VERDICTS = {
    TagState.ACCEPTED: Verdict.ACCEPTED,
    TagState.REJECTED: Verdict.REJECTED,
    TagState.SUGGESTED: Verdict.UNDONE,
}


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

    #: Who saves it; set by the inline.
    request: HttpRequest

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

    def save(self, commit: bool = True) -> list[Any]:
        """Decide what was changed: rejections first, so that another value may be accepted in the same breath.

        With `commit=False` too: a host that saves such rows by itself must not write past the record.
        """
        self.new_objects, self.deleted_objects, self.changed_objects = [], [], []
        changed = [form for form in self.initial_forms if form.has_changed()]
        if gone := [form for form in changed if form.instance.pk is None]:
            changed = [form for form in changed if form not in gone]
            messages.warning(
                self.request, _("What you decided on is no longer suggested: look at the tags again.")
            )
        for form in sorted(changed, key=lambda form: form.cleaned_data["state"] == TagState.ACCEPTED):
            tag, state = form.instance, TagState(form.cleaned_data["state"])
            try:
                decide(
                    Subject(tag.product, tag.attribute, tag.value),
                    VERDICTS[state],
                    by=self.request.user.get_username(),
                    using=database(),
                    expected=form.seen,
                )
            except AlreadyDecided as late:
                messages.warning(self.request, f"{tag.attribute}: {late}")
            else:
                self.changed_objects.append((tag, form.changed_data))
        if not commit:
            self.saved_forms = []
            self.save_m2m = lambda: None  # type: ignore[method-assign]  # as Django's own does
        return [tag for tag, _changed in self.changed_objects]


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
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                if may:
                    # What the page showed, and not what is there now, tells whether its user decided anything.
                    self.fields["state"].show_hidden_initial = True

            @property
            def seen(self) -> str:
                """The state that the page showed."""
                return str(self.data.get(self.add_initial_prefix("state"), self.initial.get("state", "")))

            def has_changed(self) -> bool:
                return may and super().has_changed() and self["state"].data != self.seen

        formset = modelformset_factory(
            Tag, form=Decision, formset=TagsOfProduct, fields=("state",) if may else (), extra=0, max_num=0
        )
        formset.request = request  # type: ignore[attr-defined]  # one of TagsOfProduct
        return formset
