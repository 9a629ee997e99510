"""What all our views share. Each policy is set here, so REST framework never asks the host's REST_FRAMEWORK.

Who asks, and whether they may, is in `asking`; which pages of other origins may read the answer, in `cors`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from django.conf import settings as django_settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.log import log_response
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView, set_rollback

from ..documents import SearchScope
from ..errors import KeyRefused
from ..keys.grant import Grant
from . import asking, cors, parameters, problems, request_ids, selection, sharing, shedding, validators
from .bodies import Pairs


class JSONRenderer(BaseRenderer):
    """UTF-8 JSON; a number that JSON has no word for is an error here, not in the client."""

    media_type = "application/json"
    format = "json"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, allow_nan=False).encode()


class OneFormat(BaseContentNegotiation):
    """Answers are JSON whatever `Accept` says, as RFC 9110 allows."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Any, parsers: Any) -> None:
        """None: bodies are read by `bodies.read`."""


class ApiView(APIView):
    """Reads parameters, knows for whom, answers JSON or a problem, and says how it may be cached."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = ()
    content_negotiation_class = OneFormat
    metadata_class = None
    versioning_class = None
    #: Absent from the host's own schema, whichever generator made it; ours is `openapi.json`.
    schema = None

    #: Which of `conf.ACTIONS` it is; None: open to whoever reaches the process, and no key is read.
    action: ClassVar[str | None]
    #: Whether it takes the CSRF token in its body too, and so checks that itself.
    reads_csrf = False
    #: What the answer depends on beside its address.
    vary: tuple[str, ...] = ("Accept-Language", "Authorization", "Cookie", "Origin")
    cache_control = "private"
    #: Names a query string may hold.
    known: tuple[str, ...] = ()
    filters = False
    #: Whether a request needs a place among those that this process does at once: whatever asks the index does.
    takes_place = True
    #: The shape of the answer, where `fields` may select members of it.
    shape: type[Serializer[Any]] | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.request_id = request_ids.of(request)
        self.language: str | None = None
        self.currency = self.channel = ""
        self.wanted: selection.Wanted = None
        #: For how long caches may hand the answer on to others; 0 is not at all.
        self.public_seconds = 0
        self.grant: Grant | None = None
        #: The other origin whose pages may read the answer.
        self.allowed_origin = ""

    # Where REST framework would ask the host's settings

    def get_format_suffix(self, **kwargs: Any) -> None:
        """None: a host's FORMAT_SUFFIX_KWARG may have the name of a part of our path."""

    def perform_authentication(self, request: Request) -> None:
        """Who asks, from where; REST framework would put UNAUTHENTICATED_USER in the place of the session's user."""
        asked = request._request
        if request.method not in ("GET", "HEAD", "POST"):
            return
        self.pairs = parameters.of_query_string(asked)
        if self.action is None:
            return
        self.pairs, key = asking.without_key(self.pairs)
        try:
            self.grant = asking.grant(asked, key)
        except KeyRefused:
            self.allowed_origin = cors.readable_refusal(asked)
            asking.throttle(asked, None)
            raise
        self.allowed_origin = asking.allowed_origin(asked, self.grant)
        asking.throttle(asked, self.grant)
        if self.grant is None and request.method == "POST" and not self.reads_csrf:
            asking.check_csrf(asked)

    def check_permissions(self, request: Request) -> None:
        """Whether they may do this."""
        if self.action is not None and request.method in ("GET", "HEAD", "POST"):
            self.allow(self.action)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """Every failure as a problem, whatever the host's EXCEPTION_HANDLER."""
        set_rollback()
        request = self.request._request
        response = problems.answer(problems.of(exc, request, self.request_id), self.request_id)
        if isinstance(exc, shedding.Busy):  # Django would log each as an error, and mail it
            log_response("%s: busy", request.path, response=response, request=request, level="info")
        return response

    # The way of a request

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """REST framework's; whatever becomes of it, its place is given back."""
        with contextlib.ExitStack() as self.held:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks and whether they may; then a place, last: before a body is read, after all that is cheap."""
        super().initial(request, *args, **kwargs)
        method = str(request.method)
        if method in ("GET", "HEAD", "POST") and self.takes_place and hasattr(self, method.lower()):
            self.held.enter_context(shedding.place())

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """While others work for the request, a decoder's process or another server: its place is given to who waits,
        and it stands in line again after. Raises `Busy`.
        """
        self.held.close()
        with shedding.picture_place():
            yield
        self.held.enter_context(shedding.place())

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """The methods there are; to a page of another origin, whether it may use them."""
        response = HttpResponse(status=204)
        if self.action is not None and cors.is_preflight(request._request):
            self.allowed_origin = cors.preflight(request._request)
            cors.allow_methods(response, self.allowed_methods)
        del response["Content-Type"]
        return response

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        response["X-Request-ID"] = self.request_id
        response["X-Content-Type-Options"] = "nosniff"
        shared = self.public_seconds if response.status_code in (200, 304) else 0
        response["Cache-Control"] = f"public, max-age={shared}" if shared else self.cache_control
        patch_vary_headers(response, self.vary)
        if self.allowed_origin:
            cors.allow_reading(response, self.allowed_origin)
        return response

    def checked(self, pairs: Pairs, also: tuple[str, ...] = ()) -> Pairs:
        """The pairs when all their names are known here, or among `also`; raises `Problem` otherwise. Sets the answer's
        language.
        """
        known = (*self.known, *also) if self.shape is None else (*self.known, *also, "fields")
        if "language" in known:
            known = (*known, *parameters.BESIDE_LANGUAGE)
        parameters.check(pairs, known, filters=self.filters)
        self.language = parameters.language_of(pairs)
        self.currency, self.channel = parameters.currency_of(pairs), parameters.channel_of(pairs)
        asking.check_bounds(self.grant, self.currency, self.channel)
        if self.shape is not None:
            self.wanted = selection.wanted(pairs, self.shape)
        return pairs

    def scope(self) -> SearchScope:
        """For whom and in which language; call it inside `speaking()`."""
        scope = SearchScope.of(self.request._request, currency=self.currency, channel=self.channel)
        if self.grant is not None:
            scope = self.grant.narrowed(scope)
        return dataclasses.replace(scope, language=self.language) if self.language else scope

    def allow(self, action: str, what: str = "") -> None:
        """Refuse it to those who may not; `what` names what they asked for."""
        asking.check_action(self.request._request, self.grant, action, what)

    def speaking(self) -> AbstractContextManager[Any]:
        """The answer's language, active: the parameter's, else LocaleMiddleware's, else Accept-Language's."""
        request = self.request._request
        if self.language is None:
            if hasattr(request, "LANGUAGE_CODE") or not django_settings.USE_I18N:
                return nullcontext()
            self.language = translation.get_language_from_request(request)
        return translation.override(self.language)

    def answer(self, data: Any, *, status: int = 200) -> HttpResponse:
        """`data` as JSON, in the language that is active: what `fields` selects; a 304 where the client has it."""
        whole, data = data, selection.selected(data, self.wanted)
        response = HttpResponse(JSONRenderer().render(data), content_type="application/json", status=status)
        if self.request.method != "POST" and status == 200 and self.cache_control != "no-store":
            request, scope = self.request._request, self.scope()
            tag = validators.tag_of(data, scope)
            if validators.is_known(request, tag):
                response = HttpResponseNotModified()
            response["ETag"] = tag
            if self.vary:
                self.public_seconds = sharing.seconds(request, self.pairs, scope, whole)
        if language := translation.get_language():
            response["Content-Language"] = language
        return response

    def has(self, data: Any) -> bool:
        """Whether the client says that it has `data` already; call it inside `speaking()`."""
        request = self.request._request
        if request.method == "POST" or "HTTP_IF_NONE_MATCH" not in request.META:
            return False
        tag = validators.tag_of(selection.selected(data, self.wanted), self.scope())
        return validators.is_known(request, tag)
