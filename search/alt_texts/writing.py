"""Offered words into their table: those of a page at once; what somebody decided is never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from ..indexing.claim import key_type
from ..models import AltText, AltTextState

ALT_TEXT = AltText._meta.db_table


@dataclass(frozen=True)
class Offer:
    """Words for one picture in one language; `caption` is what the shop's captioner says of the file `digest`."""

    product: Any
    picture: str
    language: str
    position: int
    text: str
    digest: str
    caption: str = ""


def write_offers(keys: Sequence[Any], offers: Sequence[Offer], *, using: str) -> None:
    """Make `offers` all that is suggested for the products `keys`; equal rows are not written.

    What was decided stays as it is, also where that was a moment ago.
    """
    rows = sorted(offers, key=lambda each: (each.product, each.picture, each.language))
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH fresh AS MATERIALIZED (
                SELECT * FROM unnest(
                    %s::{key_type(using)}[], %s::text[], %s::text[], %s::integer[], %s::text[], %s::text[], %s::text[]
                ) AS fresh(product, picture, language, position, text, caption, captioned)
            ), gone AS (
                DELETE FROM {ALT_TEXT} AS known WHERE product = ANY(%s::{key_type(using)}[]) AND state = %s
                    AND NOT EXISTS (SELECT FROM fresh WHERE fresh.product = known.product
                        AND fresh.picture = known.picture AND fresh.language = known.language)
            )
            INSERT INTO {ALT_TEXT} AS known
                (product, picture, language, position, text, suggestion, caption, captioned, state)
            SELECT product, picture, language, position, text, text, caption, captioned, %s FROM fresh
            ON CONFLICT (product, picture, language) DO UPDATE SET
                position = excluded.position, text = excluded.text, suggestion = excluded.suggestion,
                caption = excluded.caption, captioned = excluded.captioned
                WHERE known.state = %s AND (known.position, known.text, known.caption, known.captioned)
                    IS DISTINCT FROM (excluded.position, excluded.text, excluded.caption, excluded.captioned)
            """,  # noqa: S608 - a table of ours
            [
                [each.product for each in rows],
                [each.picture for each in rows],
                [each.language for each in rows],
                [each.position for each in rows],
                [each.text for each in rows],
                [each.caption for each in rows],
                [each.digest if each.caption else "" for each in rows],
                list(keys),
                AltTextState.SUGGESTED,
                AltTextState.SUGGESTED,
                AltTextState.SUGGESTED,
            ],
        )
