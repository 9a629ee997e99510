"""What one cell of a product list means, and how it is written back: prices, numbers, trees of categories, names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.text import slugify
from import_export.widgets import Widget

from ..models import Brand, Category, Product

_STEPS = re.compile(r"\s*[>|]\s*")
_MONEY_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
_TRUE = {"1", "true", "yes", "y", "on", "ja", "wahr"}
_FALSE = {"0", "false", "no", "n", "off", "nein", "falsch"}

#: The other cells of the row that is read.
Row = Mapping[str, str] | None


def slug_of(text: str, limit: int = 80) -> str:
    """The slug of a name; raises `ValueError` where nothing of it can stand in an address."""
    slug = slugify(text, allow_unicode=True)[:limit].strip("-_")
    if not slug:
        raise ValueError(f'"{text}" has no letter or digit to make an address of')
    return slug


def decimal_of(text: str) -> Decimal:
    """`12.50`, `12,50`, `1.234,50`, `1,234.50` and `€ 12` as numbers; raises `ValueError` on anything else."""
    bare = re.sub(r"[\s'’€$£]|[A-Za-z]{3}$", "", text.strip())
    if not re.fullmatch(r"[-+]?\d[\d.,]*", bare):
        raise ValueError(f'"{text}" is no number')
    last = max(bare.rfind("."), bare.rfind(","))
    mark = bare[last] if last >= 0 else ""
    decimals = len(bare) - last - 1
    # A mark that comes twice, or once before exactly three digits as a comma, groups thousands.
    if mark and (bare.count(mark) > 1 or (mark == "," and decimals == 3 and "." not in bare)):
        return Decimal(re.sub(r"[.,]", "", bare))
    if not mark:
        return Decimal(bare)
    return Decimal(re.sub(r"[.,]", "", bare[:last]) + "." + (bare[last + 1 :] or "0"))


class TextCell(Widget):  # type: ignore[misc]
    """Text as it is; empty stays empty."""

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> str:
        return value.strip() if isinstance(value, str) else str(value or "")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class TitleCell(TextCell):
    """A title, which every product needs."""

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> str:
        title = super().clean(value, row, **kwargs)
        if not title:
            raise ValueError("the title is empty")
        return title


class DecimalCell(TextCell):
    """A number with `places` decimals, or nothing."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.quantum = Decimal(1).scaleb(-places)

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> Decimal | None:  # type: ignore[override]
        text = super().clean(value)
        return decimal_of(text).quantize(self.quantum, ROUND_HALF_UP) if text else None


class PriceCell(DecimalCell):
    """An amount of money, or nothing."""

    def __init__(self) -> None:
        super().__init__(places=2)

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> Decimal | None:  # type: ignore[override]
        if re.search(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?![\d.,])", value):
            raise ValueError(f'"{value}" may be a thousand times more or less; write it with two decimals')
        return super().clean(value)


class CountCell(TextCell):
    """A whole number; `empty` stands for a cell without one."""

    def __init__(self, empty: int | None) -> None:
        super().__init__()
        self.empty = empty

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> int | None:  # type: ignore[override]
        text = super().clean(value)
        if not text:
            return self.empty
        number = decimal_of(text)
        if number != number.to_integral_value():
            raise ValueError(f'"{text}" is no whole number')
        return int(number)


class CurrencyCell(TextCell):
    """A currency's three letters, or its sign."""

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> str:
        code = super().clean(value).upper()
        code = _MONEY_SIGNS.get(code, code) or "EUR"
        if not re.fullmatch("[A-Z]{3}", code):
            raise ValueError(f'"{value}" is no currency such as EUR')
        return code


class YesNoCell(TextCell):
    """Yes or no, in the words that systems use; empty is yes."""

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> bool:  # type: ignore[override]
        word = super().clean(value).lower()
        if word in _FALSE:
            return False
        if not word or word in _TRUE:
            return True
        raise ValueError(f'"{value}" is neither yes nor no')

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "true" if value else "false"


class JsonCell(TextCell):
    """A JSON object with whatever else is known of a product."""

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        text = super().clean(value)
        try:
            parsed = json.loads(text) if text else {}
        except ValueError as error:
            raise ValueError(f"the attributes are no JSON: {error}") from error
        if not isinstance(parsed, dict):
            raise ValueError("the attributes are no JSON object {…}")
        return parsed

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""


class CategoryCell(TextCell):
    """A path of names, `Kitchen > Mugs`; steps that are missing are made. `category_de` names them in German."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Category] = {}

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> Category | None:  # type: ignore[override]
        names = [name for name in _STEPS.split(super().clean(value)) if name]
        german = [name for name in _STEPS.split((row or {}).get("category_de", "").strip()) if name]
        category: Category | None = None
        for depth, name in enumerate(names):
            category = self._step(category, name, german[depth] if len(german) == len(names) else "")
        return category

    def _step(self, parent: Category | None, name: str, name_de: str) -> Category:
        path = f"{parent.path}/{slug_of(name)}" if parent else slug_of(name)
        category = self.known.get(path)
        if category is None:
            fields = {"slug": slug_of(name), "name": name, "name_de": name_de, "parent": parent}
            category, _ = Category.objects.get_or_create(path=path, defaults=fields)
            self.known[path] = category
        if name_de and not category.name_de:
            category.name_de = name_de
            category.save(update_fields=["name_de"])
        return category

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return _tree_names(value, "name")


class GermanCategoryCell(TextCell):
    """Written on export only; `CategoryCell` reads it."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return _tree_names(value, "name_de")


class BrandCell(TextCell):
    """A brand by its name; made when it is new."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Brand] = {}

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> Brand | None:  # type: ignore[override]
        name = super().clean(value)
        if not name:
            return None
        slug = slug_of(name, limit=120)
        if slug not in self.known:
            self.known[slug], _ = Brand.objects.get_or_create(slug=slug, defaults={"name": name})
        return self.known[slug]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.name if value else ""


class ParentCell(TextCell):
    """The product that this one is a variant of, by SKU; None where it is not there yet."""

    def clean(self, value: str, row: Row = None, **kwargs: Any) -> Product | None:  # type: ignore[override]
        sku = super().clean(value)
        if sku and sku == (row or {}).get("sku", ""):
            raise ValueError("a product can't be a variant of itself")
        return Product.objects.filter(sku=sku).first() if sku else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.sku if value else ""


def _tree_names(category: Category | None, field: str) -> str:
    names: list[str] = []
    while category is not None:
        names.append(getattr(category, field) or category.name)
        category = category.parent
    return " > ".join(reversed(names))
