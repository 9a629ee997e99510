"""The endpoints: each turns a request into one call of a lower room, and its answer into JSON."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.crypto import constant_time_compare
from PIL.Image import Image
from rest_framework.request import Request

from .. import analytics, retrieval, tagging
from ..conf import settings
from ..documents import document
from ..errors import UnknownProduct
from ..indexing import health
from . import bodies, parameters, readiness, schema
from .base import ApiView
from .bodies import Body, Pairs
from .explanations import WhyNotSerializer
from .problems import Problem
from .serializers import (
    AnswerSerializer,
    HealthSerializer,
    PublicHealthSerializer,
    TagsSerializer,
)
from .suggestion_serializers import RelatedSerializer, SuggestionsSerializer
from .uploads import decoded, decoded_from


@cache
def _shape(explain: bool = False) -> AnswerSerializer:
    """That of answers, made once: REST framework copies all fields of all their parts for each that is made."""
    return AnswerSerializer(context={"explain": explain})


class SearchView(ApiView):
    """Words, a picture or both, or neither: then everything, in the shop's own order."""

    action = "search"
    known = parameters.SEARCH
    shape = AnswerSerializer
    filters = True

    def get(self, request: Request) -> HttpResponse:
        """Search by words; the address can be shared."""
        return self.search(self.checked(self.pairs))

    def post(self, request: Request) -> HttpResponse:
        """Search by a picture, by words, or by both."""
        parameters.check_address(self.pairs)
        body = bodies.read(request._request)
        self.checked((*self.pairs, *body.pairs), (parameters.PICTURE_URL,))
        pairs = tuple(pair for pair in (*self.pairs, *body.pairs) if pair[0] != parameters.PICTURE_URL)
        names = [name for name, _ in body.more]
        more = list(zip(names, decoded(self, [picture for _, picture in body.more]), strict=True))
        return self.search(pairs, self.picture(body), more)

    def picture(self, body: Body) -> Image | None:
        """The picture to search with, sent or at the address that was sent."""
        url = dict(body.pairs).get(parameters.PICTURE_URL)
        if body.picture is None:
            return decoded_from(self, url) if url else None
        if url:
            detail = "Send one picture: as the file `picture`, or its address as `picture_url`."
            raise Problem(400, "repeated_parameter", detail, parameter=parameters.PICTURE_URL)
        return decoded(self, [body.picture])[0]

    def search(
        self, pairs: Pairs, picture: Image | None = None, more: Sequence[tuple[str, Image]] = ()
    ) -> HttpResponse:
        """One page of what was found."""
        with self.speaking():
            return self.answer(self.found(pairs, picture, more))

    def found(
        self, pairs: Pairs, picture: Image | None = None, more: Sequence[tuple[str, Image]] = ()
    ) -> dict[str, Any]:
        """The answer to what the pairs ask for, in the language that is active."""
        request = parameters.search_request(pairs, picture, more)
        if request.explain:
            self.allow("explain", "explain=true")
        cursor = dict(pairs).get("cursor")
        try:
            found = (
                retrieval.walk(request, self.scope(), cursor)
                if cursor
                else retrieval.search(request, self.scope())
            )
        except UnknownProduct:
            detail = "There is no such product to be like or unlike."
            raise Problem(404, "unknown_product", detail, parameter="like") from None
        data: dict[str, Any] = _shape(request.explain).to_representation(found)
        # Staff looking into it is no shopper, and who has the answer still has its `search_id`.
        if not request.explain and not self.has(data):
            recorded = analytics.record_search(request, found, self.scope(), visitor=self.visitor())
            data["search_id"] = recorded.search_id
        return data

    def visitor(self) -> str:
        """What the frontend says tells this visitor from others, where it has no session: the header `X-Visitor`."""
        return str(self.request.headers.get("X-Visitor", ""))[:200]


