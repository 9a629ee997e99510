"""What a day's events add up to, counted one by one: the judge of the roll-ups, which shares no line with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from product_search.models import SearchEvent, ShopperEvent

Row = dict[str, Any]
FIELDS = (
    "searches",
    "sessions",
    "zero_results",
    "clicked",
    "clicks",
    "carts",
    "orders",
    "abandoned",
)


class Recount:
    """All events of the tables, each attributed to the search that led to it."""

    def __init__(
        self, zone: str = "UTC", window: timedelta = timedelta(days=1), rare: int = 5, most: int = 2000
    ) -> None:
        self.zone, self.window, self.rare, self.most = ZoneInfo(zone), window, rare, most
        self.searches = list(SearchEvent.objects.order_by("id"))
        self.by_id = {search.search_id: search for search in self.searches}
        self.actions = list(ShopperEvent.objects.order_by("id"))
        self.led = [(action, search) for action in self.actions if (search := self._search_of(action))]

    def day(self, event: Any) -> date:
        return date.fromisoformat(event.at.astimezone(self.zone).date().isoformat())

    def days(self) -> list[date]:
        return sorted({self.day(event) for event in [*self.searches, *self.actions]})

    def _search_of(self, action: ShopperEvent) -> SearchEvent | None:
        if action.kind == "view":
            return None
        search = self._in_reach(action, action.search_id)
        if action.search_id is not None or action.kind == "click":
            return search
        clicks = [
            (click.at, click.id, click.search_id)
            for click in self.actions
            if click.kind == "click"
            and click.session is not None
            and click.session == action.session
            and click.product == action.product
            and self.day(click) == self.day(action)
            and timedelta() <= action.at - click.at <= self.window
            and self._in_reach(click, click.search_id)
        ]
        return self._in_reach(action, max(clicks)[2]) if clicks else None

    def _in_reach(self, action: ShopperEvent, search_id: Any) -> SearchEvent | None:
        search = self.by_id.get(search_id)
        if search is None or action.at - search.at > self.window:
            return None
        return search if 0 <= (self.day(action) - self.day(search)).days <= 1 else None

    def followed(self, day: date) -> list[tuple[ShopperEvent, SearchEvent]]:
        """What counts of the day's actions: each hit's click and cart once, each order's line once."""
        seen, found = set(), []
        lines = set()
        for action in self.actions:  # an order's line counts where it was told first, attributed or not
            if self.day(action) != day:
                continue
            search = self._search_of(action)
            if action.kind == "order":
                told = (action.order or action.id, action.product)
                if told in lines:
                    continue
                lines.add(told)
            if search is None:
                continue
            if action.kind != "order":
                same = (action.kind, search.search_id, action.product)
                if same in seen:
                    continue
                seen.add(same)
            found.append((action, search))
        return found

    def named(self, day: date) -> set[tuple[str, str]]:
        """The queries of the day that are told apart: those of most sessions, then of most searches."""
        made: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for search in self.searches:
            if self.day(search) == day and search.page == 1 and search.words:
                made[search.language, search.words].append(search.session)
        order = sorted(
            (-len({session for session in sessions if session}), -len(sessions), query)
            for query, sessions in made.items()
        )
        return {query for *_, query in order[: self.most]}

    def counts(self, day: date, *, by_query: bool) -> dict[tuple[str, ...], Row]:
        """The rows of DailySearches, or of DailyQuery, by what they are told apart by."""
        rows: dict[tuple[str, ...], Row] = defaultdict(lambda: dict.fromkeys(FIELDS, 0))
        sessions, orders = defaultdict(set), defaultdict(set)
        followed = self.followed(day)
        clicked = {search.search_id for action, search in followed if action.kind == "click"}
        left, named = self._left(day), self.named(day)

        def group(search: SearchEvent, *, by_query: bool) -> tuple[str, ...]:
            return grouped(search, named if by_query else None)

        for search in self.searches:
            if self.day(search) != day or search.page != 1:
                continue
            row = rows[group(search, by_query=by_query)]
            row["searches"] += 1
            row["zero_results"] += search.total == 0
            row["clicked"] += search.search_id in clicked
            row["abandoned"] += search.id in left
            if search.session:
                sessions[group(search, by_query=by_query)].add(search.session)
        for action, search in followed:
            row = rows[group(search, by_query=by_query)]
            if action.kind == "order":
                orders[group(search, by_query=by_query)].add(action.order or action.id)
            else:
                row[f"{action.kind}s"] += 1
        for key, row in rows.items():
            row["sessions"], row["orders"] = len(sessions[key]), len(orders[key])
        return dict(rows)

    def _left(self, day: date) -> set[int]:
        """Searches that were the last thing of their session."""
        last: dict[Any, Any] = {}
        for event in [*self.searches, *self.actions]:
            if event.session is None or self.day(event) != day:
                continue
            is_action = isinstance(event, ShopperEvent)
            before = last.get(event.session)
            if before is None or (event.at, is_action, event.id) > before[0]:
                last[event.session] = (event.at, is_action, event.id), event
        return {event.id for (_, is_action, _), event in last.values() if not is_action}

    def revenue(self, day: date) -> dict[tuple[str, ...], Decimal]:
        sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        named = self.named(day)
        for action, search in self.followed(day):
            if action.kind == "order" and action.amount is not None:
                sums[(*grouped(search, named), action.currency)] += action.amount
        return dict(sums)

    def products(self, day: date) -> dict[tuple[Any, ...], tuple[int, int, int, int]]:
        sessions = defaultdict(set)
        for search in self.searches:
            if self.day(search) == day and search.page == 1 and search.session:
                sessions[search.language, search.words].add(search.session)
        led = {(action.kind, search.search_id, action.product) for action, search in self.followed(day)}
        counts: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for search in self.searches:
            if self.day(search) != day or not search.words:
                continue
            if len(sessions[search.language, search.words]) < self.rare:
                continue
            for place, product in enumerate(search.shown):
                row = counts[search.language, search.words, product, search.shown_from + place]
                row[0] += 1
                for number, kind in enumerate(("click", "cart", "order"), 1):
                    row[number] += (kind, search.search_id, product) in led
        return {key: (row[0], row[1], row[2], row[3]) for key, row in counts.items()}

    def filters(self, day: date) -> Counter[tuple[str, ...]]:
        return Counter(
            (search.language, search.channel, search.segment, facet, value)
            for search in self.searches
            if self.day(search) == day and search.page == 1
            for facet, values in search.filters.items()
            for value in set(values)
        )


def grouped(search: SearchEvent, named: set[tuple[str, str]] | None) -> tuple[str, ...]:
    """What a search is counted by; with its query, where that is `named`, unless None says that none is asked for."""
    apart = (search.language, search.channel, search.segment, search.kind)
    if named is None:
        return apart
    return (*apart, search.words if (search.language, search.words) in named else "")


def kept(rows: Iterable[Any], key: tuple[str, ...], fields: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    """Rows of a table, by what they are told apart by."""
    return {
        tuple(getattr(row, name) for name in key): {name: getattr(row, name) for name in fields}
        for row in rows
    }
