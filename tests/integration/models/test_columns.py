"""How the tables lie on disk, where that is felt."""

from __future__ import annotations

import pytest
from django.db import connection

from product_search.models import Text


@pytest.mark.django_db
def test_what_searches_filter_by_lies_before_the_wide_columns() -> None:
    """makemigrations puts foreign keys last: behind a text, asking for its generation costs 40 % more."""
    with connection.cursor() as cursor:
        columns = [
            column.name
            for column in connection.introspection.get_table_description(cursor, Text._meta.db_table)
        ]
    assert set(columns[:4]) == {"id", "generation_id", "product", "language"}