class SimilarView(ApiView):
    """Products that look and read like this one."""

    action = "similar"
    known = parameters.SIMILAR
    shape = AnswerSerializer

    def get(self, request: Request, id: str) -> HttpResponse:
        """The nearest first; the product itself is not among them."""
        pairs = self.checked(self.pairs)
        limit = parameters.whole_number(pairs, "limit", default=12)
        if "\x00" in id:  # no database can look for it
            raise UnknownProduct(id)
        with self.speaking():
            found = retrieval.similar(id, self.scope(), limit=limit, q=dict(pairs).get("q", ""))
            return self.answer(_shape().to_representation(found))


class RecommendView(ApiView):
    """What to show beside products: on their page, in the basket, after what somebody saw last."""

    action = "recommend"
    known = parameters.RECOMMEND
    shape = AnswerSerializer
    filters = True

    def get(self, request: Request) -> HttpResponse:
        """What is like them, or goes well with them, and can be bought; none of them and none twice."""
        pairs = self.checked(self.pairs)
        asked: dict[str, Any] = {
            "by": dict(pairs).get("by") or "both",
            "complements": parameters.is_true(pairs, "complements"),
            "diversity": parameters.share(pairs, "diversity", retrieval.DIVERSITY),
            "limit": parameters.whole_number(pairs, "limit", default=12),
            "filters": parameters.search_request(pairs, None).filters,
        }
        products = [value for name, value in pairs if name == "for" and value]
        with self.speaking():
            try:
                found = retrieval.recommend(products, self.scope(), **asked)
            except UnknownProduct:
                detail = "There is none of these products."
                raise Problem(404, "unknown_product", detail, parameter="for") from None
            return self.answer(_shape().to_representation(found))


class WhyNotView(ApiView):
    """Why a search does not show a product; for staff."""

    action = "explain"
    known = parameters.WHY_NOT
    shape = WhyNotSerializer
    filters = True

    def get(self, request: Request) -> HttpResponse:
        """The first step that dropped it, or where it is found, as whoever asks sees the shop."""
        pairs = self.checked(self.pairs)
        key = dict(pairs).get("product") or ""
        if not key:
            detail = "Name the product: product=, its primary key."
            raise Problem(400, "missing_parameter", detail, parameter="product")
        asked = parameters.search_request(pairs, None)
        with self.speaking():
            found = retrieval.why_not(asked, key, self.scope())
            return self.answer(WhyNotSerializer(found).data)


class SuggestView(ApiView):
    """What a shopper may mean while typing."""

    action = "suggest"
    known = parameters.SUGGEST
    shape = SuggestionsSerializer

    def get(self, request: Request) -> HttpResponse:
        """Queries, categories and products that begin with `q`; a space at its end finishes the last word."""
        pairs = self.checked(self.pairs)
        limit = parameters.whole_number(pairs, "limit", default=6)
        with self.speaking():
            found = retrieval.suggest(dict(pairs).get("q", ""), self.scope(), limit=limit)
            return self.answer(SuggestionsSerializer(found).data)


class RelatedView(ApiView):
    """What is searched for beside a query."""

    action = "suggest"
    known = parameters.SUGGEST
    shape = RelatedSerializer

    def get(self, request: Request) -> HttpResponse:
        """Queries of other shoppers that share words with `q`, the nearest first."""
        pairs = self.checked(self.pairs)
        limit = parameters.whole_number(pairs, "limit", default=8)
        with self.speaking():
            found = retrieval.related(dict(pairs).get("q", ""), self.scope(), limit=limit)
            return self.answer(RelatedSerializer({"queries": found}).data)


