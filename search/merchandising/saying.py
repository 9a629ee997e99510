"""A rule in words: what it is about and what it does, in the language that is active."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .content import (
    Action,
    Boost,
    Content,
    Filter,
    Filters,
    Hide,
    Last,
    Pin,
    Redirect,
    Remove,
    Replace,
    ShowBanner,
    Synonym,
    Which,
)


def searches_said(content: Content) -> str:
    """For which searches it is."""
    return "; ".join(_conditions(content)) or _("every search")


def actions_said(content: Content) -> tuple[str, ...]:
    """What it does, one text each."""
    return tuple(_action(action) for action in content.actions)


def _conditions(content: Content) -> Iterator[str]:
    conditions = content.conditions
    words = ", ".join(f"“{each}”" for each in conditions.words[:5]) + " …" * (len(conditions.words) > 5)
    if conditions.about == "is":
        yield _("the query is %(words)s") % {"words": words}
    elif conditions.about == "contains":
        yield _("the query contains %(words)s") % {"words": words}
    elif conditions.about == "pattern":
        yield _("the query fits the pattern %(words)s") % {"words": words}
    elif conditions.about == "none" and not conditions.filters:
        yield _("browsing, without words")
    if conditions.filters:
        page = _("the page %(filters)s") if conditions.about == "none" else _("filtered by %(filters)s")
        yield page % {"filters": _filters(conditions.filters)}
    if conditions.picture is not None:
        yield _("with a picture") if conditions.picture else _("without a picture")
    if conditions.segments:
        yield _("for %(segments)s") % {"segments": ", ".join(conditions.segments)}
    if conditions.channels:
        yield _("in %(channels)s") % {"channels": ", ".join(conditions.channels)}
    if content.language:
        yield _("in the language %(language)s") % {"language": content.language}
    if content.starts:
        yield _("from %(moment)s") % {
            "moment": date_format(localtime(content.starts), "SHORT_DATETIME_FORMAT")
        }
    if content.ends:
        yield _("until %(moment)s") % {
            "moment": date_format(localtime(content.ends), "SHORT_DATETIME_FORMAT")
        }


def _action(action: Action) -> str:
    match action:
        case Pin(products=products, place=place):
            count = len(products)
            said = ngettext(
                "pins %(count)d product from place %(place)d",
                "pins %(count)d products from place %(place)d",
                count,
            )
            return said % {"count": count, "place": place}
        case Hide(which=which):
            return _("hides %(products)s") % {"products": _which(which)}
        case Boost(which=which, points=points):
            said = (
                _("boosts %(products)s by %(points)s")
                if points > 0
                else _("buries %(products)s by %(points)s")
            )
            return said % {"products": _which(which), "points": f"{abs(points):g}"}
        case Last(which=which):
            return _("puts %(products)s last") % {"products": _which(which)}
        case Redirect(url=url):
            return _("sends to %(url)s") % {"url": url}
        case ShowBanner(text=text, image=image):
            return _("shows “%(text)s”") % {"text": text or image}
        case Replace(words=words, instead=instead):
            return _("replaces %(words)s by “%(instead)s”") % {
                "words": f"“{words}”" if words else _("the whole query"), "instead": instead,
            }  # fmt: skip
        case Remove(words=words):
            return _("leaves out %(words)s") % {"words": ", ".join(words)}
        case Filter(filters=filters):
            return _("filters by %(filters)s") % {"filters": _filters(filters)}
        case Synonym(words=words, means=means, two_way=two_way):
            return f"{', '.join(words)} {'=' if two_way else '→'} {', '.join(means)}"


def _which(which: Which) -> str:
    said = []
    if which.products:
        said.append(
            ngettext("%(count)d product", "%(count)d products", len(which.products))
            % {"count": len(which.products)}
        )
    if which.asks:
        said.append("; ".join(filter(None, (which.among, _filters(which.filters)))))
    return ", ".join(said)


def _filters(filters: Filters | Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in filters.items())
