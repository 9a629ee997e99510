"""From `(name, value)` pairs, whichever way they came, to a `SearchRequest`; every refusal names its parameter."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_to_bytes

from django.conf import settings as django_settings
from django.http import HttpRequest
from PIL.Image import Image

from ..documents import document
from ..errors import InvalidRequest
from ..retrieval import SearchRequest
from .bodies import Pairs
from .examples import NAMES, VECTORS, examples
from .problems import Problem

FILTER = "filter."
SEARCH = (
    "q",
    "sort",
    "page",
    "per_page",
    "facets",
    "where",
    "spelling",
    "plain",
    *NAMES,
    VECTORS,
    "highlight",
    "explain",
    "viewed",
    "personal",
    "cursor",
    "language",
)
#: Of a POST alone: nobody's link should have us ask a third party.
PICTURE_URL = "picture_url"
#: Parameters that may be repeated.
LISTS = ("fields", "facets", "where", "plain", "viewed", "for", "labels", *NAMES, VECTORS)
WHY_NOT = ("product", *(name for name in SEARCH if name not in ("facets", "highlight", "explain", "cursor")))
SIMILAR = ("q", "limit", "language")
FACET = (
    "matching",
    "limit",
    *(
        each
        for each in SEARCH
        if each not in ("sort", "page", "per_page", "facets", "highlight", "explain", "cursor")
    ),
)
RECOMMEND = ("for", "by", "complements", "diversity", "limit", "language")
SUGGEST = ("q", "limit", "language")
TAGS = ("language",)
CLASSIFY = ("labels", "text", "language")
COVER = ("q", "language")
MEDIA = ("text", "limit", "language")
RANK = ("text", "language")
#: What a POST may have in its address, too.
ADDRESSED = ("language", "currency", "channel", "fields")
#: What goes along with `language`, wherever that is known.
BESIDE_LANGUAGE = ("currency", "channel")
#: Far above what a search needs, far below what a server could choke on.
MAX_PAIRS = 200

#: What `SearchRequest` says of a filter, which it knows by its facet's name alone.
_FILTER_CODES = frozenset({"unknown_filter", "bad_filter", "bad_range"})
_WHOLE = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_SHARE = re.compile(r"0|1|0?\.[0-9]{1,9}|0\.0*|1\.0{1,9}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


def of_query_string(request: HttpRequest) -> Pairs:
    """The pairs of the request's query string, always as UTF-8; raises `Problem` 400.

    `request.GET` is not asked: it decodes by the host's charset or the client's Content-Type, puts replacement
    characters where bytes are wrong, and counts by the host's DATA_UPLOAD_MAX_NUMBER_FIELDS.
    """
    text = str(request.META.get("QUERY_STRING", ""))
    # WSGI hands bytes over as latin-1 characters, ASGI as the text that they are.
    raw = text.encode("latin-1") if hasattr(request, "environ") else text.encode()
    parts = [part for part in raw.split(b"&") if part]
    if len(parts) > MAX_PAIRS:
        detail = f"{len(parts)} parameters; at most {MAX_PAIRS} are read."
        raise Problem(400, "too_many_parameters", detail)
    return tuple(_pair(part) for part in parts)


def _pair(part: bytes) -> tuple[str, str]:
    name, _, value = part.partition(b"=")
    decoded = _decode(name, None)
    return decoded, _decode(value, decoded)


def _decode(escaped: bytes, name: str | None) -> str:
    try:
        return unquote_to_bytes(escaped.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise Problem(400, "invalid_text", "This is not UTF-8.", parameter=name) from None


def check(pairs: Pairs, known: Sequence[str], *, filters: bool) -> None:
    """Refuse unknown names (with the nearest known one), repeated single values, and text no database can hold."""
    seen: set[str] = set()
    for name, value in pairs:
        if filters and name.startswith(FILTER) and name != FILTER:
            pass
        elif name not in known:
            raise _unknown(name, known, filters=filters)
        elif name in seen and name not in LISTS:
            raise Problem(400, "repeated_parameter", f"{name} came more than once.", parameter=name)
        if "\x00" in name + value or _SURROGATE.search(name + value):
            detail = "NUL characters and lone surrogates are not text."
            raise Problem(400, "invalid_text", detail, parameter=name)
        seen.add(name)


def _unknown(name: str, known: Sequence[str], *, filters: bool) -> Problem:
    facets = list(document().facets) if filters else []
    shown = name[:80].encode("utf-8", "replace").decode()
    candidates = [*known, *(FILTER + facet for facet in facets)]
    if name in facets:
        hint = f"Did you mean {FILTER}{name}?"
    elif near := difflib.get_close_matches(name[:80], candidates, n=1):
        hint = f"Did you mean {near[0]}?"
    else:
        hint = f"Known: {', '.join(candidates)}."
    return Problem(400, "unknown_parameter", f"{shown!r} is not a parameter. {hint}", parameter=shown)


def check_address(pairs: Pairs) -> None:
    """Refuse what a POST's address may not hold: its body says all but language and the like. Raises `Problem`."""
    for name, _ in pairs:
        if name not in ADDRESSED:
            detail = f"A POST takes {name[:80]!r} in its body, not in its address."
            raise Problem(400, "unknown_parameter", detail, parameter=name[:80])


