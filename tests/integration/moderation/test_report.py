"""What is told of moderation: how often people agreed, and upon whom it falls; where nothing is known, that is said."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from product_search.models import Policy
from product_search.moderation import decide, moderate_pending, report

from .conftest import Court
from .test_run import with_pictures


def told(**options: object) -> str:
    out = io.StringIO()
    call_command("moderate", report=True, stdout=out, **options)
    return out.getvalue()


def test_precision_is_what_people_left_held(court: Court) -> None:
    products = [with_pictures(court.office.product(f"Shirt {n}", "red"), f"Shirt {n}-0") for n in range(5)]
    court.office.product("Hat", "blue")
    moderate_pending()
    for product in products[:3]:
        decide(product.pk, "held", who="anna", policy="no_red")
    decide(products[3].pk, "released", who="anna", policy="no_red")
    (found,) = report(using="default")
    assert (found.held, found.flagged, found.released, found.undecided) == (4, 0, 1, 1)
    assert (found.precision.count, found.precision.of, found.precision.value) == (3, 4, 0.75)
    low, high = found.precision.interval
    assert 0.3 < low < 0.75 < high < 0.96
    assert (found.rate.count, found.rate.of) == (5, 6)
    assert "precision 75.0%: people held 3 of the 4 that they decided" in told()


def test_rates_by_group_name_the_group_that_is_unlike_the_others(court: Court) -> None:
    for number in range(30):
        shown, brand = ("red", "acme") if number < 6 else ("blue", "acme" if number < 10 else "other")
        with_pictures(court.office.product(f"Shirt {number}", shown, brand=brand), f"Shirt {number}-0")
    moderate_pending()
    (found,) = report(by="brand", using="default")
    rates = {rate.group: (rate.noticed.count, rate.noticed.of, rate.apart) for rate in found.groups}
    assert rates == {"acme": (6, 10, True), "other": (0, 20, True)}
    assert "brand=acme: 6 of 10 (60.0%)  <- unlike the others" in told(by="brand")


def test_where_nothing_is_known_that_is_said(court: Court) -> None:
    with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
    moderate_pending()
    assert "precision unknown: nobody has decided about any yet" in told()
    Policy.objects.all().delete()
    moderate_pending()
    assert "No policy is in use and nothing is held back." in told()


def test_an_unknown_facet_is_named_with_those_there_are(court: Court) -> None:
    with pytest.raises(CommandError, match=r'"price" is no facet .* expected one of: .*brand'):
        told(by="price")


def test_the_command_judges_and_tells(court: Court) -> None:
    with_pictures(court.office.product("Shirt", "red"), "Shirt-0")
    out = io.StringIO()
    call_command("moderate", verbosity=0, stdout=out)
    assert "no_red: 1 held back, 0 flagged, 0 released of 1 products (100.0%)" in out.getvalue()
