"""The shop at work: saves of every kind a shop makes, drawn from a seed; each one's error is written down.

It uses the shop's models as any view or command would, and of the plugin only `mark_stale`, as the docs tell shops
that write past the signals.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.core import serializers
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from PIL import Image

from catalog.models import Brand, Category, Collection, CollectionProduct, Product, ProductImage
from product_search.indexing import mark_stale
from tests.variants.models import GiftCard, OutletProduct

#: From so many products on, as many go as come.
MOST_PRODUCTS = 120
WORDS = (
    "red",
    "blue",
    "cup",
    "mug",
    "bowl",
    "tall",
    "Tee",
    "grün",
    "Öl",
    "naïve",
    "shirt",
    "soft",
    "old",
    "茶",
    "no. 5",
)
#: Some files are no pictures, or are cut off.
BROKEN = (b"", b"no picture at all", b"\x89PNG\r\n\x1a\n broken")


@dataclass(frozen=True)
class Plan:
    """Saves number `first` to `first + count` of the run `seed`."""

    seed: int
    first: int
    count: int
    #: Whether a save stands in a transaction of its own, in none, or now so and now so.
    mode: Literal["mixed", "autocommit", "atomic"] = "mixed"
    #: Written past the signals and told to nobody: only triggers see it.
    untold: bool = False
    #: Only saves of this kind, e.g. "add_picture".
    only: str = ""
    #: At most so many saves a second; 0 is as fast as it goes.
    per_second: float = 0.0


class TakenBack(Exception):
    """Rolls back."""


def stock() -> None:
    """What the shop begins with."""
    for number in range(3):
        Brand.objects.create(name=f"Brand {number}", slug=f"brand-{number}")
        Category.objects.create(slug=f"c{number}", path=f"c{number}", name=f"Category {number}", name_de="")
        Collection.objects.create(name=f"Collection {number}", slug=f"collection-{number}")


def run(plan: Plan, outcomes: Path) -> None:
    """Make the plan's saves; a line of JSON for each goes to `outcomes` before the next begins."""
    begun = time.monotonic()
    with outcomes.open("a", encoding="utf-8") as lines:
        for number in range(plan.first, plan.first + plan.count):
            shop = Shop(random.Random(f"{plan.seed} {number}"), number, plan)
            if plan.per_second:
                time.sleep(max(0.0, begun + (number - plan.first) / plan.per_second - time.monotonic()))
            at, one = time.time(), time.monotonic()
            error = ""
            try:
                done = shop.save()
            except Exception as problem:
                done, error = "failed", f"{type(problem).__name__}: {problem}"
                connection.close_if_unusable_or_obsolete()
                time.sleep(0.1)
            line = {"number": number, "at": at, "save": done, "error": error}
            lines.write(json.dumps({**line, "seconds": round(time.monotonic() - one, 4)}) + "\n")
            lines.flush()


