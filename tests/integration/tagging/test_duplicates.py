"""Products with the same picture are found in pairs, by `manage.py duplicates`; what was dismissed never comes back."""

from __future__ import annotations

import io
import random
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from PIL import Image

from catalog.models import Product, ProductImage
from product_search.models import Duplicate, Picture, Unexamined
from product_search.tagging import duplicates, examine_pending, find_duplicates, must_examine
from product_search.tasks import examine_task
from product_search.testing import index_now
from tests.acceptance import copies
from tests.acceptance.conftest import CATALOGUE

pytestmark = pytest.mark.django_db
RNG = random.Random(3)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def drawn(name: str) -> Image.Image:
    with Image.open(CATALOGUE / "images" / name) as image:
        return image.convert("RGB")


def product(name: str, *images: Image.Image, **values: Any) -> Product:
    made = Product.objects.create(sku=f"S{Product.objects.count()}", name=name, price=1, **values)
    for position, image in enumerate(images):
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        file = ContentFile(buffer.getvalue(), name="picture.png")
        ProductImage.objects.create(product=made, position=position, image=file)
    return made


def found() -> dict[frozenset[str], str]:
    """Of each pair that is told, by the products' names, its kind."""
    find_duplicates()
    names = dict(Product.objects.values_list("pk", "name"))
    return {
        frozenset((names[row.product], names[row.other])): row.kind
        for row in Duplicate.objects.filter(state="open")
    }


@pytest.fixture
def shop(db: None) -> Image.Image:
    mug = drawn("mug-1001-1.webp")
    product("Mug Dana", mug)
    product("Another view", drawn("mug-1001-2.webp"))
    product("Another colour", copies.recoloured(mug, RNG) or mug)
    product("Backpack", drawn("bac-1115-1.webp"))
    return mug


@pytest.mark.parametrize("way", copies.WAYS)
def test_a_copy_is_the_same_picture(shop: Image.Image, way: str) -> None:
    product("Tumbler of somebody else", copies.WAYS[way](shop, RNG))
    index_now()
    assert found() == {frozenset(("Mug Dana", "Tumbler of somebody else")): "same_picture"}


def test_the_same_file_and_the_same_title(shop: Image.Image) -> None:
    product("Something else entirely", shop)
    product("Mug “Dana”", copies.squeezed(shop, RNG))
    index_now()
    assert found() == {
        frozenset(("Mug Dana", "Something else entirely")): "same_file",
        frozenset(("Mug Dana", "Mug “Dana”")): "listed_twice",
        frozenset(("Mug “Dana”", "Something else entirely")): "same_picture",
    }


def test_variants_share_pictures_and_placeholders_stand_for_many(
    shop: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "MOST_SHARING", 3)
    product("Mug in large", shop, parent=Product.objects.get(name="Mug Dana"))
    for number in range(4):
        product(f"Without a photograph {number}", Image.new("RGB", (64, 64), "grey"))
    index_now()
    assert found() == {}


def test_a_dismissed_pair_never_comes_back_unless_that_is_undone(
    shop: Image.Image, capsys: pytest.CaptureFixture[str]
) -> None:
    product("Other", copies.mirrored(shop, RNG))
    index_now()
    call_command("duplicates", verbosity=0)
    pair = Duplicate.objects.get()
    assert f"{pair.pk}  same picture" in capsys.readouterr().out
    call_command("duplicates", dismiss=[pair.pk])
    assert found() == {}
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("dismissed", "manage.py duplicates")
    assert pair.decided_at is not None
    call_command("duplicates", undo=[pair.pk])
    assert len(found()) == 1
    with pytest.raises(CommandError, match="no pair 999"):
        call_command("duplicates", dismiss=[999])


def test_a_pair_goes_with_its_picture_and_with_its_product(shop: Image.Image) -> None:
    other = product("Other", copies.mirrored(shop, RNG))
    index_now()
    assert len(found()) == 1
    image = other.images.get()
    image.delete()
    index_now()
    assert found() == {}
    ProductImage.objects.create(product=other, position=0, image=image.image)
    index_now()
    assert len(found()) == 1
    other.delete()
    index_now()
    assert Duplicate.objects.count() == 0


class TestAfterEachWrite:
    """What came or changed is compared in a task of its own, without the command."""

    def pairs(self) -> set[frozenset[str]]:
        names = dict(Product.objects.values_list("pk", "name"))
        return {frozenset((names[row.product], names[row.other])) for row in Duplicate.objects.all()}

    def test_a_write_only_queues_and_the_task_finds_the_copy(self, shop: Image.Image) -> None:
        product("Copy", copies.mirrored(shop, RNG))
        index_now()
        assert self.pairs() == set(), "a write waits for no comparing"
        assert Unexamined.objects.exists()
        examine_task.apply()
        while must_examine("default"):
            examine_task.apply()
        assert self.pairs() == {frozenset(("Mug Dana", "Copy"))}

    def test_only_pictures_that_came_changed_or_went_are_compared(self, shop: Image.Image) -> None:
        copy = product("Copy", copies.mirrored(shop, RNG))
        index_now()
        assert examine_pending()
        for each in Product.objects.all():
            each.name += " of clay"
            each.save()
        index_now()
        assert not Unexamined.objects.filter(pictured=True).exists(), "another title changes no picture"
        examine_pending()
        copy.images.all().delete()
        index_now()
        assert list(Unexamined.objects.values_list("product", flat=True)) == [copy.pk]
        assert examine_pending()
        assert self.pairs() == set()

    def test_a_pair_that_one_side_alone_finds_stays_when_the_other_is_looked_at(
        self, shop: Image.Image, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        product("Copy", copies.mirrored(shop, RNG))
        index_now()
        examine_pending()
        monkeypatch.setattr(duplicates, "NEAREST", 0)  # nothing lies near from here on
        Unexamined.objects.create(product=Product.objects.get(name="Mug Dana").pk)
        examine_pending()
        assert self.pairs() == {frozenset(("Mug Dana", "Copy"))}

    def test_what_waits_to_be_indexed_goes_first(self, shop: Image.Image) -> None:
        index_now()
        Product.objects.create(sku="N", name="New", price=1)
        examine_task.apply()
        assert must_examine("default")


def test_each_picture_that_was_read_keeps_a_small_copy_of_itself(shop: Image.Image) -> None:
    index_now()
    before = list(Picture.objects.order_by("pk").values_list("copy", flat=True))
    assert {Image.open(BytesIO(copy)).size for copy in before} == {(32, 32)}
    assert max(map(len, before)) < 1_000, "a shop of a million pictures keeps a copy of each"
    Product.objects.get(name="Mug Dana").save()
    index_now()
    after = list(Picture.objects.order_by("pk").values_list("copy", flat=True))
    assert [bytes(each) for each in after] == [bytes(each) for each in before]
