"""Tokens: what a key looks like, and what is kept of it."""

from __future__ import annotations

import hashlib
import secrets

#: What tokens begin with, by kind: so that people, and scanners of code, see what lies before them.
BEGINNINGS = {"publishable": "ps_pub_", "secret": "ps_sec_", "signed": "ps_sig_"}
#: Of a token, shown to tell it from others.
SHOWN = 12
#: No token is longer; a signed one with many filters comes near.
LONGEST = 4_000


def new_token(kind: str) -> str:
    """A random token of 32 bytes."""
    return BEGINNINGS[kind] + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Hex SHA-256 of a token. A token can't be guessed, so a slow hash would protect nothing and slow each request."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
