"""The database role of web and worker: it reads and writes rows, and makes, alters or drops nothing.

Set-up runs as the tables' owner and gives the role its rights; a stolen password of the running shop then can't
change a table, and no code of it can come to rely on doing so.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg
from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

ROWS = "SELECT, INSERT, UPDATE, DELETE"


class RoleFailed(RuntimeError):
    """The role can't be what was asked for; the message says who has to do what."""


@dataclass(frozen=True)
class Login:
    """A role's name and password, as they stand in a database URL."""

    name: str
    password: str

    @classmethod
    def of(cls, url: str) -> Login:
        """The login in `url`; raises `RoleFailed` where it names nobody."""
        parts = urlsplit(url)
        if not parts.username:
            raise RoleFailed(
                "APP_DATABASE_URL names no role: write postgresql://ROLE:PASSWORD@HOST/DATABASE."
            )
        return cls(unquote(parts.username), unquote(parts.password or ""))


def grant_rows(connection: BaseDatabaseWrapper, login: Login) -> bool:
    """Let `login` read and write the rows of every table in this schema, now and later; True when it was made.

    Safe to repeat; a changed password is taken over. `connection` belongs to the tables' owner, as tables that it makes
    later carry the same rights. Raises `RoleFailed`.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database(), current_schema()")
        owner, database, schema = cursor.fetchone()
        if login.name == owner:
            raise RoleFailed(
                f'APP_DATABASE_URL names "{owner}", which owns the tables: web and worker need another role.'
            )
        made = _make(connection, login)
        role = sql.Identifier(login.name)
        there = {"role": role, "database": sql.Identifier(database), "schema": sql.Identifier(schema)}
        for statement in (
            "GRANT CONNECT ON DATABASE {database} TO {role}",
            "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            f"GRANT {ROWS} ON ALL TABLES IN SCHEMA {{schema}} TO {{role}}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT {ROWS} ON TABLES TO {{role}}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        ):
            cursor.execute(sql.SQL(statement).format(**there))
        return made


def _make(connection: BaseDatabaseWrapper, login: Login) -> bool:
    """The role with its password; True when there was none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = %s", [login.name]
        )
        found = cursor.fetchone()
    if found is not None and found[0]:
        raise RoleFailed(
            f'Role "{login.name}" may make roles or databases, or is a superuser: name one that is none of these.'
        )
    # Scrambled here, so that no log of the server holds the password.
    scrambled = connection.connection.pgconn.encrypt_password(
        login.password.encode(), login.name.encode(), b"scram-sha-256"
    ).decode()
    verb = "CREATE" if found is None else "ALTER"
    options = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE" if found is None else ""
    statement = sql.SQL("{} ROLE {} {} PASSWORD {}").format(
        sql.SQL(verb), sql.Identifier(login.name), sql.SQL(options), sql.Literal(scrambled)
    )
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(statement)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise
        if found is not None:
            return False  # who keeps the roles here keeps their passwords too
        raise RoleFailed(
            f'Role "{login.name}" is missing and this one may not make it. Have an administrator run: '
            f"CREATE ROLE \"{login.name}\" LOGIN PASSWORD '...', then run this again."
        ) from error
    return found is None
