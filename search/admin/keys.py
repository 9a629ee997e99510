"""Keys in the admin: made, changed and revoked; the token is shown once, on the answer to the form that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..conf import ACTIONS, SHOPPERS
from ..documents import document
from ..documents.conditions import fault_of
from ..errors import ImproperKey
from ..keys import make_key, revoke_key
from ..keys.grant import checked
from ..models import ApiKey
from .vocabulary import LinesField

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _ModelForm = forms.ModelForm[Any]
else:  # Django's own classes take no type arguments
    _ModelAdmin, _ModelForm = admin.ModelAdmin, forms.ModelForm

_ACTIONS = {
    "search": _("Search by words and pictures"),
    "suggest": _("Suggestions and related searches"),
    "similar": _("Similar products"),
    "recommend": _("Recommendations"),
    "classify": _("What a picture or a text is"),
    "tags": _("What a picture shows"),
    "media": _("Pictures for a text"),
    "facets": _("Values of a facet"),
    "events": _("Send views, clicks and orders"),
    "explain": _("Why a product is found or not (secret keys alone)"),
}


class FiltersField(forms.CharField):
    """Values by facet, one facet a line: `brand: acme, globex`."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return "\n".join(f"{name}: {', '.join(values)}" for name, values in value.items())
        return value

    def to_python(self, value: Any) -> Any:
        found: dict[str, list[str]] = {}
        for line in filter(str.strip, str(value or "").splitlines()):
            name, colon, values = (part.strip() for part in line.partition(":"))
            if not (name and colon and values):
                raise ValidationError(
                    _('Write a facet and its values in each line: "brand: acme, globex".'), code="invalid"
                )
            found.setdefault(name, []).extend(filter(None, (each.strip() for each in values.split(","))))
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or {}) != self.to_python(data))


class KeyForm(_ModelForm):
    """What a key gives; checked as `make_key` checks it."""

    actions = forms.MultipleChoiceField(
        label=capfirst(_("actions")),
        choices=[(name, _ACTIONS[name]) for name in ACTIONS],
        initial=SHOPPERS,
        widget=forms.CheckboxSelectMultiple,
    )
    origins = LinesField(
        label=capfirst(_("origins")),
        required=False,
        help_text=_(
            "Whose pages may ask, one a line: https://shop.example, https://*.shop.example, or * for all. None: "
            "servers and apps alone."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40}),
    )
    filters = FiltersField(
        label=capfirst(_("filters")),
        required=False,
        help_text=_(
            "What every product must have that is seen with this key, one facet a line: “brand: acme, globex”. No "
            "request lifts it."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40}),
    )
    # One field with a label of its own, where Django's admin would make two without.
    expires_at = forms.DateTimeField(
        label=capfirst(_("expires at")),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        """In the form that is kept; what can't hold is told beside its field."""
        given: dict[str, Any] = super().clean() or {}
        if self.errors:
            return given
        terms = ("actions", "origins", "filters", "channel", "currency", "rate", "expires_at")
        try:
            found = checked(
                kind=given.get("kind") or self.instance.kind, **{name: given[name] for name in terms}
            )
        except ImproperKey as error:
            self.add_error(error.parameter, error.detail)
            return given
        filters = {name: list(values) for name, values in (found.filters or {}).items()}
        if (until := given["expires_at"]) is not None and until <= timezone.now() and not self.instance.pk:
            self.add_error("expires_at", _("That time has passed: choose one to come, or none."))
        return given | {
            "actions": list(found.actions), "origins": list(found.origins), "filters": filters,
        }  # fmt: skip


class KeyAdmin(_ModelAdmin):
    """The list says of each key what it is good for and when it was last used; revoked ones stay."""

    form = KeyForm
    list_display = ("name", "kind", "token", "holds_to", "state", "last_used_at", "revoke")
    list_filter = ("kind",)
    search_fields = ("name", "beginning")
    search_help_text = _("A key's name, or how it begins")
    fields = (
        "name", "kind", "actions", "origins", "filters", "channel", "currency", "rate", "expires_at",
    )  # fmt: skip
    told = ("token", "state", "made_at", "made_by", "last_used_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("kind", *self.told)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj is None else (*self.fields, *self.told)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is revoked stays as it was."""
        revoked = obj is not None and obj.revoked_at is not None
        return not revoked and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("key"))
    def token(self, key: ApiKey) -> str:
        """How it begins: no more of it is known."""
        return format_html("<code>{}…</code>", key.beginning)

    @admin.display(description=_("filters"))
    def holds_to(self, key: ApiKey) -> str:
        """What its products must have."""
        return "; ".join(f"{name}: {', '.join(values)}" for name, values in key.filters.items())

    @admin.display(description=_("State"))
    def state(self, key: ApiKey) -> str:
        """Whether it is good, and why not."""
        if key.revoked_at is not None:
            return _("revoked %(at)s by %(who)s") % {
                "at": f"{timezone.localtime(key.revoked_at):%Y-%m-%d %H:%M}", "who": key.revoked_by or "–",
            }  # fmt: skip
        if key.expires_at is not None and key.expires_at <= timezone.now():
            return str(_("expired"))
        if fault := fault_of(document(), {name: tuple(values) for name, values in key.filters.items()}):
            return _("shows nothing: %(fault)s") % {"fault": fault}
        return str(_("good"))

    @admin.display(description="")
    def revoke(self, key: ApiKey) -> str:
        """Leads to the page that asks once more."""
        if key.revoked_at is not None:
            return ""
        address = reverse(f"{self.admin_site.name}:product_search_apikey_revoke", args=[key.pk])
        label = _("Revoke: %(name)s") % {"name": key.name}
        return format_html('<a href="{}" aria-label="{}">{}</a>', address, label, _("Revoke"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.revoke_view)
        return [
            path("<path:object_id>/revoke/", view, name="product_search_apikey_revoke"), *super().get_urls(),
        ]  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        given = {name: form.cleaned_data[name] for name in self.fields if name not in ("name", "kind")}
        secret, who = obj.kind == "secret", request.user.get_username()
        row, token = make_key(obj.name, secret=secret, by=who, **given)
        obj.__dict__.update(row.__dict__)
        form.token = token

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        request.key_form = form  # type: ignore[attr-defined]  # for `response_add`, which is not given it
        return super().save_form(request, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The token, here and nowhere else: neither in a session, nor in a message."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The key is made"),
            "opts": self.opts,
            "key": obj,
            "token": request.key_form.token,  # type: ignore[attr-defined]
            "list_url": reverse(f"{self.admin_site.name}:product_search_apikey_changelist"),
        }
        response = TemplateResponse(request, "product_search/admin/key_made.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once more, then revokes."""
        key = self.get_object(request, unquote(object_id))
        if key is None:
            raise Http404
        if not super().has_change_permission(request, key):
            raise PermissionDenied
        back = reverse(f"{self.admin_site.name}:product_search_apikey_changelist")
        if request.method == "POST":
            if revoke_key(key, by=request.user.get_username()):
                self.log_change(request, key, str(_("revoked")))
                messages.success(request, _("“%(name)s” is revoked.") % {"name": key.name})
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Revoke a key"),
            "opts": self.opts,
            "key": key,
            "list_url": back,
        }
        return TemplateResponse(request, "product_search/admin/key_revoke.html", context)
