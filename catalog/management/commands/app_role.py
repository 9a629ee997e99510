"""`manage.py app_role`: the role that web and worker use, which may write rows and change no table."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ...roles import Login, RoleFailed, grant_rows


class Command(BaseCommand):
    """Thin adapter over `catalog.roles`; run as the tables' owner, after `migrate`."""

    help = (
        "Make the role of APP_DATABASE_URL, or take over its password, and let it read and write rows, no more. "
        "DATABASE_URL names the tables' owner here, and the same as APP_DATABASE_URL in web and worker."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        url = os.environ.get("APP_DATABASE_URL", "")
        if not url:
            raise CommandError("Set APP_DATABASE_URL to the database URL that web and worker use.")
        try:
            login = Login.of(url)
            made = grant_rows(connection, login)
        except RoleFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Role {login.name} {'made' if made else 'is there'}: rows only, no tables.")
