"""The form of a rule's draft: conditions, and one block for each action. It needs no script: products are looked up by
a button, and come back as boxes to tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..documents import document
from ..errors import InvalidRequest
from ..merchandising.content import Content
from ..merchandising.reading import BadRule, read
from ..retrieval import look_up
from .one_by_one import product_address
from .tried import Card, Pictured

#: Products that a search for them offers.
OFFERED = 12
ABOUT = [
    ("any", _("any query, or none")),
    ("contains", _("contains these words")),
    ("is", _("is one of these")),
    ("pattern", _("fits a pattern (regular expression)")),
    ("none", _("none: browsing, a category's page")),
]
DO = [
    ("pin", _("Pin products to places")),
    ("boost", _("Boost products")),
    ("bury", _("Bury products")),
    ("last", _("Put products last")),
    ("hide", _("Hide products")),
    ("synonym", _("Synonyms")),
    ("replace", _("Replace words")),
    ("remove", _("Leave words out (stop words)")),
    ("filter", _("Add filters")),
    ("redirect", _("Send to another page")),
    ("banner", _("Show a banner")),
]
#: Of each action, the fields that it has.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "pin": ("products", "place"),
    "boost": ("products", "filters", "among", "points"),
    "bury": ("products", "filters", "among", "points"),
    "last": ("products", "filters", "among"),
    "hide": ("products", "filters", "among"),
    "synonym": ("words", "means", "two_way"),
    "replace": ("replaced", "instead"),
    "remove": ("words",),
    "filter": ("filters",),
    "redirect": ("url",),
    "banner": ("text", "url", "image"),
}
STRENGTHS = [
    ("0.15", _("a little")),
    ("0.3", _("clearly")),
    ("0.6", _("strongly")),
    ("1.0", _("as far as it goes")),
]


def _lines() -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 2, "cols": 50})


def _moment() -> forms.DateTimeField:
    return forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class RuleForm(forms.Form):
    """Name and conditions."""

    name = forms.CharField(label=_("Name"), max_length=120)
    about = forms.ChoiceField(label=_("The query"), choices=ABOUT)
    words = forms.CharField(
        label=_("Words"), required=False, widget=_lines(), help_text=_("One to a line; any of them suffices.")
    )
    picture = forms.ChoiceField(
        label=_("A picture"),
        required=False,
        choices=[("", _("with or without")), ("yes", _("only with a picture")), ("no", _("only without"))],
    )
    filters = forms.CharField(
        label=_("Chosen filters"),
        required=False,
        widget=_lines(),
        help_text=_("A facet and its values, one facet to a line: “category: kitchen/mugs”."),
    )
    segments = forms.CharField(
        label=_("Segments"), required=False, help_text=_("Separated by commas; none is all.")
    )
    channels = forms.CharField(
        label=_("Channels"), required=False, help_text=_("Separated by commas; none is all.")
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    starts, ends = _moment(), _moment()
    note = forms.CharField(label=_("Note for colleagues"), required=False, widget=_lines())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages: Any = self.fields["language"]
        languages.choices = [("", gettext("all")), *((each, each) for each in document().languages)]
        self.fields["starts"].label, self.fields["ends"].label = gettext("Starts"), gettext("Ends")


class ActionForm(forms.Form):
    """One action; of its fields those count that the chosen action has (`FIELDS`)."""

    do = forms.ChoiceField(label=_("What to do"), choices=DO)
    products = forms.CharField(required=False, widget=forms.HiddenInput)
    find = forms.CharField(
        label=_("Find products"), required=False, help_text=_("Words of their names, or a SKU.")
    )
    filters = forms.CharField(
        label=_("By filters"),
        required=False,
        widget=_lines(),
        help_text=_("One facet to a line: “brand: acme, nord”."),
    )
    among = forms.ChoiceField(label=_("In the set"), required=False)
    place = forms.IntegerField(label=_("From place"), required=False, min_value=1, max_value=1000)
    points = forms.ChoiceField(label=_("How much"), required=False, choices=STRENGTHS, initial="0.3")
    words = forms.CharField(label=_("Words"), required=False, widget=_lines(), help_text=_("One to a line."))
    means = forms.CharField(
        label=_("Mean the same as"), required=False, widget=_lines(), help_text=_("One to a line.")
    )
    two_way = forms.BooleanField(label=_("In both directions"), required=False, initial=True)
    replaced = forms.CharField(
        label=_("Words to replace"), required=False, help_text=_("Empty: the whole query.")
    )
    instead = forms.CharField(label=_("Search instead for"), required=False)
    url = forms.CharField(
        label=_("Address"), required=False, help_text=_("/sale/ or https://example.org/sale/")
    )
    text = forms.CharField(label=_("Text"), required=False)
    image = forms.CharField(label=_("Address of a picture"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sets: Any = self.fields["among"]
        sets.choices = [("", "—"), *((name, name) for name in document().product_sets())]
        for name, bound in self.fields.items():
            shown = [
                do
                for do, fields in FIELDS.items()
                if name in fields or (name == "find" and "products" in fields)
            ]
            bound.widget.attrs["data-of"] = " ".join(shown)

    def add_error_of(self, error: BadRule) -> None:
        """Show it with this action."""
        self.add_error(None, str(error))


@dataclass
class Block:
    """One action on the page: its form, the products that are chosen and those that are offered."""

    form: ActionForm
    number: int
    chosen: Sequence[Card] = ()
    offered: Sequence[Card] = ()
    searched: bool = False


class Draft:
    """The whole form, bound to what was sent, or showing a rule's content."""

    def __init__(self, form: RuleForm, blocks: list[Block]) -> None:
        self.form, self.blocks = form, blocks

    @classmethod
    def of(cls, name: str, content: Content | None, site: str) -> Draft:
        """As it is kept; with one empty action for a new rule."""
        if content is None:
            return cls(RuleForm(initial={"name": name}), [Block(ActionForm(prefix="a0"), 0)])
        kept = content.as_json()
        actions = [_initial(action) for action in kept["actions"]] or [{}]
        blocks = [
            Block(ActionForm(initial=initial, prefix=f"a{at}"), at) for at, initial in enumerate(actions)
        ]
        draft = cls(RuleForm(initial={"name": name, **_initial_conditions(content)}), blocks)
        draft._show(site, [str(initial.get("products", "")) for initial in actions])
        return draft

    @classmethod
    def sent(cls, data: QueryDict, site: str) -> Draft:
        """As it was sent, with products added and dropped, and those that somebody looks for."""
        written = data.get("actions", "")
        count = min(int(written), 50) if written.isdigit() else 1
        dropped = {int(each) for each in data.getlist("drop_action") if each.isdigit()}
        changed = data.copy()
        chosen: list[str] = []
        left = [at for at in range(count) if at not in dropped]
        for at in left:
            keys = [key for key in data.get(f"a{at}-products", "").split(",") if key]
            keys += [key for key in data.getlist(f"a{at}-add") if key]
            gone = set(data.getlist(f"a{at}-gone"))
            chosen.append(",".join(key for key in dict.fromkeys(keys) if key not in gone))
            changed[f"a{at}-products"] = chosen[-1]
        blocks = [Block(ActionForm(changed, prefix=f"a{at}"), at) for at in left]
        if "more" in data or not blocks:
            blocks.append(Block(ActionForm(prefix=f"a{count}"), count))
            chosen.append("")
        draft = cls(RuleForm(changed), blocks)
        draft._show(site, chosen)
        return draft

    @property
    def count(self) -> int:
        """One more than the highest number of an action."""
        return max((block.number for block in self.blocks), default=-1) + 1

    def content(self) -> Content | None:
        """What was sent, as a rule; None where the forms show what is wrong."""
        valid = self.form.is_valid() and all(block.form.is_valid() for block in self.blocks)
        if not valid:
            return None
        actions = []
        for block in self.blocks:
            try:
                own = _kept_action(block.form.cleaned_data)
                read({"actions": [own]})
                actions.append(own)
            except BadRule as error:
                block.form.add_error_of(error)
                valid = False
        try:
            return read({**_kept_conditions(self.form.cleaned_data), "actions": actions}) if valid else None
        except BadRule as error:
            part = {"conditions": "words"}.get(error.part, error.part)
            self.form.add_error(part if part in self.form.fields else None, str(error))
            return None

    def _show(self, site: str, chosen: Sequence[str]) -> None:
        """Load what cards show."""
        for block, listed in zip(self.blocks, chosen, strict=True):
            block.chosen = cards_of_keys([key for key in listed.split(",") if key], site)
            words = block.form["find"].value() or ""
            if block.form.is_bound and words.strip():
                block.searched = True
                known = {str(card.key) for card in block.chosen}
                block.offered = [card for card in found(words, site) if str(card.key) not in known]


