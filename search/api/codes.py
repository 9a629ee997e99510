"""Every code that a problem may have: stable, so that a client may branch on it, and what it is to do about it.

    python manage.py shell -c "from product_search.api import codes; codes.write('docs/api.md')"

prints them into the page; a test holds both to what the code raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_MARKS = re.compile(r"(<!-- codes -->\n).*?(<!-- /codes -->)", re.DOTALL)

#: What each means, by status and code.
CODES: Mapping[int, Mapping[str, str]] = MappingProxyType(
    {
        400: {
            "bad_cursor": "Send `next` of the answer before as it stands, or `cursor=new`; no `page` beside it",
            "bad_example": "An example is words, a picture, a product or a vector: one of them",
            "bad_filter": "The facet takes no such value, or not so many",
            "bad_picture_url": "Send an address, `http://` or `https://`, without a user name",
            "bad_range": "A range is `10..50`, `10..` or `..50`, the lower end first",
            "bad_request": "Django could not read the request: an odd host, a suspicious name",
            "bad_value": "The parameter takes other values: `detail` names them",
            "bad_vector": "A vector has as many finite numbers as the serving model's, not all 0, and a `kind`",
            "bad_weight": "A weight is a number from 0 to 1, after a `^`; of a vector from -1 to 1",
            "bad_where": "A clause is an array of `facet:value` or `-facet:value`",
            "body_cut_off": "The connection ended before the body did: send it again",
            "empty": "The picture has no bytes",
            "foreign_cursor": "The cursor is of another search, or of somebody else",
            "invalid_event": "`parameter` says which event, and what of it",
            "invalid_text": "Text is UTF-8, without NUL characters",
            "malformed_body": "The body is neither JSON nor a form, as its Content-Type says",
            "missing_parameter": "`parameter` is what is missing",
            "not_a_number": "Send a whole number",
            "nothing_to_be_like": "It only says what to be unlike: add what to be like",
            "out_of_range": "The number is too small or too large: `detail` says from where to where",
            "picture_not_a_file": "Send the picture as a file of a form, with a file name",
            "picture_urls_off": "This shop takes no addresses of pictures (PICTURE_URLS): send the file",
            "repeated_parameter": "Send it once",
            "too_deep": "Numbered pages end at hit 1,000: narrow the search, or walk with a cursor",
            "too_long": "The text has too many characters or words",
            "too_many_conditions": "Ask for less at once",
            "too_many_events": "100 events at once",
            "too_many_examples": "8 of them at once",
            "too_many_fields": "100 fields at once",
            "too_many_labels": "100 labels at once",
            "too_many_parameters": "200 parameters at once",
            "too_many_pictures": "20 pictures at once",
            "too_many_products": "20 products at once",
            "too_many_viewed": "50 products at once",
            "unknown_channel": "Not among `Meta.channels` of the shop's document",
            "unknown_currency": "Not among `Meta.currencies` of the shop's document",
            "unknown_field": "The answer has no such member: `detail` names the nearest",
            "unknown_filter": "The shop has no such facet: `detail` lists them",
            "unknown_language": "The shop does not speak it: `detail` lists what it does",
            "unknown_parameter": "`detail` names the nearest that there is",
            "unknown_sort": "`detail` lists the orders that there are",
            "wrong_type": "A member of the JSON has another type: `detail` says which",
        },
        401: {
            "expired_key": "Get a new [key](keys.md)",
            "key_required": "Send a key: without one the shop does not answer this (ANONYMOUS)",
            "not_authorized": "`v1/metrics` wants METRICS_TOKEN or staff",
            "revoked_key": "Get a new key",
            "unknown_key": "There is no such key; a secret one counts only in the header",
        },
        403: {
            "action_not_allowed": "The key is not for this endpoint",
            "csrf_failed": "A signed-in user's POST needs Django's CSRF token: the header `X-CSRFToken`",
            "forbidden": "Your document raised Django's `PermissionDenied`",
            "not_with_this_key": "The key is bound to another channel or currency",
            "origin_not_allowed": "The key is not for pages of this origin; without a key, none but the shop's own",
            "staff_only": "Sign in with a staff account, or send a secret key that may explain",
        },
        404: {
            "not_found": "Your document raised Django's `Http404`",
            "unknown_facet": "The shop has no such facet, or not one of values",
            "unknown_product": "There is no such product, or whoever asks can't see it",
        },
        405: {"method_not_allowed": "`Allow` lists the methods"},
        410: {"cursor_expired": "The list is no longer kept: begin again with `cursor=new`"},
        411: {"length_required": "A body needs Content-Length"},
        413: {
            "body_too_large": "More bytes than are read",
            "too_many_bytes": "The picture has more than MAX_UPLOAD_BYTES: make it smaller",
        },
        415: {
            "not_an_image": "No picture",
            "unsupported_media_type": "`detail` says which bodies are read",
            "unsupported_type": "No kind of picture that is read: send JPEG, PNG or WebP",
        },
        422: {
            "crashes_decoder": "The picture can't be unpacked",
            "picture_not_fetched": "No picture can be had from this address: send the file",
            "picture_refused": "The picture falls under a [policy](moderation.md) of the shop",
            "too_many_pixels": "More than MAX_PICTURE_PIXELS: make it smaller",
            "too_much_memory": "The picture takes too much memory to unpack",
            "too_slow": "The picture takes longer than two seconds to unpack",
            "truncated": "The picture is damaged, or not all of it came",
        },
        429: {"too_many_requests": "Ask again after `Retry-After` seconds"},
        500: {"internal_error": "A fault of ours: the log has it under `instance`"},
        501: {"metrics_not_installed": '`pip install "django-product-search[metrics]"`'},
        503: {
            "busy": "As many searches as the process can bear: ask again after `Retry-After` seconds",
            "database_unavailable": "The database does not answer",
            "decoder_unavailable": "Pictures can't be read just now; words can be searched for",
            "disabled": "`v1/ready`: ENABLED is False",
            "encoder_not_ready": "`v1/ready`: the model has not answered this process yet",
            "encoder_unavailable": "Pictures can't be searched by just now; words can",
            "index_not_ready": "Nothing is indexed yet",
            "not_migrated": "`v1/ready`: `manage.py migrate` is to be run",
            "picture_not_judged": "A policy of the shop can't be asked just now, and says to refuse then",
        },
    }
)


def every() -> list[str]:
    """Each code once, sorted."""
    return sorted({code for codes in CODES.values() for code in codes})


def printed(page: str) -> str:
    """The `page` with the table of all codes between its marks."""
    rows = [
        f"| {status} | `{code}` | {meaning} |"
        for status, codes in CODES.items()
        for code, meaning in sorted(codes.items())
    ]
    table = "\n".join(["| status | code | what it means, or what to do |", "|---|---|---|", *rows]) + "\n"
    return _MARKS.sub(lambda found: found[1] + table + found[2], page)


def write(page: str) -> None:
    """Print the table into a page."""
    path = Path(page)
    path.write_text(printed(path.read_text(encoding="utf-8")), encoding="utf-8")
