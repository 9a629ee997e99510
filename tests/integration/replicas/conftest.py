from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from catalog import postgres
from product_search.replicas import fleet
from product_search.testing import index_now
from tests import database
from tests.benchmarks.shelf import stock

from .server import Standby, wait_until

ALIAS = "replica"


@pytest.fixture(scope="package")
def standby(django_db_setup: None, django_db_blocker: Any) -> Iterator[Standby]:
    if not database.EMBEDDED:
        pytest.skip("a replica is made of the embedded server alone")
    with django_db_blocker.unblock():
        made = Standby()
        yield made
        made.close()


@pytest.fixture
def replica(
    transactional_db: None, standby: Standby, settings: Any, monkeypatch: Any, django_db_blocker: Any
) -> Iterator[Standby]:
    """Thirty products, indexed, and a replica that searches read."""
    stock(30, pictures=False)
    index_now()
    connections.settings[ALIAS] = copy.deepcopy(connections["default"].settings_dict)
    connections.settings[ALIAS]["OPTIONS"] |= {"host": str(standby.folder), "connect_timeout": 2}
    settings.DATABASE_ROUTERS = ["product_search.replicas.SearchRouter"]
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "REPLICAS": ALIAS, "MOST_BEHIND": 1}
    monkeypatch.setattr(fleet, "EVERY_SECONDS", 0.1)
    if postgres.running(standby.folder) is None:  # a test that failed left it so
        standby.start()
    standby.catch_up()
    wait_until(lambda: fleet.fleet.choose() == ALIAS, "the replica to be seen")
    with django_db_blocker.unblock():  # Django's own guard knows the databases of the settings alone
        yield standby
    fleet.fleet.stop()
    connections[ALIAS].close()
    del connections[ALIAS]
    del connections.settings[ALIAS]
    database.empty()
