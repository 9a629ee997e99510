"""A picture that keeps the decoder busy for minutes, met by a worker as shops start it: forked daemons."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from catalog.celery import app
from catalog.models import Product, ProductImage
from product_search.models import AltText, Entry, Heartbeat, Picture, PictureVector, Text
from tests.pictures import endless_jpeg, picture_bytes

from .conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_picture_that_loops_in_the_decoder_holds_up_nothing_else(celery):
    with transaction.atomic():
        mugs = [Product.objects.create(sku=f"M{number}", name=f"Mug {number}") for number in range(5)]
        files = [
            (mugs[2], endless_jpeg()),
            *((mug, picture_bytes((9, 9, 50 * n))) for n, mug in enumerate(mugs)),
        ]
        pictures = [
            ProductImage.objects.create(product=mug, image=ContentFile(data, name=f"{number}.jpg"))
            for number, (mug, data) in enumerate(files)
        ]
    celery("worker", "--pool=prefork", "--concurrency=2", "--loglevel=INFO", "--without-gossip")
    app.send_task("product_search.sweep")
    wait_until(lambda: Heartbeat.objects.filter(name__startswith="worker:").exists())
    wait_until(lambda: Entry.objects.count() == 5 and all(e.done == e.wanted for e in Entry.objects.all()))
    endless, *good = pictures
    reasons = dict(Picture.objects.values_list("picture", "reason"))
    assert reasons == {str(endless.pk): "too_slow", **{str(picture.pk): "" for picture in good}}
    embedded = PictureVector.objects.filter(product__isnull=False).values_list("picture", flat=True)
    assert set(embedded) == {str(picture.pk) for picture in good}
    assert Text.objects.count() == 10
    # The worker goes on: what is saved now is indexed too.
    mugs[2].name = "Saved afterwards"
    mugs[2].save()
    wait_until(lambda: Text.objects.filter(product=mugs[2].pk, fields__title="Saved afterwards").exists())
    # And words for its picture follow, in both languages.
    wait_until(lambda: AltText.objects.filter(product=mugs[2].pk, text="Saved afterwards").count() == 2)
