from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import database


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """The server comes up when the first test asks for a database, and goes with the run."""
    database.start()
    yield


def pytest_unconfigure() -> None:
    database.stop()
