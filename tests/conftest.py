from __future__ import annotations

import pytest

from tests import database
from tests.browser.pages import browser, errors, new_page

__all__ = ["browser", "errors", "new_page"]  # fixtures


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The server comes up when the first test asks for a database, and goes with the run."""
    database.start()


def pytest_unconfigure() -> None:
    database.stop()
