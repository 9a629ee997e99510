"""`manage.py search_groups`: groups for those who work with search in the admin."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...admin.roles import PermissionsMissing, make_groups


class Command(BaseCommand):
    help = "Make the groups of people who review, moderate, steer and operate search; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default="default", help="The database of users and groups.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            given = make_groups(options["database"])
        except PermissionsMissing as error:
            raise CommandError(str(error)) from error
        for role, permissions in given.items():
            said = f"{permissions} permissions given" if permissions else "has all its permissions"
            self.stdout.write(f"{role}: {said}")
