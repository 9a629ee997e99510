"""Rules as somebody wrote them, in a form or a file: read into contents, and refused with what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, get_args

import regex
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ..documents import document
from ..errors import InvalidRequest, ProductSearchError
from ..retrieval.request import MAX_CHARACTERS, SearchRequest
from ..retrieval.steering import MOST_POINTS
from ..text import terms
from .content import (
    ACTIONS,
    About,
    Action,
    Boost,
    Conditions,
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

MOST_WORDS = 200
MOST_PRODUCTS = 500


class BadRule(ProductSearchError):
    """A rule can't be as it was written: `part` is what is at fault, the message says why and what to write."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


def read(kept: Any) -> Content:
    """The content that JSON says. Raises `BadRule` for what is none, with the part that is wrong."""
    if not isinstance(kept, Mapping):
        raise BadRule("", _("A rule is an object with conditions and actions."))
    _only(kept, ("conditions", "actions", "language", "starts", "ends", "note"), "")
    listed = kept.get("actions", [])
    if not isinstance(listed, list):
        raise BadRule("actions", _("Actions are a list."))
    content = Content(
        conditions=_made(Conditions, kept.get("conditions", {}), "conditions"),
        actions=tuple(_action(each) for each in listed),
        language=_text(kept.get("language", ""), "language"),
        starts=_moment(kept.get("starts"), "starts"),
        ends=_moment(kept.get("ends"), "ends"),
        note=_text(kept.get("note", ""), "note"),
    )
    return checked(content)


def checked(content: Content) -> Content:
    """The same, if it can be a rule of this shop. Raises `BadRule`."""
    _check_conditions(content.conditions, content.language)
    if content.language and content.language not in document().languages:
        known = ", ".join(document().languages)
        raise BadRule(
            "language",
            _("There is no language “%(language)s”: choose one of %(known)s, or none.")
            % {"language": content.language, "known": known},
        )
    for name, moment in (("starts", content.starts), ("ends", content.ends)):
        if moment is not None and moment.tzinfo is None:
            raise BadRule(name, _("Say in which time zone that is."))
    if content.starts and content.ends and content.ends <= content.starts:
        raise BadRule("ends", _("It ends before it starts."))
    if not content.actions:
        raise BadRule("actions", _("It does nothing: add at least one action."))
    for action in content.actions:
        _check_action(action)
    return content


def _action(kept: Any) -> Action:
    kind = ACTIONS.get(str(kept.get("do"))) if isinstance(kept, Mapping) else None
    if kind is None:
        raise BadRule(
            "actions",
            _("An action has “do”, which is one of %(known)s.") % {"known": ", ".join(ACTIONS)},
        )
    made: Action = _made(kind, {name: value for name, value in kept.items() if name != "do"}, "actions")
    return made


def _made(kind: Any, kept: Any, part: str) -> Any:
    """The dataclass `kind` of JSON, each field as its default's type says."""
    if not isinstance(kept, Mapping):
        raise BadRule(part, _("This is an object."))
    known = {each.name: each for each in fields(kind)}
    _only(kept, known, part)
    read_of = {
        "words": _text if kind is Replace else _texts, "means": _texts, "products": _texts, "segments": _texts,
        "channels": _texts, "filters": _filters, "which": lambda value, at: _made(Which, value, at),
        "place": _whole, "points": _number, "two_way": _flag,
        "picture": lambda value, at: None if value is None else _flag(value, at),
    }  # fmt: skip
    return kind(**{name: read_of.get(name, _text)(value, part) for name, value in kept.items()})


def _only(kept: Mapping[str, Any], known: Iterable[str], part: str) -> None:
    for name in kept:
        if name not in known:
            raise BadRule(
                part,
                _("There is no “%(name)s” here; known: %(known)s.")
                % {"name": str(name)[:40], "known": ", ".join(known)},
            )


def _text(value: Any, part: str) -> str:
    if not isinstance(value, str) or len(value) > 4 * MAX_CHARACTERS or "\x00" in value:
        raise BadRule(
            part, _("This is a text of at most %(most)d characters.") % {"most": 4 * MAX_CHARACTERS}
        )
    return value.strip()