class TagsView(ApiView):
    """What a picture shows, in the words of the shop's vocabulary."""

    action = "tags"
    known = parameters.TAGS
    shape = TagsSerializer

    def post(self, request: Request) -> HttpResponse:
        """Each attribute with its likeliest values; where none is sure enough, nothing is said, and why."""
        started = time.perf_counter()
        self.checked(self.pairs)
        body = bodies.read(request._request)
        self.checked((*self.pairs, *body.pairs))
        if body.more:
            name = body.more[0][0]
            raise Problem(
                400, "unknown_parameter", f"{name!r} takes no picture here: send `picture`.", parameter=name
            )
        if body.picture is None:
            detail = "Send a picture: a form (multipart/form-data) with the file in the field `picture`."
            raise Problem(400, "missing_parameter", detail, parameter="picture")
        (picture,) = decoded(self, [body.picture])
        with self.speaking():
            shop = document()
            scope = self.scope()
            seen = tagging.tags_of(picture, language=scope.search_language(shop.languages), scope=scope)
            took_ms = (time.perf_counter() - started) * 1000
            return self.answer(TagsSerializer({"attributes": seen, "took_ms": took_ms}).data)


class HealthView(ApiView):
    """Whether searches are answered and saves are indexed, and what to do if not."""

    action = None
    takes_place = False
    vary = ()
    cache_control = "no-store"

    def get(self, request: Request) -> HttpResponse:
        """200 while searches are answered, 503 when they are not."""
        self.checked(self.pairs)
        with translation.override(None):  # monitoring reads it: English, whatever the browser asks for
            state = health.health()
        # Causes and fixes name paths, queues and how many drafts there are: the host's staff's to know.
        user = self.scope().user
        serializer = HealthSerializer if getattr(user, "is_staff", False) else PublicHealthSerializer
        return self.answer(serializer(state).data, status=503 if state.status == "down" else 200)


class LiveView(ApiView):
    """Whether this process answers at all: nothing else is asked, so nothing but this process can be at fault."""

    action = None
    takes_place = False
    vary = ()
    cache_control = "no-store"

    def get(self, request: Request) -> HttpResponse:
        """200."""
        self.checked(self.pairs)
        return self.answer({"status": "ok"})


class ReadyView(ApiView):
    """Whether this process can answer searches."""

    action = None
    takes_place = False
    vary = ()
    cache_control = "no-store"

    def get(self, request: Request) -> HttpResponse:
        """200, or 503 with what is missing and the fix."""
        self.checked(self.pairs)
        readiness.check()
        return self.answer({"status": "ok"})


class MetricsView(ApiView):
    """The index in numbers, for Prometheus."""

    action = None
    takes_place = False
    vary = ("Accept", "Authorization", "Cookie")
    cache_control = "no-store"

    def get(self, request: Request) -> HttpResponse:
        """For METRICS_TOKEN as a bearer token, or a session of the host's staff."""
        self.checked(self.pairs)
        self._only_those_who_may(request.headers.get("Authorization", ""))
        if importlib.util.find_spec("prometheus_client") is None:
            detail = 'Metrics need an extra: pip install "django-product-search[metrics]".'
            raise Problem(501, "metrics_not_installed", detail)
        from . import metrics

        body, content_type = metrics.exposition(request.headers.get("Accept", ""))
        return HttpResponse(body, content_type=content_type)

    def _only_those_who_may(self, authorization: str) -> None:
        scheme, _, given = authorization.partition(" ")
        token = settings().metrics_token
        if token and scheme.lower() == "bearer" and constant_time_compare(given.strip(), token):
            return
        if getattr(self.scope().user, "is_staff", False):
            return
        detail = 'Send PRODUCT_SEARCH["METRICS_TOKEN"] as `Authorization: Bearer ...`, or sign in as staff.'
        raise Problem(401, "not_authorized", detail, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})


class SchemaView(ApiView):
    """These endpoints as OpenAPI 3.1, with this shop's facets and languages."""

    action = None
    takes_place = False
    vary = ()

    def get(self, request: Request) -> HttpResponse:
        """The document that clients are generated from."""
        self.checked(self.pairs)
        return self.answer(schema.served(request.path.removesuffix("/v1/schema")))
