"""Rights in the database: making tables and indexes is the owner's, web and worker need only rows.

So a host may give web and worker a role that reads and writes rows (`docs/production.md`), and run the commands that
make tables as the owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import ProgrammingError, connections

from ..errors import ProductSearchError

INSUFFICIENT_PRIVILEGE = "42501"


class OwnerNeeded(ProductSearchError):
    """This role may not make, alter or drop what it was asked to; the message names the command for the owner."""


@contextmanager
def owner_needed(using: str, command: str) -> Iterator[None]:
    """Turns the database's refusal into `OwnerNeeded`, which says to run `command` as the tables' owner."""
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        role = connections[using].settings_dict["USER"] or "of this process"
        raise OwnerNeeded(
            f"Role {role} may write rows but make no tables or indexes ({str(error).splitlines()[0]}). "
            f"Run `manage.py {command}` as the role that ran `manage.py migrate`."
        ) from error


def copy_rights(using: str, table: str, child: str) -> None:
    """Give `child` the rights that others have in `table`: CREATE TABLE (LIKE ...) leaves them behind.

    Without it a role that reads the tables of today would be refused the partition of tomorrow's model.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT format('GRANT %%s ON %%I TO %%s', string_agg(acl.privilege_type, ', '), %s::text,"
            " CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END)"
            " FROM pg_class, aclexplode(relacl) AS acl WHERE oid = %s::regclass AND acl.grantee <> relowner"
            " GROUP BY acl.grantee",
            [child, table],
        )
        for (grant,) in cursor.fetchall():
            cursor.execute(grant)