def _texts(value: Any, part: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > MOST_PRODUCTS:
        raise BadRule(part, _("This is a list of at most %(most)d texts.") % {"most": MOST_PRODUCTS})
    found = (_text(str(each) if isinstance(each, int) else each, part) for each in value)
    return tuple(dict.fromkeys(filter(None, found)))


def _filters(value: Any, part: str) -> Filters:
    if not isinstance(value, Mapping):
        raise BadRule(part, _("Filters are an object: a facet, and its values."))
    chosen = {str(name): _texts(values, part) for name, values in value.items()}
    try:
        return dict(SearchRequest(filters=chosen).filters)
    except InvalidRequest as error:
        raise BadRule(part, error.detail) from error


def _whole(value: Any, part: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:
        raise BadRule(part, _("A place is a number from 1 to 1000."))
    return value


def _number(value: Any, part: str) -> float:
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not -MOST_POINTS <= value <= MOST_POINTS
    ):
        raise BadRule(part, _("Points are a number from -1 to 1."))
    return float(value)


def _flag(value: Any, part: str) -> bool:
    if not isinstance(value, bool):
        raise BadRule(part, _("This is true or false."))
    return value


def _moment(value: Any, part: str) -> datetime | None:
    if value is None:
        return None
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadRule(part, _("A moment is written 2026-12-01T00:00:00+01:00."))
    return moment


def _check_conditions(conditions: Conditions, language: str) -> None:
    if conditions.about not in get_args(About):
        raise BadRule(
            "conditions",
            _("A query is looked at as one of: %(known)s.") % {"known": ", ".join(get_args(About))},
        )
    worded = conditions.about in ("is", "contains", "pattern")
    if worded and not conditions.words:
        raise BadRule("conditions", _("Say which words."))
    if not worded and conditions.words:
        raise BadRule("conditions", _("Words count only where the query is, contains or fits something."))
    if len(conditions.words) > MOST_WORDS:
        raise BadRule("conditions", _("These are too many words: %(most)d at most.") % {"most": MOST_WORDS})
    for each in conditions.words:
        if conditions.about == "pattern":
            try:
                regex.compile(each)
            except regex.error as error:
                raise BadRule(
                    "conditions",
                    _("“%(words)s” is no regular expression: %(why)s.") % {"words": each, "why": error},
                ) from error
        else:
            _said(each, "conditions")


def _check_action(action: Action) -> None:
    match action:
        case Pin(products=()):
            raise BadRule("actions", _("Say which product to pin."))
        case Hide(which=which) | Boost(which=which) | Last(which=which) if not which:
            raise BadRule("actions", _("Say which products: some by themselves, a filter, or a set."))
        case Boost(points=points) if not points:
            raise BadRule("actions", _("A boost of 0 does nothing."))
        case Redirect(url=url) | ShowBanner(url=url) if not is_address(url) and (
            url or action.do == "redirect"
        ):
            raise BadRule(
                "actions",
                _("“%(url)s” is no address: write /sale/ or https://example.org/sale/.") % {"url": url},
            )
        case ShowBanner(text="", image=""):
            raise BadRule("actions", _("A banner has a text or a picture."))
        case ShowBanner(image=image) if image and not is_address(image):
            raise BadRule(
                "actions",
                _("“%(url)s” is no address: write /sale/ or https://example.org/sale/.") % {"url": image},
            )
        case Replace(instead=""):
            raise BadRule("actions", _("Say what to search for instead."))
        case Remove(words=()):
            raise BadRule("actions", _("Say which words to leave out."))
        case Filter(filters=filters) if not filters:
            raise BadRule("actions", _("Say which filter to add."))
        case Synonym(words=words, means=means):
            if not words or not means:
                raise BadRule("actions", _("A synonym has words on both sides."))
            for each in (*words, *means):
                _said(each, "actions")
        case _:
            pass
    named: Which | None = getattr(action, "which", None)
    if named is not None and named.among and named.among not in document().product_sets():
        known = ", ".join(document().product_sets()) or _("none")
        raise BadRule(
            "actions",
            _("The document has no set “%(name)s” (product_sets); known: %(known)s.")
            % {"name": named.among, "known": known},
        )


def _said(words: str, part: str) -> None:
    if not terms(words, ""):
        raise BadRule(part, _("“%(words)s” has no word to look for.") % {"words": words})


def is_address(url: str) -> bool:
    """Whether a browser can be sent there: a path of the shop, or http(s)."""
    if any(character.isspace() or character == "\\" for character in url):
        return False
    return (url.startswith("/") and not url.startswith("//")) or url.startswith(("https://", "http://"))
