"""The one way a list becomes products: django-import-export's resource, used by the command and by the admin alike."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from import_export import fields, resources
from import_export.instance_loaders import CachedInstanceLoader
from import_export.results import RowResult
from tablib import Dataset

from ..models import Collection, CollectionProduct, Product, ProductImage
from . import cells
from .columns import read_columns
from .pictures import BadPicture, CheckedPicture, PictureSource, check
from .report import ImportReport, Trouble

logger = logging.getLogger(__name__)

_NAMES = re.compile(r"\s*[;|\n]\s*")


class ProductResource(resources.ModelResource):  # type: ignore[misc]
    """Products as rows. A bad row does not stop the others, and a bad picture does not stop its product.

    `mapping` renames columns (theirs to ours); `pictures` is where the files named in `images` come from: without it
    a product's pictures are left as they are. `report` collects what happened; `lines` are the file's line numbers of
    the rows of the data set that is imported.
    """

    sku = fields.Field("sku", "sku", cells.TextCell())
    name = fields.Field("name", "title", cells.TitleCell())
    name_de = fields.Field("name_de", "title_de", cells.TextCell())
    description = fields.Field("description", "description", cells.TextCell())
    description_de = fields.Field("description_de", "description_de", cells.TextCell())
    category = fields.Field("category", "category", cells.CategoryCell())
    category_de = fields.Field("category", "category_de", cells.GermanCategoryCell(), readonly=True)
    brand = fields.Field("brand", "brand", cells.BrandCell())
    price = fields.Field("price", "price", cells.PriceCell())
    list_price = fields.Field("list_price", "list_price", cells.PriceCell())
    currency = fields.Field("currency", "currency", cells.CurrencyCell())
    stock = fields.Field("stock", "stock", cells.CountCell(empty=None))
    rating = fields.Field("rating", "rating", cells.DecimalCell(1))
    popularity = fields.Field("popularity", "popularity", cells.CountCell(empty=0))
    parent = fields.Field("parent", "parent", cells.ParentCell())
    published = fields.Field("published", "published", cells.YesNoCell())
    attributes = fields.Field("attributes", "attributes", cells.JsonCell())
    images = fields.Field(column_name="images", readonly=True)
    collections = fields.Field(column_name="collections", readonly=True)

    class Meta:
        model = Product
        import_id_fields = ("sku",)
        fields = (
            "sku",
            "name",
            "name_de",
            "description",
            "description_de",
            "category",
            "category_de",
            "brand",
            "price",
            "list_price",
            "currency",
            "stock",
            "rating",
            "popularity",
            "parent",
            "published",
            "attributes",
            "images",
            "collections",
        )
        skip_unchanged = True
        report_skipped = True
        instance_loader_class = CachedInstanceLoader

    def __init__(
        self,
        *,
        mapping: Mapping[str, str] | None = None,
        pictures: PictureSource | None = None,
        report: ImportReport | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mapping = mapping or {}
        self.pictures = pictures
        self.report = report or ImportReport()
        self.lines: Sequence[int] = ()
        self._seen: dict[str, int] = {}
        self._parents: dict[str, tuple[str, int]] = {}
        self._checked: list[CheckedPicture] | None = None
        self._keep_pictures = False

    # Export

    def dehydrate_images(self, product: Product) -> str:
        """The pictures' names in the media storage."""
        return ";".join(image.image.name or "" for image in product.images.all()) if product.pk else ""

    def dehydrate_collections(self, product: Product) -> str:
        """The names of the collections it is in."""
        return ";".join(sorted(c.name for c in product.collections.all())) if product.pk else ""

    def get_queryset(self) -> QuerySet[Product]:
        return Product.objects.select_related("category", "brand", "parent").prefetch_related(
            "images", "collections"
        )

    # Import

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Bring the columns to our names. Raises `ValueError` where a column that every list needs is missing."""
        columns = read_columns(list(dataset.headers or ()), self.mapping)
        for needed in ("sku", "title"):
            if needed not in columns.chosen:
                found = ", ".join(dataset.headers or ()) or "none"
                raise ValueError(
                    f"No column is the {needed}; columns: {found}. Name it: --map THEIRS={needed}"
                )
        rows = [columns.row(row) for row in dataset]
        dataset.wipe()
        dataset.headers = columns.headers
        dataset.extend(rows)

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        """One row, in a savepoint of its own; what it changed is undone where it fails."""
        line = self._line(kwargs["row_number"])
        with transaction.atomic():
            result: RowResult = super().import_row(row, instance_loader, **kwargs)
            failed = bool(result.errors or result.validation_error)
            if failed:
                transaction.set_rollback(True)
        if failed:
            # What the row had made is gone with it.
            for name in ("category", "brand"):
                self.fields[name].widget.known.clear()
            self.report.troubles.append(Trouble("row", line, row.get("sku", ""), _reason(result)))
        elif result.is_new():
            self.report.new += 1
        elif result.is_skip():
            self.report.unchanged += 1
        else:
            self.report.changed += 1
        return result

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        line = self._line(kwargs["row_number"])
        sku = row["sku"]
        if not sku:
            raise ValidationError({"sku": "the SKU is empty"})
        first = self._seen.setdefault(sku, line)
        if first != line:
            raise ValidationError({"sku": f"this SKU came already in line {first}"})
        if "brand" not in row and (brand := _brand_attribute(row.get("attributes", ""))):
            row["brand"] = brand

    def import_instance(self, instance: Product, row: dict[str, Any], **kwargs: Any) -> None:
        self._checked = None
        super().import_instance(instance, row, **kwargs)
        line = self._line(kwargs["row_number"])
        if row.get("parent") and instance.parent is None:
            self._parents[instance.sku] = (row["parent"], line)
        if self.pictures is not None:
            self._check_pictures(self.pictures, instance, row, line)

    def skip_row(self, instance: Product, original: Product, row: Any, errors: Any = None) -> bool:
        if not super().skip_row(instance, original, row, errors) or instance.pk is None:
            return False
        return not self._pictures_differ(instance) and not self._collections_differ(instance, row)

    def validate_instance(self, instance: Product, errors: Any = None, validate_unique: bool = True) -> None:
        """The fields' own checks; that related rows exist and the SKU is new was established on the way here."""
        found = dict(errors or {})
        try:
            instance.clean_fields(exclude=[*found, "category", "brand", "parent"])
        except ValidationError as error:
            found = error.update_error_dict(found)
        if found:
            raise ValidationError(found)

    def save_m2m(self, instance: Product, row: dict[str, Any], **kwargs: Any) -> None:
        if self._collections_differ(instance, row):
            self._save_collections(instance, row)
        if self._pictures_differ(instance):
            self._save_pictures(instance, store=not kwargs.get("dry_run") and not kwargs.get("keep_files"))

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        """Join variants whose parent came later in the list."""
        for sku, (parent_sku, _line) in list(self._parents.items()):
            parent = Product.objects.filter(sku=parent_sku).first()
            child = Product.objects.filter(sku=sku).first()
            if parent is not None and child is not None:
                child.parent = parent
                child.save(update_fields=["parent", "updated_at"])
            if parent is not None or child is None:
                del self._parents[sku]

    def report_orphans(self) -> None:
        """To be called after the last row: a variant whose parent never came is a bad row."""
        for sku, (parent_sku, line) in self._parents.items():
            reason = f'its parent "{parent_sku}" is not in the list or the shop; imported by itself'
            self.report.troubles.append(Trouble("row", line, sku, reason))

    # Pictures

    def _check_pictures(
        self, source: PictureSource, instance: Product, row: dict[str, Any], line: int
    ) -> None:
        names = [name for name in _NAMES.split(row.get("images", "")) if name]
        if "images" not in row:
            entry = source.find_stem(instance.sku)
            names = [entry] if entry else []
        known = frozenset(self._current(instance))
        self._checked, self._keep_pictures = [], False
        for name in names:
            try:
                picture = check(source, name, known)
            except BadPicture as error:
                # Perhaps only the folder is incomplete: what the product had stays.
                self._keep_pictures = True
                self.report.troubles.append(Trouble("picture", line, instance.sku, str(error)))
                continue
            if picture.name not in [earlier.name for earlier in self._checked]:
                self._checked.append(picture)

    def _current(self, instance: Product) -> dict[str, ProductImage]:
        if not instance.pk:
            return {}
        return {image.image.name or "": image for image in instance.images.all()}

    def _pictures_differ(self, instance: Product) -> bool:
        if self._checked is None:
            return False
        current, wanted = list(self._current(instance)), [picture.name for picture in self._checked]
        return not set(wanted) <= set(current) if self._keep_pictures else current != wanted

    def _save_pictures(self, instance: Product, *, store: bool) -> None:
        current = self._current(instance)
        for position, picture in enumerate(self._checked or ()):
            image = current.pop(picture.name, None)
            if image is None:
                if store:
                    self.report.pictures_stored += picture.store()
                self.report.pictures_linked += 1
                ProductImage.objects.create(
                    product=instance,
                    image=picture.name,
                    width=picture.width,
                    height=picture.height,
                    position=position,
                )
            elif image.position != position:
                image.position = position
                image.save(update_fields=["position"])
        if not self._keep_pictures:
            for image in current.values():
                image.delete()

    # Collections

    def _collections_differ(self, instance: Product, row: dict[str, Any]) -> bool:
        if "collections" not in row:
            return False
        wanted = {cells.slug_of(name, 120) for name in _NAMES.split(row["collections"]) if name}
        return wanted != {collection.slug for collection in instance.collections.all()}

    def _save_collections(self, instance: Product, row: dict[str, Any]) -> None:
        names = {cells.slug_of(name, 120): name for name in _NAMES.split(row["collections"]) if name}
        for place in CollectionProduct.objects.filter(product=instance).exclude(collection__slug__in=names):
            place.delete()
        for slug, name in names.items():
            collection, _ = Collection.objects.get_or_create(slug=slug, defaults={"name": name})
            CollectionProduct.objects.get_or_create(collection=collection, product=instance)

    def _line(self, row_number: int) -> int:
        return self.lines[row_number - 1] if self.lines else row_number + 1


def _brand_attribute(attributes: str) -> str:
    """The brand that some shops keep among a product's attributes; empty without one."""
    try:
        brand = json.loads(attributes or "{}").get("Brand", "")
    except (ValueError, AttributeError):
        return ""  # the attributes' own cell reports it
    first = brand[0] if isinstance(brand, list) and brand else brand
    return first if isinstance(first, str) else ""


def _reason(result: RowResult) -> str:
    error = result.validation_error
    if error is None:
        logger.warning("a row could not be imported", exc_info=result.errors[0].error)
        return str(result.errors[0].error)
    if hasattr(error, "error_dict"):
        return "; ".join(f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
    return "; ".join(error.messages)
