"""What one indexing run makes of a shop, checked against the shop itself."""

from __future__ import annotations

import pytest
from django.core.files.storage import FileSystemStorage

from catalog.models import Product
from product_search import encoders
from product_search.models import Entry, Picture, PictureVector, Text, TextVector
from product_search.testing import IndexingFailed, index_now

from .conftest import add_picture, png
from .oracle import assert_index_matches_shop

pytestmark = pytest.mark.django_db


def test_texts_terms_and_pictures_are_those_of_the_shop(make, brand):
    mug = make("Red striped mug", name_de="Rot gestreifte Tasse", brand=brand)
    add_picture(mug, png("red"))
    add_picture(mug, png("maroon"), position=1)
    make("Blue cup")
    report = index_now()
    assert (report.indexed, report.removed, report.failed) == (2, 0, {})
    assert_index_matches_shop()
    text = Text.objects.get(product=mug.pk, language="en")
    assert text.fields["brand_name"] == "Morgenlicht"
    fields = list(text.fields)
    at = text.terms.index("mug")
    assert text.frequencies[at * 6 : at * 6 + 6] == [1, 0, 0, 0, 0, 0]
    assert text.lengths[0] == 3
    assert text.terms == sorted(set(text.terms))
    assert set(fields) == {
        "title",
        "brand_name",
        "category_name",
        "collection_names",
        "description",
        "sku",
    }


@pytest.fixture
def embedded(monkeypatch) -> list[int]:
    """How many texts or pictures each call of the encoder was given, from here on."""
    counted: list[int] = []
    encoder = type(encoders.get_encoder())

    def count(name: str) -> None:
        original = getattr(encoder, name)

        def counting(self, given, **options):
            counted.append(len(given))
            return original(self, given, **options)

        monkeypatch.setattr(encoder, name, counting)

    count("encode_texts")
    count("encode_images")
    return counted


def test_a_second_run_embeds_nothing(make, embedded):
    add_picture(make("Red mug"), png("red"))
    index_now()
    assert embedded == [1, 1]
    assert index_now(Product.objects.all()).indexed == 1
    assert embedded == [1, 1]
    assert_index_matches_shop()


def test_the_same_content_is_embedded_once_and_a_forgotten_one_is_reused(make, embedded):
    first, second = make("Twin"), make("Twin")
    for product in (first, second):
        add_picture(product, png("green"))
    index_now()
    assert embedded == [1, 1]
    for product in (first, second):
        product.name = "Other"
        product.save()
    index_now()
    assert embedded == [1, 1, 1]
    first.name = "Twin"
    first.save()
    index_now()
    assert embedded == [1, 1, 1]
    assert_index_matches_shop()


def test_a_deleted_product_leaves_only_vectors_for_reuse(make):
    gone, kept = make("Gone"), make("Kept")
    add_picture(gone, png("black"))
    index_now()
    key = gone.pk
    gone.delete()
    report = index_now()
    assert report.removed == 1
    assert not Text.objects.filter(product=key).exists()
    assert not Picture.objects.filter(product=key).exists()
    assert list(Entry.objects.values_list("product", flat=True)) == [kept.pk]
    assert PictureVector.objects.filter(product=None, forgotten_at__isnull=False).count() == 1
    assert TextVector.objects.filter(product=None).count() == 2
    assert_index_matches_shop()


def test_a_broken_picture_is_recorded_and_the_rest_is_indexed(make):
    mug = make("Mug")
    good = add_picture(mug, png("red"))
    bad = add_picture(mug, b"this is no picture", position=1)
    lost = add_picture(mug, png("blue"), position=2)
    lost.image.storage.delete(lost.image.name)
    index_now()
    reasons = dict(Picture.objects.values_list("picture", "reason"))
    assert reasons == {str(good.pk): "", str(bad.pk): "not_an_image", str(lost.pk): "missing_file"}
    assert list(PictureVector.objects.values_list("picture", flat=True)) == [str(good.pk)]


def test_a_storage_that_does_not_answer_keeps_the_vector_and_is_tried_again(make, monkeypatch):
    mug = make("Mug")
    add_picture(mug, png("red"))
    index_now()

    def silent(*args, **kwargs):
        raise OSError("timed out")

    mug.name = "New mug"
    mug.save()
    with monkeypatch.context() as patched:
        patched.setattr(FileSystemStorage, "_open", silent)
        with pytest.raises(IndexingFailed, match="timed out"):
            index_now()
    entry = Entry.objects.get(product=mug.pk)
    assert entry.attempts == 1
    assert "timed out" in entry.error
    assert entry.done < entry.wanted
    assert Text.objects.get(product=mug.pk, language="en").fields["title"] == "New mug"
    assert PictureVector.objects.filter(product=mug.pk).count() == 1
    mug.save()
    index_now()
    assert Entry.objects.get(product=mug.pk).error == ""
    assert_index_matches_shop()
