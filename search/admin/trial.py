"""What is asked in the playground, read from an address that can be shared: the words, the shopper, the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from ..conf import SETTING, Conf, settings
from ..documents import SearchScope, document
from ..errors import InvalidRequest
from ..retrieval import WhyNot, why_not
from ..retrieval.engine import find
from ..retrieval.found import Found
from ..retrieval.request import MAX_CHARACTERS, MAX_DEPTH, MAX_WORDS, SearchRequest
from . import query_pictures

#: Hits of a page.
PER_PAGE = 24
#: The settings that can be tried, as they are called in `Conf`.
WEIGHTS = ("relevance_floor", "vector_weight", "described_weight")
_TOO_MUCH = _("That is too much to search for: at most %(words)d words with %(characters)d characters.")


@dataclass(frozen=True)
class Trial:
    """One search as it is tried: for `scope`, with `conf`, which differs from the shop's settings by `changes`."""

    request: SearchRequest
    scope: SearchScope
    conf: Conf
    changes: Mapping[str, float]
    #: The picture that is searched with, as it is kept; None without one.
    picture: bytes | None = None
    #: When it is asked, to rules with a schedule; None for now.
    moment: datetime | None = None
    #: Whether nobody steers.
    unsteered: bool = False

    @property
    def language(self) -> str:
        """The language searched in."""
        return self.scope.search_language(document().languages)

    def found(self) -> Found:
        """The search as it is tried."""
        steering = () if self.unsteered else None
        return find(self.request, self.scope, conf=self.conf, steering=steering, moment=self.moment)

    def found_before(self) -> Found | None:
        """The same search as the shop has it; None where that is what is tried."""
        if not self.changes and not self.unsteered:
            return None
        return find(self.request, self.scope, moment=self.moment)

    def why_not(self, key: Any) -> WhyNot:
        """Why the product is not found, as it is tried."""
        steering = () if self.unsteered else None
        return why_not(self.request, key, self.scope, conf=self.conf, steering=steering, moment=self.moment)

    @property
    def lines(self) -> tuple[str, ...]:
        """What to write into the settings to have it so for all."""
        return tuple(f'{SETTING}["{name.upper()}"] = {value:g}' for name, value in self.changes.items())


def _slider(meaning: Any) -> Any:
    widget = forms.NumberInput(attrs={"type": "range"})
    return forms.FloatField(label=meaning, min_value=0, max_value=1, widget=widget)


class TrialForm(forms.Form):
    """The playground's form; what an address leaves out is as the shop has it."""

    q = forms.CharField(
        label=_("Words"), required=False, widget=forms.TextInput(attrs={"type": "search", "size": 40})
    )
    picture = forms.CharField(required=False, widget=forms.HiddenInput)
    language = forms.ChoiceField(label=_("Language"), required=False)
    currency = forms.CharField(label=_("Currency"), required=False, max_length=40)
    channel = forms.CharField(label=_("Channel"), required=False, max_length=200)
    segment = forms.CharField(label=_("Segment"), required=False, max_length=200)
    user = forms.CharField(
        label=_("Shopper"),
        required=False,
        help_text=_("A user's name; empty for somebody who is not signed in."),
    )
    moment = forms.DateTimeField(
        label=_("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("For rules with a schedule; empty for now."),
    )
    unsteered = forms.BooleanField(label=_("Without rules, clicks and taste"), required=False)
    relevance_floor = _slider(_("Relevance from which a product is shown"))
    vector_weight = _slider(_("What a search by words gives to meaning and looks"))
    described_weight = _slider(_("What a search by picture gives to texts"))
    page = forms.IntegerField(required=False, min_value=1, max_value=MAX_DEPTH // PER_PAGE)
    missing = forms.CharField(
        label=_("Why is this product not here?"),
        required=False,
        help_text=_("Its name, SKU or key."),
    )
    why = forms.CharField(required=False)

    def __init__(self, given: Mapping[str, Any]) -> None:
        conf = settings()
        defaults = {name: f"{getattr(conf, name):g}" for name in WEIGHTS}
        super().__init__({**defaults, **{name: value for name, value in given.items() if value}})
        languages: Any = self.fields["language"]
        languages.choices = [(code, _named(code)) for code in document().languages]
        # What is as the shop has it need not stand in the address.
        languages.widget.attrs["data-set"] = document().languages[0]
        for name in WEIGHTS:
            exact = round(getattr(conf, name), 2) == getattr(conf, name)
            # A browser moves a slider to its next step: what is set must be one.
            step = "0.01" if exact else "any"
            self.fields[name].initial = defaults[name]
            self.fields[name].widget.attrs |= {"data-set": defaults[name], "step": step}
        self.fields["user"].widget.attrs["autocomplete"] = "off"

    def clean_user(self) -> Any:
        """The user of that name; None for nobody."""
        name = self.cleaned_data["user"]
        if not name:
            return None
        model = get_user_model()
        try:
            return model._default_manager.get_by_natural_key(name)
        except model.DoesNotExist:
            raise forms.ValidationError(_("There is no user %(name)s."), params={"name": name}) from None

    def clean(self) -> dict[str, Any]:
        """With the picture's bytes, and a request that can be answered."""
        given = self.cleaned_data
        token = given.get("picture", "")
        given["kept"] = query_pictures.kept_bytes(token) if token else None
        if token and given["kept"] is None:
            self.add_error("picture", _("The picture is kept for an hour and is gone now: choose it again."))
        try:
            given["request"] = SearchRequest(
                q=given.get("q", ""),
                picture=query_pictures.kept_picture(token) if token else None,
                page=given.get("page") or 1,
                per_page=PER_PAGE,
                facets=(),
                explain=True,
            )
        except InvalidRequest:  # nothing else can be wrong
            self.add_error("q", str(_TOO_MUCH) % {"words": MAX_WORDS, "characters": MAX_CHARACTERS})
        return given

    @property
    def sliders(self) -> list[Any]:
        """The weights as fields; `data-set` of each has what the shop has set."""
        return [self[name] for name in WEIGHTS]

    def trial(self) -> Trial:
        """What is asked; only of a valid form."""
        given, conf = self.cleaned_data, settings()
        changes = {name: given[name] for name in WEIGHTS if given[name] != getattr(conf, name)}
        scope = SearchScope(
            user=given["user"],
            language=given["language"] or document().languages[0],
            currency=given["currency"],
            channel=given["channel"],
            segment=given["segment"],
        )

        return Trial(
            given["request"],
            scope,
            replace(conf, **changes),
            changes,
            given["kept"],
            given["moment"],
            given["unsteered"],
        )


def _named(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