def found(words: str, site: str) -> list[Card]:
    """Products that have these words, or this SKU."""
    products = document().queryset().order_by()
    try:
        ranking = look_up(products, words)
    except InvalidRequest:
        return []
    return [] if ranking is None else product_cards(list(ranking.foremost(products)[:OFFERED]), site)


def cards_of_keys(keys: Sequence[str], site: str) -> list[Card]:
    """The cards of those that are there, in this order."""
    field: Any = document().model._meta.pk
    clean = []
    for key in keys:
        try:
            clean.append(field.to_python(key))
        except forms.ValidationError:
            continue
    rows = document().queryset().in_bulk(clean)
    return product_cards([rows[key] for key in clean if key in rows], site)


def product_cards(products: Sequence[Any], site: str) -> list[Card]:
    """Each with its first picture."""
    pictures = Pictured.products([product.pk for product in products])
    return [
        Card(each.pk, str(each), "", product_address(site, each.pk), pictures.best(each.pk, None))
        for each in products
    ]


def _initial(kept: Mapping[str, Any]) -> dict[str, Any]:
    """An action's JSON as the fields of its form."""
    initial = {name: value for name, value in kept.items() if name not in ("which", "words", "means")}
    which = kept.get("which", kept)
    initial["products"] = ",".join(which.get("products", ()))
    initial["filters"] = _written_filters(which.get("filters", {}))
    initial["among"] = which.get("among", "")
    if kept["do"] == "replace":
        initial["replaced"] = kept.get("words", "")
    else:
        initial["words"] = "\n".join(kept.get("words", ()))
    initial["means"] = "\n".join(kept.get("means", ()))
    initial["two_way"] = kept.get("two_way", True)
    if kept["do"] == "boost":
        points = float(kept.get("points", 0.3))
        initial["do"] = "boost" if points > 0 else "bury"
        initial["points"] = min(
            (value for value, _label in STRENGTHS), key=lambda value: abs(float(value) - abs(points))
        )
    if kept["do"] == "pin":
        initial.setdefault("place", 1)
    return initial


