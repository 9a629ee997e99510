"""The two bodies we read, always as UTF-8: the host's charset, upload handlers and strictness are not asked.

Both give a `Body`: the same `(name, value)` pairs that a query string gives, and the picture that came with them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser
from django.utils.http import parse_header_parameters

from ..conf import settings
from ..retrieval.request import MAX_EXAMPLES
from .examples import NAMES, PRODUCTS, VECTORS
from .problems import Problem

#: Room for a body without a picture: words, filters, boundaries.
TEXT_BYTES = 256 * 1024
#: Of one request.
MOST_SEARCHES = 20

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Body:
    """What a POST says: parameters as `(name, value)` pairs, and the bytes of the picture, if one was sent."""

    pairs: Pairs = ()
    picture: bytes | None = None
    #: Further pictures, each with the name of its field: `like`, `unlike`, with a weight or without.
    more: tuple[tuple[str, bytes], ...] = ()


def check_length(request: HttpRequest) -> None:
    """Refuse a body that is too large, or of unknown length, before a byte of it is read.

    Raises `Problem` 411 or 413. A body without Content-Length would be read as empty, and a picture search answered
    as if it were browsing.
    """
    meta = request.META
    declared = meta.get("CONTENT_LENGTH") or ""
    if not declared and meta.get("HTTP_TRANSFER_ENCODING"):
        raise Problem(411, "length_required", "Send Content-Length: a body of unknown length is not read.")
    if not declared.isdigit():
        return
    multipart = str(meta.get("CONTENT_TYPE", "")).lower().startswith("multipart/")
    limit = TEXT_BYTES + (settings().max_upload_bytes if multipart else 0)
    if int(declared) > limit:
        raise Problem(
            413, "body_too_large", f"The body has {int(declared):,} bytes; at most {limit:,} are read."
        )


def read(request: HttpRequest, *, pictures: int = 1) -> Body:
    """The request's body, with at most so many `pictures`: all but the first are among `more`.

    Raises `Problem`, or an error of Django's that `problems.of` maps.
    """
    check_length(request)
    media_type, _ = parse_header_parameters(str(request.META.get("CONTENT_TYPE", "")))
    if media_type == "application/json":
        return from_json(request.read())
    if media_type == "multipart/form-data":
        return _read_form(request, pictures)
    detail = "Send application/json, or multipart/form-data with a picture."
    raise Problem(415, "unsupported_media_type", detail)


def from_json(body: bytes) -> Body:
    """`{"q": ..., "filters": {name: value or [values]}, "page": ...}`; raises `Problem` 400 for anything else."""
    return of_object(_parsed(body))


def of_object(document: Any) -> Body:
    """Parsed JSON as a `Body`; raises `Problem` 400 for anything but an object whose members have their types."""
    if not isinstance(document, dict):
        raise Problem(400, "malformed_body", f"Expected a JSON object, got {_kind(document)}.")
    return Body(tuple(_flatten(document)))


def searches(request: HttpRequest) -> list[Any]:
    """What the member `searches` of a JSON body lists, MOST_SEARCHES at most; raises `Problem`."""
    check_length(request)
    media_type, _ = parse_header_parameters(str(request.META.get("CONTENT_TYPE", "")))
    if media_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    document = _parsed(request.read())
    if not isinstance(document, dict):
        raise Problem(400, "malformed_body", f"Expected a JSON object, got {_kind(document)}.")
    for name in document:
        if name != "searches":
            detail = f"{name[:80]!r} is not a member. Known: searches."
            raise Problem(400, "unknown_parameter", detail, parameter=name[:80])
    if not document:
        raise Problem(400, "missing_parameter", 'Send {"searches": [{"q": ...}, ...]}.', parameter="searches")
    listed: list[Any] = _expect(document["searches"], list, "searches")
    if not 1 <= len(listed) <= MOST_SEARCHES:
        detail = f"{len(listed)} searches; expected 1 to {MOST_SEARCHES}."
        raise Problem(400, "out_of_range", detail, parameter="searches")
    return listed


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Problem(400, "malformed_body", f"The body is not UTF-8: byte {error.start}.") from None
    except RecursionError:
        raise Problem(400, "malformed_body", "The JSON is nested too deeply.") from None
    except ValueError as error:
        raise Problem(400, "malformed_body", f"The body is not JSON: {error}.") from None


def _read_form(request: HttpRequest, pictures: int) -> Body:
    if hasattr(request, "_files"):  # a middleware has read it before us
        return from_form(request.POST.lists(), request.FILES.lists(), pictures)
    # Ours, not the host's FILE_UPLOAD_HANDLERS: those may store, scan or refuse what is only searched with.
    handlers = [MemoryFileUploadHandler(request), TemporaryFileUploadHandler(request)]
    fields, files = MultiPartParser(request.META, request, handlers, "utf-8").parse()
    return from_form(fields.lists(), files.lists(), pictures)


def from_form(fields: Any, files: Any, pictures: int = 1) -> Body:
    """A parsed form's `lists()` as a `Body`; raises `Problem` 400 for a file by another name, or too many pictures."""
    picture: bytes | None = None
    more: list[tuple[str, bytes]] = []
    for name, uploads in files:
        if str(name).partition("^")[0] in PRODUCTS:
            more += [(str(name), _read_upload(upload)) for upload in uploads]
            continue
        if name != "picture":
            detail = 'The file to search with is the field "picture"; further ones are "like" and "unlike".'
            raise Problem(400, "unknown_parameter", detail, parameter=str(name))
        if len(uploads) > pictures:
            code = "repeated_parameter" if pictures == 1 else "too_many_pictures"
            most = f"{len(uploads)} pictures; at most {pictures} are read."
            detail = "Send one picture." if pictures == 1 else most
            raise Problem(400, code, detail, parameter="picture")
        picture = _read_upload(uploads[0])
        more += [(str(name), _read_upload(upload)) for upload in uploads[1:]]
    pairs = tuple((str(name), str(value)) for name, values in fields for value in values)
    if any(name == "picture" for name, _ in pairs):
        detail = "The picture came as a text field; send it as a file, with a file name."
        raise Problem(400, "picture_not_a_file", detail, parameter="picture")
    if sum(name != "picture" for name, _ in more) > MAX_EXAMPLES:
        detail = f"{len(more)} pictures; at most {MAX_EXAMPLES} are compared."
        raise Problem(400, "too_many_examples", detail, parameter="like")
    return Body(pairs, picture, tuple(more))


