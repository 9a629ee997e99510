"""Every way a request can fail, as problem details (RFC 9457): one place maps exceptions to a status and a code.

A client branches on `code`, which is stable; `detail` is written for people and may change. What is unexpected is
logged in full under the request's id, and answered without a word of it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from django.core import exceptions as django_errors
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from rest_framework import exceptions as drf_errors

from ..errors import (
    ExpiredCursor,
    InvalidRequest,
    KeyRefused,
    ProductSearchError,
    SpaceMissing,
    UnknownProduct,
)
from ..images import DecoderUnavailable, UnreadableImage
from ..moderation import UploadRefused
from ..retrieval import EncoderUnavailable
from . import request_ids
from .shedding import Busy

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
#: What a 401 says of how to ask.
CHALLENGE = MappingProxyType({"WWW-Authenticate": 'Bearer realm="search"'})
#: Seconds after which an answer may be different when something is only not ready yet.
RETRY_AFTER = 10

_PICTURE_STATUS: Mapping[str, int] = MappingProxyType(
    {
        "empty": 400,
        "too_many_bytes": 413,
        "too_many_pixels": 422,
        "not_an_image": 415,
        "unsupported_type": 415,
        "truncated": 422,
        "too_slow": 422,
        "too_much_memory": 422,
        "crashes_decoder": 422,
    }
)

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Problem(ProductSearchError):
    """A request refused, or not answerable now: HTTP `status`, stable `code`, the `parameter` at fault if one is."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        parameter: str | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.parameter = parameter
        self.headers = headers

    def document(self, request_id: str) -> dict[str, Any]:
        """The members of the answer, in reading order."""
        members: dict[str, Any] = {
            "type": f"urn:product-search:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.parameter is not None:
            members["parameter"] = self.parameter
        members["instance"] = request_ids.instance(request_id)
        return members


def answer(problem: Problem, request_id: str) -> HttpResponse:
    """The problem as a response."""
    body = json.dumps(problem.document(request_id), ensure_ascii=False).encode("utf-8", "backslashreplace")
    response = HttpResponse(body, content_type=MEDIA_TYPE, status=problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def of(error: Exception, request: HttpRequest, request_id: str) -> Problem:
    """The problem that `error` is to the client; logs what an operator has to look at."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InvalidRequest):
        return Problem(400, error.code, error.detail, parameter=error.parameter)
    if isinstance(error, KeyRefused):
        return Problem(401, error.code, error.detail, headers=CHALLENGE)
    if isinstance(error, ExpiredCursor):
        return Problem(410, "cursor_expired", str(error), parameter="cursor")
    if isinstance(error, UnknownProduct):
        return Problem(404, "unknown_product", "There is no such product.", parameter="id")
    if isinstance(error, UnreadableImage):
        return of_picture(error, "picture")
    if isinstance(error, UploadRefused) and error.judged:
        detail = "This shop does not take such pictures. Search with another one, or by words."
        return Problem(422, "picture_refused", detail, parameter="picture")
    return (
        _of_request(error)
        or _of_service(error, request, request_id)
        or _unexpected(error, request, request_id)
    )


def of_picture(error: UnreadableImage, parameter: str) -> Problem:
    """What is wrong with the picture that came in `parameter`."""
    status = _PICTURE_STATUS.get(error.reason, 400)
    return Problem(status, error.reason, str(error.detail), parameter=parameter)


def _of_request(error: Exception) -> Problem | None:
    """What Django and REST framework say about a request that can't be read."""
    if isinstance(error, drf_errors.MethodNotAllowed):
        return Problem(405, "method_not_allowed", str(error.detail))
    if isinstance(error, django_errors.RequestDataTooBig):
        return Problem(413, "body_too_large", "The form's fields are larger than this server reads.")
    if isinstance(error, django_errors.TooManyFieldsSent | django_errors.TooManyFilesSent):
        return Problem(400, "too_many_parameters", "The form has more fields than this server reads.")
    if isinstance(error, MultiPartParserError):
        return Problem(400, "malformed_body", f"The multipart body can't be read: {error}.")
    if isinstance(error, UnreadablePostError | django_errors.RequestAborted):
        return Problem(400, "body_cut_off", "The request ended before its body did.")
    if isinstance(error, django_errors.PermissionDenied):
        return Problem(403, "forbidden", "This is not yours to see.")
    if isinstance(error, Http404):
        return Problem(404, "not_found", "There is nothing here.")
    if isinstance(error, django_errors.SuspiciousOperation | django_errors.BadRequest):
        return Problem(400, "bad_request", "The request can't be read.")
    return None


def _of_service(error: Exception, request: HttpRequest, request_id: str) -> Problem | None:
    """What passes by itself or by an operator's hand: the same request may succeed later."""
    later = {"Retry-After": str(RETRY_AFTER)}
    if isinstance(error, Busy):
        return Problem(503, "busy", str(error), headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, EncoderUnavailable):
        logger.warning("%s %s: %s [%s]", request.method, request.path, error, request_id)
        detail = "Pictures can't be searched at the moment; searching by words works."
        return Problem(503, "encoder_unavailable", detail, headers=later)
    if isinstance(error, UploadRefused):
        logger.warning("%s %s: %s [%s]", request.method, request.path, error, request_id)
        detail = "Pictures can't be checked at the moment; searching by words works."
        return Problem(503, "picture_not_judged", detail, headers=later)
    if isinstance(error, DecoderUnavailable):
        logger.warning("%s %s: %s [%s]", request.method, request.path, error, request_id)
        detail = "Pictures can't be read at the moment; searching by words works."
        return Problem(503, "decoder_unavailable", detail, headers=later)
    if isinstance(error, SpaceMissing):
        logger.warning("%s %s: %s [%s]", request.method, request.path, error, request_id)
        return Problem(503, "index_not_ready", "The search index is not built yet.", headers=later)
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("%s %s: %s [%s]", request.method, request.path, error, request_id, exc_info=error)
        return Problem(503, "database_unavailable", "The search index can't be reached.", headers=later)
    return None


def _unexpected(error: Exception, request: HttpRequest, request_id: str) -> Problem:
    logger.error("%s %s failed [%s]", request.method, request.path, request_id, exc_info=error)
    # Error trackers and Django's test client listen for this; the exception ends here otherwise.
    got_request_exception.send(sender=None, request=request)
    return Problem(500, "internal_error", "Something went wrong here; the log has it under this instance.")