def _kept_action(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an action's form as its JSON."""
    do = data["do"]
    kept: dict[str, Any] = {"do": "boost" if do == "bury" else do}
    products = [key for key in data["products"].split(",") if key]
    if do == "pin":
        return kept | {"products": products, "place": data["place"] or 1}
    if do in ("boost", "bury", "last", "hide"):
        which = {"products": products, "filters": _read_filters(data["filters"]), "among": data["among"]}
        kept["which"] = {name: value for name, value in which.items() if value}
        if do in ("boost", "bury"):
            kept["points"] = float(data["points"] or 0.3) * (1 if do == "boost" else -1)
        return kept
    if do == "synonym":
        return kept | {
            "words": _split(data["words"]),
            "means": _split(data["means"]),
            "two_way": data["two_way"],
        }
    if do == "replace":
        return kept | {"words": data["replaced"], "instead": data["instead"]}
    if do == "remove":
        return kept | {"words": _split(data["words"])}
    if do == "filter":
        return kept | {"filters": _read_filters(data["filters"])}
    return kept | {name: data[name] for name in FIELDS[do] if data[name]}


def _initial_conditions(content: Content) -> dict[str, Any]:
    conditions = content.conditions
    return {
        "about": conditions.about,
        "words": "\n".join(conditions.words),
        "picture": "" if conditions.picture is None else "yes" if conditions.picture else "no",
        "filters": _written_filters(conditions.filters),
        "segments": ", ".join(conditions.segments),
        "channels": ", ".join(conditions.channels),
        "language": content.language,
        "starts": content.starts and timezone.localtime(content.starts),
        "ends": content.ends and timezone.localtime(content.ends),
        "note": content.note,
    }


def _kept_conditions(data: Mapping[str, Any]) -> dict[str, Any]:
    conditions = {
        "about": data["about"],
        "words": _split(data["words"]) if data["about"] in ("is", "contains", "pattern") else [],
        "picture": {"yes": True, "no": False}.get(data["picture"]),
        "filters": _read_filters(data["filters"]),
        "segments": _split(data["segments"], ","),
        "channels": _split(data["channels"], ","),
    }
    kept: dict[str, Any] = {"conditions": conditions, "language": data["language"], "note": data["note"]}
    for name in ("starts", "ends"):
        if data[name]:
            kept[name] = data[name].isoformat()
    return kept


def _split(text: str, by: str = "\n") -> list[str]:
    return [each.strip() for each in text.split(by) if each.strip()]


def _read_filters(text: str) -> dict[str, list[str]]:
    """Lines such as “brand: acme, nord”. Raises `BadRule` for another one."""
    filters: dict[str, list[str]] = {}
    for line in _split(text):
        name, colon, values = line.partition(":")
        if not colon:
            raise BadRule(
                "conditions",
                gettext("Write a facet, a colon and its values: “brand: acme, nord”. This is “%(line)s”.")
                % {"line": line},
            )
        filters.setdefault(name.strip(), []).extend(_split(values, ","))
    return filters


def _written_filters(filters: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(f"{name}: {', '.join(values)}" for name, values in filters.items())
