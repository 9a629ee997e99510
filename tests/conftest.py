from __future__ import annotations

import pytest

from tests import database


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The server comes up when the first test asks for a database, and goes with the run."""
    database.start()


def pytest_unconfigure() -> None:
    database.stop()