def language_of(pairs: Pairs) -> str | None:
    """The language asked for by `language`; None when none was. Raises `Problem` 400 for one that nobody speaks."""
    asked = dict(pairs).get("language")
    if not asked:
        return None
    for code in (asked.lower(), asked.lower().split("-")[0]):
        if code in known_languages():
            return code
    detail = f"{asked[:40]!r} is not a language of this shop. Known: {', '.join(document().languages)}."
    raise Problem(400, "unknown_language", detail, parameter="language")


def currency_of(pairs: Pairs) -> str:
    """The currency asked for; "" when none was. Raises `Problem` 400 for one that the document does not declare."""
    return _declared(pairs, "currency", document().currencies, "Meta.currencies")


def channel_of(pairs: Pairs) -> str:
    """The sales channel asked for; "" when none was. Raises `Problem` 400 for one that is not declared."""
    return _declared(pairs, "channel", document().channels, "Meta.channels")


def _declared(pairs: Pairs, name: str, known: Sequence[str], option: str) -> str:
    asked = dict(pairs).get(name) or ""
    if asked and asked not in known:
        which = f"Known: {', '.join(known)}." if known else f"Its document declares none ({option})."
        detail = f"{asked[:40]!r} is not a {name} of this shop. {which}"
        raise Problem(400, f"unknown_{name}", detail, parameter=name)
    return asked


def known_languages() -> list[str]:
    """Languages an answer can be in: those that are indexed, then those that only labels may have."""
    return list(dict.fromkeys((*document().languages, *(code for code, _ in django_settings.LANGUAGES))))


def whole_number(pairs: Pairs, name: str, default: int) -> int:
    """The value of `name` as an integer; `default` when it was not given or left empty. Raises `Problem` 400."""
    value = dict(pairs).get(name) or ""
    if not value:
        return default
    if not _WHOLE.fullmatch(value):
        detail = f"{name} is {value[:40]!r}; expected a whole number."
        raise Problem(400, "not_a_number", detail, parameter=name)
    return int(value)


def share(pairs: Pairs, name: str, default: float) -> float:
    """The value of `name` as a number from 0 to 1; `default` when it was not given. Raises `Problem` 400."""
    value = dict(pairs).get(name) or ""
    if not value:
        return default
    if not _SHARE.fullmatch(value):
        detail = f"{name} is {value[:40]!r}; expected a number from 0 to 1."
        raise Problem(400, "out_of_range", detail, parameter=name)
    return float(value)


def search_request(
    pairs: Pairs, picture: Image | None, more: Iterable[tuple[str, Image]] = ()
) -> SearchRequest:
    """The search that the pairs ask for, with `more` pictures by the fields that they came in.

    `SearchRequest` checks ranges, filters and lengths (`InvalidRequest`).
    """
    filters = _filters(pairs)
    try:
        return SearchRequest(
            q=dict(pairs).get("q", ""),
            picture=picture,
            examples=examples(pairs, more),
            filters=filters,
            where=_where(value for name, value in pairs if name == "where" and value),
            sort=dict(pairs).get("sort", ""),
            page=whole_number(pairs, "page", SearchRequest.page),
            per_page=whole_number(pairs, "per_page", SearchRequest.per_page),
            facets=_facets(value for name, value in pairs if name == "facets"),
            spelling=is_on(pairs, "spelling"),
            plain=_facets(value for name, value in pairs if name == "plain") or (),
            highlight=is_true(pairs, "highlight"),
            explain=is_true(pairs, "explain"),
            viewed=tuple(value for name, value in pairs if name == "viewed" and value),
            personal=is_on(pairs, "personal"),
        )
    except InvalidRequest as error:
        if error.code in _FILTER_CODES and error.parameter in filters:
            raise InvalidRequest(error.code, FILTER + error.parameter, error.detail) from None
        raise


def is_on(pairs: Pairs, name: str) -> bool:
    """Whether `name` is anything but `off`. Raises `Problem` 400 for another value than on or off."""
    value = dict(pairs).get(name) or "on"
    if value not in ("on", "off"):
        raise Problem(400, "bad_value", f"{name} is {value[:40]!r}; expected on or off.", parameter=name)
    return value == "on"


def is_true(pairs: Pairs, name: str) -> bool:
    """Whether the value of `name` is true; false when it was not given. Raises `Problem` 400 for another value."""
    value = dict(pairs).get(name) or "false"
    if value not in ("true", "false"):
        raise Problem(400, "bad_value", f"{name} is {value[:40]!r}; expected true or false.", parameter=name)
    return value == "true"


def _filters(pairs: Pairs) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        # A form sends its empty fields too: nothing was chosen there.
        if name.startswith(FILTER) and value:
            facet = name.removeprefix(FILTER)
            chosen[facet] = (*chosen.get(facet, ()), value)
    return chosen


def _where(values: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Each value a clause: a JSON array of literals. Raises `Problem` 400 for anything else."""
    clauses = []
    for value in values:
        try:
            clause = json.loads(value)
        except (ValueError, RecursionError):
            clause = None
        if not isinstance(clause, list) or not all(isinstance(each, str) for each in clause):
            detail = f'{value[:80]!r} came; expected a JSON array of strings: ["brand:acme", "-colour:red"].'
            raise Problem(400, "bad_where", detail, parameter="where")
        clauses.append(tuple(clause))
    return tuple(clauses)


def _facets(values: Iterable[str]) -> tuple[str, ...] | None:
    """`facets=a,b`, repeated or not; None (all of them) when it was not given, none at all for `facets=`."""
    given = list(values)
    if not given:
        return None
    return tuple(dict.fromkeys(name for value in given for name in value.split(",") if name))