class Shop:
    """One save of one kind, drawn from a seed of its own, so that a run goes on where a killed writer ended."""

    def __init__(self, rng: random.Random, number: int, plan: Plan) -> None:
        self.rng, self.number, self.plan = rng, number, plan

    def save(self) -> str:
        """Make the save; returns its kind."""
        kinds: dict[Callable[[], None], int] = {
            self.create: 8,
            self.update: 8,
            self.update_some_fields: 3,
            self.delete: 3,
            self.rename_brand: 2,
            self.rename_category: 2,
            self.rename_collection: 1,
            self.add_picture: 6,
            self.replace_picture: 2,
            self.move_picture: 2,
            self.reorder_pictures: 1,
            self.delete_picture: 2,
            self.delete_brand: 1,
            self.roll_back: 3,
            self.roll_back_savepoint: 3,
            self.many_to_many: 3,
            self.clear_collection: 1,
            self.through_row: 3,
            self.proxy: 2,
            self.child_table: 2,
            self.bulk_update: 2,
            self.bulk_create: 1,
            self.delete_queryset: 1,
            self.load: 1,
        }
        if self.plan.untold:
            kinds = {self.bulk_update: 3, self.bulk_create: 1, self.raw_sql: 3, self.update: 1}
        products = Product.objects.count()
        if products < 10:
            kinds = {self.create: 1, self.add_picture: 1, self.bulk_create: 1}
        elif products > MOST_PRODUCTS:
            kinds = {**kinds, self.delete: 20}
        if self.plan.only:
            kinds = {getattr(self, self.plan.only): 1}
        (kind,) = self.rng.choices(list(kinds), list(kinds.values()))
        if self.plan.mode == "atomic" or (self.plan.mode == "mixed" and self.rng.random() < 0.5):
            with transaction.atomic():
                kind()
        else:
            kind()
        return kind.__name__

    # -- what is drawn

    def words(self) -> str:
        """Mostly new, often the same as before, and now and then nothing."""
        drawn = self.rng.choices(WORDS, k=self.rng.choice((0, 1, 1, 2, 2, 3)))
        return " ".join([*drawn, f"no. {self.number}"] if self.rng.random() < 0.6 else drawn)

    def any(self, model: type[Any]) -> Any:
        """A row of the model; None where there is none."""
        count = model.objects.count()
        return model.objects.order_by("pk")[self.rng.randrange(count)] if count else None

    def file(self) -> ContentFile[bytes]:
        """A small picture, the same one as often as not, or something that only calls itself so."""
        if self.rng.random() < 0.1:
            return ContentFile(self.rng.choice(BROKEN), name=f"{self.number}.png")
        shade = self.rng.randrange(40)
        buffer = io.BytesIO()
        kind, height = self.rng.choice((("PNG", 4), ("JPEG", 5)))  # two files never have the same pixels
        Image.new("RGB", (6 + shade % 5, height), (shade * 6, 255 - shade * 5, 90)).save(buffer, kind)
        return ContentFile(buffer.getvalue(), name=f"{self.number}.{kind.lower()}")

    def change(self, product: Product) -> None:
        """New words in some of its columns."""
        product.name = self.words()
        if self.rng.random() < 0.5:
            product.name_de = self.words()
        if self.rng.random() < 0.3:
            product.description = self.words()
        if self.rng.random() < 0.3:
            product.brand = self.any(Brand)
        if self.rng.random() < 0.3:
            product.category = self.any(Category)

    # -- kinds of saves

    def create(self) -> None:
        product = Product(sku=f"{self.plan.seed}-{self.number}")
        self.change(product)
        product.save()
        for position in range(self.rng.choice((0, 0, 1, 2))):
            ProductImage.objects.create(product=product, image=self.file(), position=position)

    def update(self) -> None:
        product = self.any(Product)
        self.change(product)
        product.save()

    def update_some_fields(self) -> None:
        product = self.any(Product)
        product.name, product.stock = self.words(), self.rng.randrange(9)
        product.save(update_fields=self.rng.choice((["name"], ["stock"], ["name", "stock"])))

    def delete(self) -> None:
        self.any(Product).delete()

    def rename_brand(self) -> None:
        brand = self.any(Brand) or Brand(slug=f"b{self.number}")
        brand.name = self.words()
        brand.save()

    def delete_brand(self) -> None:
        brand = self.any(Brand)
        if brand is not None:
            brand.delete()
        Brand.objects.create(name=self.words(), slug=f"n{self.number}")

    def rename_category(self) -> None:
        category = self.any(Category)
        category.name, category.name_de = self.words(), self.words()
        category.save()

    def rename_collection(self) -> None:
        collection = self.any(Collection)
        collection.name = self.words()
        collection.save()

    def add_picture(self) -> None:
        product = self.any(Product) or Product.objects.create(sku=f"p{self.number}", name=self.words())
        ProductImage.objects.create(product=product, image=self.file(), position=self.rng.randrange(3))

    def replace_picture(self) -> None:
        picture = self.any(ProductImage)
        if picture is not None:
            picture.image = self.file()
            picture.save()

    def move_picture(self) -> None:
        picture = self.any(ProductImage)
        if picture is not None:
            picture.product = self.any(Product)
            picture.save(update_fields=["product"])

    def reorder_pictures(self) -> None:
        picture = self.any(ProductImage)
        if picture is not None:
            picture.position = self.rng.randrange(5)
            picture.save()

    def delete_picture(self) -> None:
        picture = self.any(ProductImage)
        if picture is not None:
            picture.delete()

    def roll_back(self) -> None:
        with contextlib.suppress(TakenBack), transaction.atomic():
            self.update()
            self.add_picture()
            self.delete()
            raise TakenBack

    def roll_back_savepoint(self) -> None:
        with transaction.atomic():
            self.update()
            self.roll_back()
            self.through_row()

    def many_to_many(self) -> None:
        product, collection = self.any(Product), self.any(Collection)
        one, other = self.rng.choice(((product.collections, collection), (collection.products, product)))
        self.rng.choice((one.add, one.remove, lambda row: one.set([row])))(other)

    def clear_collection(self) -> None:
        self.any(Collection).products.clear()

    def through_row(self) -> None:
        place = self.any(CollectionProduct)
        if place is not None and self.rng.random() < 0.5:
            if self.rng.random() < 0.5:
                place.delete()
            else:
                self.move_place()
        else:
            self.new_place()

    def new_place(self) -> None:
        collection = self.any(Collection)
        product = Product.objects.exclude(places__collection=collection).order_by("pk").last()
        CollectionProduct.objects.create(product=product, collection=collection)

    def move_place(self) -> None:
        place = self.any(CollectionProduct) or CollectionProduct(collection=self.any(Collection))
        place.product = Product.objects.exclude(places__collection=place.collection).order_by("pk").first()
        place.save()

    def proxy(self) -> None:
        product = self.any(OutletProduct)
        self.change(product)
        product.save()
        if self.rng.random() < 0.2:
            product.delete()

    def child_table(self) -> None:
        card = self.any(GiftCard)
        if card is None or self.rng.random() < 0.5:
            GiftCard.objects.create(sku=f"g{self.plan.seed}-{self.number}", name=self.words(), face_value=10)
        elif self.rng.random() < 0.3:
            card.delete()
        else:
            self.change(card)
            card.save()

    def bulk_update(self) -> None:
        """One statement over several products, past the signals."""
        with transaction.atomic() if not self.plan.untold else contextlib.nullcontext():
            low = self.any(Product).pk
            some = Product.objects.filter(pk__gte=low, pk__lt=low + 6)
            some.update(name=Concat(Value(f"{self.words()} "), F("sku")))
            self.tell(some)

    def bulk_create(self) -> None:
        with transaction.atomic() if not self.plan.untold else contextlib.nullcontext():
            skus = [f"k{self.plan.seed}-{self.number}-{one}" for one in range(3)]
            Product.objects.bulk_create([Product(sku=sku, slug="k", name=self.words()) for sku in skus])
            self.tell(Product.objects.filter(sku__in=skus))

    def delete_queryset(self) -> None:
        low = self.any(Product).pk
        Product.objects.filter(pk__gte=low, pk__lt=low + 2).delete()

    def raw_sql(self) -> None:
        with connection.cursor() as cursor:
            pk = self.any(Product).pk
            chance = self.rng.random()
            if chance < 0.05:
                cursor.execute("TRUNCATE catalog_collectionproduct")
            elif chance < 0.2:
                cursor.execute("DELETE FROM catalog_productimage WHERE product_id = %s", [pk])
            else:
                cursor.execute("UPDATE catalog_product SET name = %s WHERE id = %s", [self.words(), pk])

    def load(self) -> None:
        """As `loaddata` does: a raw save."""
        product = self.any(Product)
        product.name = self.words()
        (loaded,) = serializers.deserialize("json", serializers.serialize("json", [product]))
        loaded.save()

    def tell(self, products: Any) -> None:
        """What docs ask of a shop that writes past the signals, within the same transaction."""
        if not self.plan.untold:
            mark_stale(products, bulk=self.rng.random() < 0.5)
