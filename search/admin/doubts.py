"""Pictures that don't seem to fit their product, in the admin: the surest first, dismissed for good or to be mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..documents import document
from ..documents.reading import read_pictures
from ..indexing.work import database
from ..models import DoubtState
from ..tagging.doubting import decide
from .one_by_one import UNDO, Button, OneByOneAdmin, Side, Verdict, addresses_of


class DoubtAdmin(OneByOneAdmin):
    """Each doubted picture stands beside the one that it is most like."""

    list_display = ("thumbnail", "product_link", "kind", "percent", "state", "decided_by", "decided_at")
    list_display_links = ("thumbnail", "kind")
    list_filter = ("state", "kind")
    ordering = ("-sure", "pk")
    decided_in = ("-sure", "pk")
    nothing = _("No picture is doubted")
    nothing_more = _(
        "Pictures are compared with titles and categories of all products as they come or change, once there are 200 "
        "of them; what does not fit will be shown here."
    )

    @admin.display(description=_("picture"))
    def thumbnail(self, doubt: Any) -> str:
        """The doubted picture in small."""
        pictures = read_pictures(document(), [doubt.product])[doubt.product]
        address = "".join(addresses_of(each for each in pictures if each.picture == doubt.picture))
        if not address:
            return format_html('<span class="ps-thumbnail {}"></span>', "ps-thumbnail-none")
        return format_html(
            '<img class="ps-thumbnail" src="{}" alt="{}" width="48" height="48" loading="lazy">',
            address,
            doubt,
        )

    @admin.display(description=_("sure"), ordering="sure")
    def percent(self, doubt: Any) -> str:
        """How many pictures that are doubted so much are expected to be wrong."""
        return f"{doubt.sure:.0%}"

    def verdicts(self, request: HttpRequest, number: int) -> Mapping[str, Verdict]:
        may = self.has_decide_permission(request)

        def to(state: DoubtState, said: Any) -> Verdict:
            by = request.user.get_username()
            return Verdict(lambda doubt, form: decide(doubt, state, by=by, using=database()), said, may)

        return {
            "dismiss": to(DoubtState.DISMISSED, _("%(row)s: the picture is right.")),
            "wrong": to(DoubtState.WRONG, _("%(row)s: to be mended.")),
            UNDO: to(DoubtState.OPEN, _("%(row)s: open again.")),
        }

    def buttons(self, request: HttpRequest, row: Any, sides: Sequence[Side]) -> list[Button]:
        if not self.has_decide_permission(request):
            return []
        return [
            Button("dismiss", _("The picture is right: never doubt it again"), "d"),
            Button("wrong", _("It is wrong: keep it on the list of what is to be mended"), "w"),
        ]

    def may_undo(self, request: HttpRequest, row: Any) -> bool:
        return self.has_decide_permission(request)

    def behind(self, row: Any) -> Q:
        return Q(sure__lt=row.sure) | Q(sure=row.sure, pk__gt=row.pk)

    def shown(self, row: Any) -> Sequence[tuple[Any, str]]:
        most_like = () if row.like is None else ((row.like, row.like_picture),)
        return (row.product, row.picture), *most_like

    def told(self, row: Any) -> str:
        return str(
            _(
                "%(kind)s; %(percent)d of 100 pictures doubted so much are wrong. Beside it, what it is most like."
            )
        ) % {"kind": capfirst(row.get_kind_display()), "percent": round(100 * row.sure)}
