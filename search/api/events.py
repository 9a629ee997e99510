"""What shoppers do with what they found, sent by a frontend: `navigator.sendBeacon` is enough, as its text is JSON."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters
from rest_framework.request import Request

from .. import analytics
from ..analytics import actions
from ..documents import visible_products
from ..models import EventKind
from . import asking, bodies
from .base import ApiView
from .event_serializers import TakenSerializer
from .problems import Problem

#: Of one request.
MOST_EVENTS = 100
MOST_BYTES = 64 * 1024
MOST_VISITOR = 200
_MEMBERS = ("kind", "product", "search_id", "position", "quantity", "amount", "currency", "order")
#: A beacon can send JSON to another origin by its own name only after a preflight, which it can't wait for.
_JSON_TYPES = ("application/json", "text/plain")


class EventsView(ApiView):
    """Views, clicks, carts and orders: all of a request's events are taken, or none."""

    action = "events"
    reads_csrf = True
    takes_place = False

    def post(self, request: Request) -> HttpResponse:
        """202 with how many will be recorded: none while EVENTS is off, or for browsers that ask not to be tracked."""
        self.checked(self.pairs)
        events, visitor, csrf = read(request._request)
        if self.grant is None:
            asking.check_csrf(request._request, csrf)
        events = self.shown(events)
        taken = analytics.record_events(events, request=request._request, visitor=visitor)
        return self.answer(TakenSerializer({"recorded": taken}).data, status=202)

    def shown(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of products that the key's filters leave: no tenant's shoppers click on another's."""
        if self.grant is None or not self.grant.filters:
            return events
        asked = {event["product"] for event in events}
        there = set(visible_products(self.scope()).filter(pk__in=asked).values_list("pk", flat=True))
        return [event for event in events if event["product"] in there]


def read(request: HttpRequest) -> tuple[list[dict[str, Any]], str, str]:
    """The events of a body, checked, its `visitor` and `csrf`; raises `Problem` for anything that can't be recorded."""
    bodies.check_length(request)
    media_type, _ = parse_header_parameters(str(request.META.get("CONTENT_TYPE", "")))
    if media_type not in _JSON_TYPES:
        raise Problem(415, "unsupported_media_type", f"Send JSON, as {' or '.join(_JSON_TYPES)}.")
    text = request.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise Problem(413, "body_too_large", f"The body is too large; at most {MOST_BYTES:,} bytes are read.")
    body = _object(text)
    for name in body:
        if name not in ("events", "visitor", "csrf"):
            detail = f"{name[:80]!r} is not a member. Known: events, visitor, csrf."
            raise Problem(400, "unknown_parameter", detail, parameter=name[:80])
    visitor = body.get("visitor") or ""
    if not isinstance(visitor, str) or len(visitor) > MOST_VISITOR:
        detail = (
            f"Send a string of at most {MOST_VISITOR} characters that stays the same for a visitor today."
        )
        raise Problem(400, "invalid_event", detail, parameter="visitor")
    csrf = body.get("csrf") or ""
    if not isinstance(csrf, str) or len(csrf) > MOST_VISITOR or not csrf.isascii():
        raise Problem(400, "invalid_event", "Send Django's CSRF token as a string.", parameter="csrf")
    events = body.get("events")
    if not isinstance(events, list) or not events:
        detail = 'Send {"events": [{"kind": "click", "product": ..., "search_id": ...}]}.'
        raise Problem(400, "invalid_event", detail, parameter="events")
    if len(events) > MOST_EVENTS:
        detail = f"{len(events)} events; at most {MOST_EVENTS} are taken at once."
        raise Problem(400, "too_many_events", detail, parameter="events")
    return [_event(event, f"events[{number}]") for number, event in enumerate(events)], visitor, csrf


def _object(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problem(400, "malformed_body", f"The body is not UTF-8: byte {error.start}.") from None
    except RecursionError:
        raise Problem(400, "malformed_body", "The JSON is nested too deeply.") from None
    except ValueError as error:
        raise Problem(400, "malformed_body", f"The body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise Problem(400, "malformed_body", "Expected a JSON object.")
    return body


def _event(event: Any, place: str) -> dict[str, Any]:
    """One event as `analytics.record_events` takes it."""
    if not isinstance(event, dict):
        raise Problem(400, "invalid_event", "Expected a JSON object.", parameter=place)
    for name in event:
        if name not in _MEMBERS:
            detail = f"{name[:80]!r} is not a member of an event. Known: {', '.join(_MEMBERS)}."
            raise Problem(400, "invalid_event", detail, parameter=place)
    try:
        return _checked(event)
    except actions.InvalidEvent as error:
        raise Problem(400, "invalid_event", error.detail, parameter=f"{place}.{error.parameter}") from None


def _checked(event: dict[str, Any]) -> dict[str, Any]:
    kind, product, position = event.get("kind"), event.get("product"), event.get("position")
    if kind not in EventKind.values:
        kinds = ", ".join(EventKind.values)
        raise actions.InvalidEvent("kind", f"{str(kind)[:40]!r} came; expected one of {kinds}.")
    if isinstance(product, bool) or not isinstance(product, int | str):
        raise actions.InvalidEvent("product", "Send the id of the hit.")
    texts = {name: event.get(name) or "" for name in ("currency", "order")}
    for name, value in texts.items():
        if not isinstance(value, str) or len(value) > MOST_VISITOR:
            raise actions.InvalidEvent(name, f"Expected a string of at most {MOST_VISITOR} characters.")
    return {
        "kind": kind,
        "product": actions.key_of(product),
        "search_id": actions.search_id_of(event.get("search_id")),
        "position": None if position is None else actions.whole(position, "position", actions.MOST_POSITION),
        "quantity": actions.whole(event.get("quantity", 1), "quantity", actions.MOST_QUANTITY),
        "amount": actions.amount_of(event.get("amount")),
        "currency": actions.currency_of(texts["currency"]),
        "order": texts["order"],
    }
