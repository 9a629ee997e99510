"""What the shop sells. `documents.py` alone describes these models to the plugin; of it they know one thing: moderation
may hold a product back.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any

from django.core.files.base import File
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from product_search.documents import HeldBackQuerySet

#: From so few pieces on, shoppers are told how many are left.
LAST_PIECES = 3


class Category(models.Model):
    """One step of the tree of departments; `path` spells out all steps: `kitchen/mugs`."""

    slug = models.SlugField(_("slug"), max_length=80, allow_unicode=True)
    path = models.CharField(_("path"), max_length=500, unique=True, help_text=_("For example kitchen/mugs."))
    name = models.CharField(_("name"), max_length=120)
    name_de = models.CharField(_("German name"), max_length=120, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("path",)

    def __str__(self) -> str:
        return self.path.replace("/", " > ")

    @property
    def local_name(self) -> str:
        """The name in the active language."""
        return in_active_language(self.name, self.name_de)


class Brand(models.Model):
    """Who made it."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=120, unique=True, allow_unicode=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What can be bought. A variant (another colour or size) names its `parent`."""

    sku = models.CharField(_("SKU"), max_length=120, unique=True)
    slug = models.SlugField(_("slug"), max_length=160, allow_unicode=True, blank=True)
    name = models.CharField(_("name"), max_length=300)
    name_de = models.CharField(_("German name"), max_length=300, blank=True)
    description = models.TextField(_("description"), blank=True)
    description_de = models.TextField(_("German description"), blank=True)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("category")
    )
    brand = models.ForeignKey(
        Brand, models.SET_NULL, null=True, blank=True, related_name="products", verbose_name=_("brand")
    )
    price = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Empty: on request."),
    )
    list_price = models.DecimalField(
        _("price before"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("What it cost before it was reduced. Empty: not reduced."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    stock = models.PositiveIntegerField(
        _("stock"), null=True, blank=True, help_text=_("Empty: not counted, always available.")
    )
    rating = models.DecimalField(
        _("rating"),
        max_digits=2,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(5)],
    )
    popularity = models.PositiveIntegerField(_("popularity"), default=0, db_index=True)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="variants", verbose_name=_("variant of")
    )
    published = models.BooleanField(_("published"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    objects = HeldBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("sku",)

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = slugify(self.name, allow_unicode=True)[:160].strip("-") or "product"
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        # bulk_create and SQL pass save() by, and one product without a slug must not break a page of many.
        return reverse("catalog:product", args=[self.pk, self.slug or "product"])

    @property
    def local_name(self) -> str:
        """The name in the active language."""
        return in_active_language(self.name, self.name_de)

    @property
    def local_description(self) -> str:
        """The description in the active language."""
        return in_active_language(self.description, self.description_de)

    @property
    def available(self) -> bool:
        """Whether it can be bought now: counted and left, or not counted at all."""
        return self.stock is None or self.stock > 0

    @property
    def last_pieces(self) -> int:
        """How many are left where these are the last few, else 0."""
        return self.stock if self.stock and self.stock <= LAST_PIECES else 0

    @property
    def reduced_by(self) -> int:
        """By how much less than before it sells, in whole percent; 0 where it is not reduced."""
        if self.price is None or not self.list_price or self.list_price <= self.price:
            return 0
        return int((self.list_price - self.price) * 100 / self.list_price)


def picture_name(digest: str, extension: str) -> str:
    """Where a picture with this content lies in the media storage; equal content has one name and is stored once."""
    return f"products/{digest[:2]}/{digest}{extension.lower()}"


def _upload_to(instance: ProductImage, filename: str) -> str:
    digest = hashlib.sha256()
    content: File[bytes] = instance.image.file
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return picture_name(digest.hexdigest(), PurePath(filename).suffix)


class ProductImage(models.Model):
    """One picture of a product; width and height are stored, so that a page is laid out before pictures load."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images", verbose_name=_("product"))
    image = models.ImageField(
        _("picture"), upload_to=_upload_to, max_length=200, width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(_("width"), null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0)
    alt = models.CharField(_("alternative text"), max_length=300, blank=True)
    alt_de = models.CharField(_("German alternative text"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.alt or str(self.image)

    @property
    def local_alt(self) -> str:
        """The words for it in the active language."""
        return in_active_language(self.alt, self.alt_de)


class ProductVideo(models.Model):
    """A product's video."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="videos", verbose_name=_("product"))
    file = models.FileField(_("video"), upload_to="videos/", max_length=200)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return str(self.file)


class Collection(models.Model):
    """A hand-picked set of products: "Summer", "Gifts under 20"."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=120, unique=True, allow_unicode=True)
    products = models.ManyToManyField(
        Product, through="CollectionProduct", related_name="collections", verbose_name=_("products")
    )

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CollectionProduct(models.Model):
    """A product's place in a collection."""

    collection = models.ForeignKey(
        Collection, models.CASCADE, related_name="places", verbose_name=_("collection")
    )
    product = models.ForeignKey(Product, models.CASCADE, related_name="places", verbose_name=_("product"))
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product in a collection")
        verbose_name_plural = _("products in a collection")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(fields=("collection", "product"), name="catalog_once_in_a_collection"),
        ]

    def __str__(self) -> str:
        return f"{self.collection}: {self.product}"


class Order(models.Model):
    """What somebody ordered; nobody pays here, and nothing is sent."""

    placed_at = models.DateTimeField(_("placed"), auto_now_add=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.pk)


class OrderedProduct(models.Model):
    """One line of an order; it stays when the product goes."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, related_name="+", verbose_name=_("product")
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("ordered product")
        verbose_name_plural = _("ordered products")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product}"


def in_active_language(default: str, german: str) -> str:
    """The German text when German is active and there is one, else the default."""
    return german if german and (get_language() or "").startswith("de") else default
