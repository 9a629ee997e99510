"""Suggested tags into their table: those of a page at once; what somebody decided is never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from ..indexing.claim import key_type
from ..models import Tag, TagState

TAG = Tag._meta.db_table


@dataclass(frozen=True)
class Suggestion:
    """A value that a product seems to have; `alone` where the attribute has one value at most."""

    product: Any
    attribute: str
    value: str
    probability: float
    alone: bool


def write_suggestions(
    keys: Sequence[Any], attributes: Sequence[str], suggestions: Sequence[Suggestion], *, using: str
) -> None:
    """Make `suggestions` all that is suggested of `attributes` for the products `keys`; equal rows are not written.

    An accepted or rejected tag stays as it is; beside an accepted value of an attribute that has one no other is
    suggested, also where it was accepted a moment ago.
    """
    rows = sorted(suggestions, key=lambda each: (each.product, each.attribute, each.value))
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            WITH fresh AS MATERIALIZED (
                SELECT * FROM unnest(
                    %s::{key_type(using)}[], %s::text[], %s::text[], %s::double precision[], %s::boolean[]
                ) AS fresh(product, attribute, value, probability, alone)
            ), gone AS (
                DELETE FROM {TAG} AS known WHERE product = ANY(%s) AND attribute = ANY(%s) AND state = %s AND NOT EXISTS
                    (SELECT FROM fresh WHERE fresh.product = known.product AND fresh.attribute = known.attribute
                        AND fresh.value = known.value)
            )
            INSERT INTO {TAG} AS known (product, attribute, value, probability, state)
            SELECT product, attribute, value, probability, %s FROM fresh
            WHERE NOT alone OR NOT EXISTS
                (SELECT FROM {TAG} AS settled WHERE settled.product = fresh.product
                    AND settled.attribute = fresh.attribute AND settled.state = %s)
            ON CONFLICT (product, attribute, value) DO UPDATE SET probability = excluded.probability
                WHERE known.state = %s AND known.probability IS DISTINCT FROM excluded.probability
            """,  # noqa: S608 - a table of ours
            [
                [each.product for each in rows],
                [each.attribute for each in rows],
                [each.value for each in rows],
                [each.probability for each in rows],
                [each.alone for each in rows],
                list(keys),
                list(attributes),
                TagState.SUGGESTED,
                TagState.SUGGESTED,
                TagState.ACCEPTED,
                TagState.SUGGESTED,
            ],
        )


def forget_others(attributes: Sequence[str], values: Sequence[tuple[str, str]], *, using: str) -> None:
    """Drop what is suggested of attributes other than `attributes`, or of values other than `values`, (attribute,
    value): the vocabulary has them no more.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM {TAG} AS known WHERE state = %s AND NOT EXISTS (
                SELECT FROM unnest(%s::text[], %s::text[]) AS kept(attribute, value)
                WHERE kept.attribute = known.attribute AND kept.value = known.value
            )
            """,  # noqa: S608 - a table of ours
            [
                TagState.SUGGESTED,
                [attribute for attribute, _ in values if attribute in attributes],
                [value for attribute, value in values if attribute in attributes],
            ],
        )
