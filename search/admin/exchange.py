"""Rules and synonyms in and out as files, through django-import-export where the host has it installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import fields, resources
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, JSON
from import_export.forms import SelectableFieldsExportForm

from ..merchandising import changing
from ..merchandising.content import Content, Synonym
from ..merchandising.copying import checked_rule
from ..merchandising.reading import BadRule, read
from ..models import Rule, RuleState
from .rules import RuleAdmin

if TYPE_CHECKING:
    from ..merchandising.content import Action

#: What separates several words in a cell.
SEPARATOR = ";"
YES, NO = ("1", "true", "yes", "y"), ("0", "false", "no", "n", "")


class ExportForm(SelectableFieldsExportForm):  # type: ignore[misc]
    """The fields to export, chosen with neither script nor style inline, which a strict policy forbids."""

    class Media:
        css = {"all": ["product_search/admin/export.css"]}
        js = ["product_search/admin/export.js"]


class _RuleRows(resources.ModelResource):  # type: ignore[misc]
    """Rows that are written by `merchandising.changing`, so each has its history and is undone like any change."""

    def import_instance(self, instance: Rule, row: Mapping[str, Any], **kwargs: Any) -> None:
        """Read the row into `instance`; raises `ValidationError` with what is wrong with it."""
        try:
            self.read_row(instance, row)
        except BadRule as error:
            raise ValidationError(str(error)) from error

    def read_row(self, rule: Rule, row: Mapping[str, Any]) -> None:
        """What the row makes of the rule; raises `BadRule`."""
        raise NotImplementedError

    def write(self, rule: Rule, is_new: bool, who: str) -> None:
        """Keep it."""
        raise NotImplementedError

    def skip_row(
        self, instance: Rule, original: Rule, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """Whether it is just so already."""
        kept = ("state", "live", "draft", "position")
        return not import_validation_errors and all(
            getattr(instance, name) == getattr(original, name) for name in kept
        )

    def validate_instance(
        self, instance: Rule, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Reading has said what is wrong."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def save_instance(self, instance: Rule, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Through the history, as the user who imports."""
        user = kwargs.get("user")
        self.write(instance, is_create, "" if user is None else user.get_username())


class SynonymResource(_RuleRows):
    """Synonyms, one a row: `language` (empty: all), `words` and `means` (several with `;`), `two_way`, and the rule's
    `name`, which is made of them where it is empty.
    """

    name = fields.Field("name", "name")
    language = fields.Field(column_name="language", readonly=True)
    words = fields.Field(column_name="words", readonly=True)
    means = fields.Field(column_name="means", readonly=True)
    two_way = fields.Field(column_name="two_way", readonly=True)

    class Meta:
        model = Rule
        name = gettext_lazy("Synonyms")
        import_id_fields = ("name",)
        fields = ("name", "language", "words", "means", "two_way")
        skip_unchanged = report_skipped = use_transactions = True

    def get_queryset(self) -> QuerySet[Rule]:
        """The rules that are one synonym and nothing else, and act."""
        rows = Rule.objects.using(changing.database()).filter(state=RuleState.LIVE)
        return rows.filter(pk__in=[row.pk for row in rows if _synonym(row.live) is not None]).order_by("name")

    def filter_export(self, queryset: QuerySet[Rule], **kwargs: Any) -> QuerySet[Rule]:
        """Of whatever was chosen, what is a synonym."""
        return queryset.filter(pk__in=self.get_queryset().values("pk"))

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """A rule without a name is called what it says."""
        if not str(row.get("name") or "").strip():
            row["name"] = f"{row.get('words') or ''} = {row.get('means') or ''}"[:120]

    def get_instance(self, instance_loader: Any, row: Mapping[str, Any]) -> Rule | None:
        """The rule of that name; raises `ValidationError` for one that is no synonym."""
        rule = Rule.objects.using(changing.database()).filter(name=" ".join(row["name"].split())).first()
        if rule is not None and _synonym(rule.live or rule.draft) is None:
            raise ValidationError(
                _("The rule “%(name)s” does other things: give the synonym another name.")
                % {"name": rule.name}
            )
        return rule

    def read_row(self, rule: Rule, row: Mapping[str, Any]) -> None:
        said = Synonym(
            words=_several(row.get("words")),
            means=_several(row.get("means")),
            two_way=_yes(row.get("two_way")),
        )
        content = Content(actions=(said,), language=str(row.get("language") or "").strip())
        rule.name = " ".join(str(row["name"]).split())
        rule.live, rule.draft, rule.state = read(content.as_json()).as_json(), None, RuleState.LIVE

    def write(self, rule: Rule, is_new: bool, who: str) -> None:
        made = changing.save_draft(rule.name, read(rule.live), rule=None if is_new else rule, who=who)
        if made.draft is None:  # it says so already, and was off
            changing.switch(made, on=True, who=who)
        else:
            changing.publish(made, who=who)

    def dehydrate_language(self, rule: Rule) -> str:
        """Empty for all."""
        return str((rule.live or {}).get("language", ""))

    def dehydrate_words(self, rule: Rule) -> str:
        """What is searched for."""
        return SEPARATOR.join(getattr(_synonym(rule.live), "words", ()))

    def dehydrate_means(self, rule: Rule) -> str:
        """What is found besides."""
        return SEPARATOR.join(getattr(_synonym(rule.live), "means", ()))

    def dehydrate_two_way(self, rule: Rule) -> str:
        """1 or 0."""
        return str(int(getattr(_synonym(rule.live), "two_way", True)))


