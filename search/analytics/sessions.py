"""Visitors as a day's hash of them: the day's key is random, and deleted when the day is over.

Whoever holds the database then can't tell which visitor a hash was, nor that two days' hashes were the same one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date
from uuid import UUID

from django.db import connections

from ..models import SessionSalt
from . import days

_TABLE = SessionSalt._meta.db_table


def salt_of(day: date, *, using: str) -> bytes:
    """The key of `day`, made where it is missing in the transaction that is open; earlier days' are deleted then."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT salt FROM {_TABLE} WHERE day = %s", [day])
        found = cursor.fetchone()
        if found is None:
            cursor.execute(f"DELETE FROM {_TABLE} WHERE day < %s", [day])
            cursor.execute(
                f"INSERT INTO {_TABLE} (day, salt) VALUES (%s, %s) ON CONFLICT (day) DO NOTHING",
                [day, secrets.token_bytes(32)],
            )
            cursor.execute(f"SELECT salt FROM {_TABLE} WHERE day = %s", [day])
            found = cursor.fetchone()
    return bytes(found[0])


def forget_salts(*, using: str) -> None:
    """Delete the keys of days that are over."""
    SessionSalt.objects.using(using).filter(day__lt=days.today()).delete()


def hashed(value: str, salt: bytes | None) -> UUID | None:
    """The day's hash of a visitor or of an order's number; None where there is nothing to hash, or the key is gone."""
    if not value or salt is None:
        return None
    return UUID(bytes=hmac.new(salt, value.encode("utf-8", "replace"), hashlib.sha256).digest()[:16])
