"""`manage.py why_not "query" KEY`: the first step at which a search drops a product, in words."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from ...documents import SearchScope
from ...errors import InvalidRequest, ProductSearchError
from ...retrieval import SearchRequest, why_not


class Command(BaseCommand):
    """Thin: the work is in `retrieval/why_not.py`."""

    help = (
        "Why a search does not show a product: not visible, not indexed, excluded, filtered, below the floor, a "
        "variant shown instead, another page."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query", metavar="QUERY", help='words as a shopper types them; "" browses')
        parser.add_argument("key", metavar="KEY", help="the product's primary key")
        parser.add_argument(
            "--filter", action="append", default=[], metavar="FACET=VALUE", help="chosen by hand; repeatable"
        )
        parser.add_argument("--language", default="", metavar="CODE", help="language searched in")
        parser.add_argument(
            "--user", metavar="NAME", help="who asks; without it somebody who is not signed in"
        )
        parser.add_argument("--page", type=int, default=1, metavar="N")
        parser.add_argument("--sort", default="", metavar="NAME")
        parser.add_argument("--no-spelling", action="store_true", help="correct no word")

    def handle(self, *args: Any, **options: Any) -> None:
        filters: dict[str, tuple[str, ...]] = {}
        for text in options["filter"]:
            facet, sign, value = text.partition("=")
            if not sign:
                raise CommandError(f"--filter is {text!r}; expected FACET=VALUE.")
            filters[facet] = (*filters.get(facet, ()), value)
        scope = SearchScope(user=_user(options["user"]), language=options["language"])
        try:
            request = SearchRequest(
                options["query"],
                filters=filters,
                page=options["page"],
                sort=options["sort"],
                spelling=not options["no_spelling"],
            )
            reason = why_not(request, options["key"], scope)
        except InvalidRequest as error:
            raise CommandError(error.detail) from error
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        style = self.style.SUCCESS if reason.found else self.style.WARNING
        self.stdout.write(style(f"{reason.step}: {reason.reason}"))
        for detail in reason.details:
            self.stdout.write(f"  {detail}")


def _user(name: str | None) -> Any:
    if name is None:
        return None
    model = get_user_model()
    try:
        return model._default_manager.get_by_natural_key(name)
    except model.DoesNotExist as error:
        raise CommandError(f"There is no user {name!r}.") from error