class RuleResource(_RuleRows):
    """Rules as `manage.py rules export` writes them, one a row: contents are JSON."""

    name = fields.Field("name", "name")
    position = fields.Field("position", "position")
    state = fields.Field("state", "state")
    live = fields.Field(column_name="live", readonly=True)
    draft = fields.Field(column_name="draft", readonly=True)

    class Meta:
        model = Rule
        name = gettext_lazy("Rules")
        import_id_fields = ("name",)
        fields = ("name", "position", "state", "live", "draft")
        skip_unchanged = report_skipped = use_transactions = True

    def read_row(self, rule: Rule, row: Mapping[str, Any]) -> None:
        contents = {part: _json(row.get(part)) for part in ("live", "draft")}
        name, kept = checked_rule({"name": row.get("name"), "state": row.get("state"), **contents})
        place = str(row.get("position") or "").strip()
        if not place.isascii() or not place.isdigit() or not 0 < int(place) < 10**6:
            raise BadRule("position", _("The position is a number from 1 on."))
        rule.name, rule.position = name, int(place)
        rule.state, rule.live, rule.draft = kept["state"], kept["live"], kept["draft"]

    def write(self, rule: Rule, is_new: bool, who: str) -> None:
        kept = {"state": rule.state, "live": rule.live, "draft": rule.draft}
        changing.imported(rule.name, kept, rule.position, who=who)

    def dehydrate_live(self, rule: Rule) -> str:
        """JSON, or empty."""
        return "" if rule.live is None else json.dumps(rule.live, ensure_ascii=False, sort_keys=True)

    def dehydrate_draft(self, rule: Rule) -> str:
        """JSON, or empty."""
        return "" if rule.draft is None else json.dumps(rule.draft, ensure_ascii=False, sort_keys=True)


class ExchangedRuleAdmin(ImportExportMixin, RuleAdmin):  # type: ignore[misc]
    """Rules, with their files."""

    resource_classes = [SynonymResource, RuleResource]
    import_formats = export_formats = [CSV, JSON]
    export_form_class = ExportForm
    export_template_name = "product_search/admin/export.html"
    # The list's own template links to both.
    import_export_change_list_template = None

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever may make rules and change them."""
        return self.may_change(request) and self.has_add_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may see them."""
        return self.has_view_permission(request)


def _synonym(kept: Mapping[str, Any] | None) -> Synonym | None:
    """The synonym that a kept content is, without any condition; None where it is more than that."""
    try:
        content = None if kept is None else read(kept)
    except BadRule:
        return None
    actions: tuple[Action, ...] = () if content is None or not content.always else content.actions
    return actions[0] if len(actions) == 1 and isinstance(actions[0], Synonym) else None


def _several(cell: Any) -> tuple[str, ...]:
    return tuple(filter(None, (" ".join(each.split()) for each in str(cell or "").split(SEPARATOR))))


def _yes(cell: Any) -> bool:
    said = str(cell if cell is not None else "1").strip().lower() or "1"
    if said not in YES + NO:
        raise BadRule("two_way", _("“%(cell)s” is neither 1 nor 0.") % {"cell": said})
    return said in YES


def _json(cell: Any) -> Any:
    if isinstance(cell, Mapping) or not str(cell or "").strip():
        return cell or None
    try:
        return json.loads(cell)
    except ValueError as error:
        raise BadRule("live", _("A content is no JSON: %(error)s.") % {"error": error}) from error
