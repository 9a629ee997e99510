"""Results in a visitor's taste, for those who ask for it: what they looked at last is kept in their session alone."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

#: In the session, of those who want it: the keys of products, the latest first.
KEY = "looked_at"
#: More is not kept.
MOST = 20


def looked_at(request: HttpRequest | None) -> Sequence[int] | None:
    """What this visitor looked at; None where nobody said that it may be kept."""
    if request is None:
        return ()
    kept: list[int] | None = request.session.get(KEY)
    return kept


def look(request: HttpRequest, product: int) -> None:
    """Keep that this visitor looks at a product, if they want that."""
    kept = looked_at(request)
    if kept is not None:
        request.session[KEY] = [product, *(each for each in kept if each != product)][:MOST]


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """From now on keep what this visitor looks at, or forget it all; then back to where they were."""
    if request.POST.get("taste") == "on":
        request.session.setdefault(KEY, [])
    else:
        request.session.pop(KEY, None)
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "catalog:results"
    return redirect(back)
