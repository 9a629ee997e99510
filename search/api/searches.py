"""Several searches in one request, and the values of one facet: what boxes, lists and pages ask for at once."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from .. import retrieval
from ..errors import ExpiredCursor, InvalidRequest
from . import asking, bodies, parameters, problems, selection
from .base import ApiView
from .problems import Problem
from .search_serializers import FacetValuesSerializer
from .views import SearchView


class SearchesView(SearchView):
    """Up to 20 searches in one request. One that is refused has the request refused."""

    http_method_names = ("post", "options")

    def post(self, request: Request) -> HttpResponse:
        """An answer to each search, in their order."""
        started = time.perf_counter()
        parameters.check_address(self.pairs)
        self.checked(self.pairs)
        searches = bodies.searches(request._request)
        if len(searches) > 1:  # one is counted already
            asking.throttle(request._request, self.grant, len(searches) - 1)
        answers = [self._answered(at, each) for at, each in enumerate(searches)]
        took_ms = (time.perf_counter() - started) * 1000
        self.checked(self.pairs)
        self.wanted = None  # was selected from each answer
        with self.speaking():
            return self.answer({"answers": answers, "took_ms": took_ms})

    def _answered(self, at: int, search: Any) -> Any:
        """The answer to one of the searches; what it does not say of language and the like, the address does."""
        place = f"searches[{at}]"
        try:
            own = bodies.of_object(search).pairs
            said = {name for name, _ in own}
            pairs = self.checked((*(pair for pair in self.pairs if pair[0] not in said), *own))
            with self.speaking():
                return selection.selected(self.found(pairs), self.wanted)
        except (Problem, InvalidRequest, ExpiredCursor) as error:
            problem = problems.of(error, self.request._request, self.request_id)
            at_fault = ".".join(filter(None, (place, problem.parameter)))
            raise Problem(problem.status, problem.code, problem.detail, parameter=at_fault) from None


class FacetView(ApiView):
    """The values of one facet."""

    action = "facets"
    shape = FacetValuesSerializer
    known = parameters.FACET
    filters = True

    def get(self, request: Request, name: str) -> HttpResponse:
        """Those over what the search finds whose label has the words of `matching`, the most frequent first."""
        started = time.perf_counter()
        pairs = self.checked(self.pairs)
        asked = parameters.search_request(pairs, None)
        limit = parameters.whole_number(pairs, "limit", default=10)
        with self.speaking():
            try:
                found = retrieval.facet_values(
                    name, asked, self.scope(), matching=dict(pairs).get("matching", ""), limit=limit
                )
            except InvalidRequest as error:
                if error.code != "unknown_facet":
                    raise
                raise Problem(404, error.code, error.detail, parameter=error.parameter) from None
            took_ms = (time.perf_counter() - started) * 1000
            told = {"name": found.name, "kind": found.kind, "values": found.values, "took_ms": took_ms}
            return self.answer(FacetValuesSerializer(told).data)
