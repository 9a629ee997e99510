"""Endpoints about pictures and labels: what something is, which picture shows what is said, pictures for a text."""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.http import HttpResponse
from rest_framework.request import Request

from .. import retrieval, tagging
from ..errors import UnknownProduct
from ..retrieval.media import MOST_PICTURES
from . import bodies, parameters
from .base import ApiView
from .bodies import Body
from .picture_serializers import (
    ClassifiedSerializer,
    CoverSerializer,
    MediaSerializer,
    RankedPicturesSerializer,
)
from .problems import Problem
from .uploads import decoded


class PictureView(ApiView):
    """Reads a body, JSON or a form, whose names are checked like those of an address."""

    #: Pictures that it takes, at most.
    pictures = 0

    def body(self, request: Request) -> Body:
        """What was sent; raises `Problem` for a parameter in the address, or a picture that is not asked for."""
        parameters.check_address(self.pairs)
        body = bodies.read(request._request, pictures=max(self.pictures, 1))
        self.checked((*self.pairs, *body.pairs))
        names = [*(["picture"] if body.picture is not None else []), *(name for name, _ in body.more)]
        if strange := next((name for name in names if name != "picture" or not self.pictures), ""):
            hint = "send `picture`" if self.pictures else "send `text`"
            detail = f"{strange!r} takes no picture here: {hint}."
            raise Problem(400, "unknown_parameter", detail, parameter=strange)
        return body

    def read(self, body: Body) -> Mapping[str, str]:
        """Its parameters, and those of the address."""
        return dict((*self.pairs, *body.pairs))


class ClassifyView(PictureView):
    """Which of some labels something is."""

    action = "classify"
    known = parameters.CLASSIFY
    shape = ClassifiedSerializer
    pictures = 1

    def post(self, request: Request) -> HttpResponse:
        """A picture, a text or both, put to `labels`; without any, a picture to the shop's own categories."""
        started = time.perf_counter()
        body = self.body(request)
        labels = [value for name, value in body.pairs if name == "labels"]
        text = self.read(body).get("text", "")
        picture = None if body.picture is None else decoded(self, [body.picture])[0]
        if picture is None and (not labels or not text.strip()):
            detail = "Send a picture, or a text with labels to put it to."
            raise Problem(400, "missing_parameter", detail, parameter="picture")
        if picture is not None and not labels and text.strip():
            detail = "A text goes with labels; a picture alone is put to the shop's categories."
            raise Problem(400, "missing_parameter", detail, parameter="labels")
        with self.speaking():
            found = (
                tagging.classify(labels, picture=picture, text=text, scope=self.scope())
                if labels or picture is None
                else tagging.classify_category(picture, self.scope())
            )
            took_ms = (time.perf_counter() - started) * 1000
            return self.answer(ClassifiedSerializer({**vars(found), "took_ms": took_ms}).data)


class CoverView(ApiView):
    """Which picture of a product shows what is said."""

    action = "media"
    known = parameters.COVER
    shape = CoverSerializer

    def get(self, request: Request, id: str) -> HttpResponse:
        """All of its pictures, the one that fits `q` best first."""
        pairs = self.checked(self.pairs)
        if "\x00" in id:  # no database can look for it
            raise UnknownProduct(id)
        with self.speaking():
            found = retrieval.cover(id, dict(pairs).get("q", ""), self.scope())
            return self.answer(CoverSerializer(found).data)


class MediaView(PictureView):
    """The shop's own pictures for an article or a campaign."""

    action = "media"
    known = parameters.MEDIA
    shape = MediaSerializer
    filters = True

    def post(self, request: Request) -> HttpResponse:
        """One picture of each product that fits something that the text says, the best first."""
        body = self.body(request)
        read = self.read(body)
        limit = parameters.whole_number(body.pairs, "limit", default=12)
        filters = parameters.search_request(
            tuple(pair for pair in body.pairs if pair[0].startswith(parameters.FILTER)), None
        ).filters
        with self.speaking():
            found = retrieval.find_media(read.get("text", ""), self.scope(), limit=limit, filters=filters)
            return self.answer(MediaSerializer(found).data)


class RankPicturesView(PictureView):
    """Somebody's own pictures, in the order in which they fit a text."""

    action = "media"
    known = parameters.RANK
    shape = RankedPicturesSerializer
    pictures = MOST_PICTURES

    def post(self, request: Request) -> HttpResponse:
        """The pictures by their places among those that were sent, the one that fits best first."""
        started = time.perf_counter()
        body = self.body(request)
        sent = [] if body.picture is None else [body.picture, *(picture for _, picture in body.more)]
        pictures = decoded(self, sent)
        with self.speaking():
            found = retrieval.rank_pictures(pictures, self.read(body).get("text", ""), self.scope())
            took_ms = (time.perf_counter() - started) * 1000
            return self.answer(RankedPicturesSerializer({"pictures": found, "took_ms": took_ms}).data)