def _read_upload(upload: UploadedFile[bytes]) -> bytes:
    content: bytes = upload.read()
    upload.close()
    return content


def _flatten(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """JSON members as the pairs a query string would hold, each checked for its type."""
    for name, value in document.items():
        if name in (
            "q",
            "sort",
            "spelling",
            "personal",
            "cursor",
            "language",
            "currency",
            "channel",
            "text",
            "picture_url",
        ):
            yield name, _expect(value, str, name)
        elif name in ("page", "per_page", "limit"):
            yield name, str(_expect(value, int, name))
        elif name in ("highlight", "explain"):
            yield name, "true" if _expect(value, bool, name) else "false"
        elif name in ("facets", "plain", "fields"):
            chosen = _expect(value, list, name)
            yield name, ",".join(_expect(item, str, name) for item in chosen)
        elif name == "where":
            for clause in _expect(value, list, name):
                yield name, json.dumps([_expect(each, str, name) for each in _expect(clause, list, name)])
        elif name == "labels":
            for item in _expect(value, list, name):
                yield name, _expect(item, str, name)
        elif name in (*NAMES, "viewed"):
            for item in _expect(value, list, name):
                yield name, str(item) if type(item) is int else _expect(item, str, name)
        elif name == VECTORS:
            for item in _expect(value, list, name):
                yield name, json.dumps(_expect(item, dict, name))
        elif name == "filters":
            for facet, values in _expect(value, dict, name).items():
                for one in values if isinstance(values, list) else [values]:
                    yield f"filter.{facet}", _filter_value(one, f"filters.{facet}")
        elif name == "picture":
            detail = "Send a picture as a file, by multipart/form-data."
            raise Problem(400, "picture_not_a_file", detail, parameter=name)
        else:
            yield name, ""  # unknown: named with its nearest known one where every source's names are checked


_KINDS: Mapping[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "a whole number",
    float: "a number",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def _kind(value: object) -> str:
    return _KINDS[type(value)]


def _expect(value: Any, kind: type, name: str) -> Any:
    if type(value) is not kind:  # a bool is an int to isinstance
        detail = f"{name} is {_kind(value)}; expected {_KINDS[kind]}."
        raise Problem(400, "wrong_type", detail, parameter=name)
    return value


def _filter_value(value: Any, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return str(_expect(value, str, name))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
