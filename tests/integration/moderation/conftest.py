from __future__ import annotations

from typing import Any

import pytest

from product_search.models import Policy, Ruling
from tests.integration.retrieval.conftest import shelf, shelf_factory
from tests.integration.tagging.conftest import Office, office

__all__ = ["office", "shelf", "shelf_factory"]

#: What a policy means and what it does not, as sentences whose vectors lie along the axes of the office.
MEANT, NOT_MEANT = "red", "blue"


class Court:
    """An office with a policy against all that is red."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.policy("no_red")

    def policy(self, name: str, **fields: Any) -> Policy:
        """A policy that holds back, unless the fields say otherwise."""
        known = {"action": "hold", "concepts": [MEANT], "counter_examples": [NOT_MEANT, "other"], **fields}
        return Policy.objects.create(name=name, **known)

    def states(self) -> dict[str, str]:
        """The state of each ruling, by the product's name, with its policy where there are several."""
        names = dict(self.office.shelf_names())
        several = Policy.objects.count() > 1
        return {
            names[each.product] + (f" ({each.policy or 'by hand'})" if several else ""): each.state
            for each in Ruling.objects.order_by("product", "policy")
        }


@pytest.fixture
def court(office: Office) -> Court:
    return Court(office)
