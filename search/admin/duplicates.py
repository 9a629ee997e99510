"""Pairs of products that may be one, in the admin: dismissed for good, merged by the shop's own code, and undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..documents import document
from ..indexing.work import database
from ..models import Duplicate, PairState
from ..tagging.pairs import dismiss, merge, undo
from .one_by_one import UNDO, Button, OneByOneAdmin, Side, Verdict


class DuplicateAdmin(OneByOneAdmin):
    """Merging needs the permission to change products, too."""

    list_display = ("__str__", "kind", "state", "found_at", "decided_by", "decided_at")
    list_filter = ("state", "kind")
    ordering = ("-found_at", "pk")
    nothing = _("No pair is open")
    nothing_more = _(
        "Pictures that come or change are compared with all others; what is the same will be shown here."
    )

    def has_merge_permission(self, request: HttpRequest) -> bool:
        """Whoever may decide on pairs and change products."""
        return self.has_decide_permission(request) and self.has_product_permission(request)

    def verdicts(self, request: HttpRequest, number: int) -> Mapping[str, Verdict]:
        who: dict[str, Any] = {"by": request.user.get_username(), "using": database()}
        decided = self._rows().filter(pk=number).first()
        return {
            "dismiss": Verdict(
                lambda pair, form: dismiss(pair, **who),
                _("%(row)s: these are two products."),
                self.has_decide_permission(request),
            ),
            "merge": Verdict(
                lambda pair, form: merge(pair, self._key(form.get("remove", "")), **who),
                _("%(row)s: merged."),
                self.has_merge_permission(request),
            ),
            UNDO: Verdict(
                lambda pair, form: undo(pair, **who),
                _("%(row)s: open again."),
                self.has_decide_permission(request) and (decided is None or self._may(request, decided)),
            ),
        }

    def buttons(self, request: HttpRequest, row: Any, sides: Sequence[Side]) -> list[Button]:
        found = []
        if self.has_merge_permission(request) and document().merges and len(sides) == 2:
            label = _("Keep this one and merge the other into it")
            found = [
                Button("merge", label, str(at + 1), at, (("remove", str(sides[1 - at].key)),))
                for at in (0, 1)
            ]
        if self.has_decide_permission(request):
            found.append(Button("dismiss", _("These are two: never ask again"), "d"))
        return found

    def may_undo(self, request: HttpRequest, row: Any) -> bool:
        return self._may(request, row) and (row.state != PairState.MERGED or row.undo is not None)

    def shown(self, row: Any) -> Sequence[tuple[Any, str]]:
        return (row.product, row.picture), (row.other, row.other_picture)

    def told(self, row: Any) -> str:
        said = f"{capfirst(row.get_kind_display())}."
        if row.state != PairState.MERGED:
            return said
        return f"{said} {_('%(key)s went into the other one.') % {'key': row.removed}}"

    def hint(self, row: Any) -> tuple[Any, str]:
        if row.state != PairState.OPEN or document().merges:
            return "", ""
        return _("To merge pairs here, your document says how:"), "merge(self, keep, remove)"

    def _may(self, request: HttpRequest, pair: Duplicate) -> bool:
        merged = pair.state == PairState.MERGED
        return self.has_merge_permission(request) if merged else self.has_decide_permission(request)

    def _key(self, text: str) -> Any:
        try:
            return self.model._meta.get_field("product").to_python(text)
        except ValidationError:
            return None
