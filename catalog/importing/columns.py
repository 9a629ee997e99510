"""Whose column is which of ours: by name, by common alias, or as the caller maps them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Our columns, each with the names under which other systems export it. An earlier alias wins over a later one.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "sku": ("variant_sku", "article_number", "item_number", "product_code", "product_id", "handle", "id"),
    "title": ("name", "product_name", "product_title", "label"),
    "title_de": ("name_de", "titel", "bezeichnung"),
    "description": ("body", "body_html", "product_description", "desc", "text"),
    "description_de": ("beschreibung",),
    "category": ("product_category", "product_type", "category_path", "department"),
    "category_de": ("kategorie",),
    "brand": ("vendor", "manufacturer", "maker", "marke"),
    "price": ("regular_price", "variant_price", "amount", "preis"),
    "list_price": ("compare_at_price", "variant_compare_at_price", "msrp", "rrp", "uvp", "streichpreis"),
    "currency": ("currency_code", "waehrung"),
    "stock": ("quantity", "qty", "inventory", "stock_quantity", "bestand"),
    "rating": ("average_rating", "stars"),
    "popularity": ("sales", "sold"),
    "parent": ("parent_sku", "parent_id", "variant_of"),
    "published": ("active", "enabled", "visible"),
    "images": ("image", "image_src", "image_file", "image_files", "pictures", "picture", "photo", "photos"),
    "collections": ("collection",),
    "attributes": ("options", "properties"),
}


class UnknownColumn(ValueError):
    """A mapping names a column that the file does not have, or a target that the shop does not have."""


@dataclass(frozen=True)
class Columns:
    """How a file's columns are read: `chosen` gives for each of ours its position; `extra` are all the others.

    `fallback_sku` is the position of an `id` column that names rows whose SKU is empty.
    """

    chosen: Mapping[str, int]
    extra: Mapping[str, int]
    fallback_sku: int | None = None

    @property
    def headers(self) -> list[str]:
        """The columns that `row` gives, in order."""
        named = list(self.chosen)
        return named if "attributes" in self.chosen or not self.extra else [*named, "attributes"]

    def row(self, cells: Sequence[str | None]) -> list[str]:
        """A row of the file as a row of ours; columns that the shop has no place for go into `attributes` as JSON."""
        values = {name: _cell(cells, position) for name, position in self.chosen.items()}
        if not values.get("sku") and self.fallback_sku is not None:
            values["sku"] = _cell(cells, self.fallback_sku)
        if self.extra:
            extra = {name: text for name, at in self.extra.items() if (text := _cell(cells, at))}
            values["attributes"] = _merged(values.get("attributes", ""), extra)
        return [values[name] for name in self.headers]


def read_columns(headers: Sequence[str], mapping: Mapping[str, str] | None = None) -> Columns:
    """Decide what each header means; `mapping` (theirs to ours) overrules names. Raises `UnknownColumn`."""
    names = [_plain(header) for header in headers]
    chosen: dict[str, int] = {}
    for theirs, ours in (mapping or {}).items():
        if ours not in ALIASES:
            raise UnknownColumn(
                f'--map {theirs}={ours}: the shop has no "{ours}"; it has {", ".join(ALIASES)}.'
            )
        if _plain(theirs) not in names:
            raise UnknownColumn(
                f'--map {theirs}={ours}: the file has no "{theirs}"; it has {", ".join(headers)}.'
            )
        chosen[ours] = names.index(_plain(theirs))
    for ours, aliases in ALIASES.items():
        for name in (ours, *aliases):
            if ours not in chosen and name in names and names.index(name) not in chosen.values():
                chosen[ours] = names.index(name)
    fallback = names.index("id") if "id" in names and chosen.get("sku") != names.index("id") else None
    used = {*chosen.values(), fallback}
    extra = {headers[at].strip(): at for at in range(len(names)) if at not in used and names[at]}
    return Columns({name: chosen[name] for name in ALIASES if name in chosen}, extra, fallback)


def _plain(header: str) -> str:
    """`Variant SKU`, `variant-sku` and `variant_sku` are one name."""
    return re.sub(r"[^\w]+", "_", header.strip().lower()).strip("_")


def _cell(cells: Sequence[str | None], position: int) -> str:
    return str(cells[position] or "").strip() if position < len(cells) else ""


def _merged(attributes: str, extra: Mapping[str, str]) -> str:
    try:
        own = json.loads(attributes) if attributes else {}
    except ValueError:
        return attributes  # the cell's own check reports it
    if not isinstance(own, dict):
        return attributes
    return json.dumps({**extra, **own}, ensure_ascii=False)
