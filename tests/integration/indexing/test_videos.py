"""A product's videos give key frames that are found like pictures, at their second; a broken one is a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from catalog.models import Product, ProductImage, ProductVideo
from product_search import images
from product_search.documents import SearchScope
from product_search.documents.reading import frame_id
from product_search.indexing import reconcile
from product_search.models import AltText, Entry, Picture, PictureVector
from product_search.retrieval import SearchRequest, search
from product_search.tagging import examine_pending
from product_search.testing import index_now
from tests.pictures import picture_file
from tests.videos import clip

pytestmark = pytest.mark.django_db
COLOURS = ("red", "green", "blue")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def drawn(*colours: str) -> list[Image.Image]:
    return [Image.new("RGB", (144, 144), colour) for colour in colours]


def filmed(data: bytes, name: str = "Mug") -> ProductVideo:
    product = Product.objects.create(sku=name, name=name, price=1)
    return ProductVideo.objects.create(product=product, file=ContentFile(data, name="film.mp4"))


def frames(video: ProductVideo) -> list[tuple[str, float | None, str]]:
    rows = Picture.objects.filter(product=video.product_id).order_by("pk")
    return list(rows.values_list("picture", "second", "reason"))


@pytest.fixture
def film(media: None) -> ProductVideo:
    video = filmed(clip(drawn(*COLOURS)))
    index_now()
    return video


def test_each_scene_is_a_row_with_its_second_and_a_vector(film: ProductVideo) -> None:
    found = frames(film)
    assert [picture for picture, _, _ in found] == [
        frame_id(f"videos:{film.pk}", number) for number in range(3)
    ]
    assert all(2 * number <= second <= 2 * number + 2 for number, (_, second, _) in enumerate(found))
    vectors = PictureVector.objects.filter(product=film.product_id)
    assert set(vectors.values_list("picture", flat=True)) == {picture for picture, _, _ in found}
    assert vectors.values("digest").distinct().count() == 3
    assert Picture.objects.filter(copy__isnull=False, width=128).count() == 3


def test_a_hit_says_at_which_second(film: ProductVideo) -> None:
    shown = images.frames_apart(clip(drawn(*COLOURS)), limits=images.video_limits())
    for number, frame in enumerate(shown):
        (hit,) = search(SearchRequest(picture=frame.image), SearchScope()).hits
        assert hit.picture == frame_id(f"videos:{film.pk}", number)
        assert 2 * number <= hit.second <= 2 * number + 2
    other = Product.objects.create(sku="P", name="Plate", price=1)
    ProductImage.objects.create(product=other, image=picture_file("white"))
    index_now()
    seconds = {hit.key: hit.second for hit in search(SearchRequest(q="plate"), SearchScope()).hits}
    assert seconds[other.pk] is None


def test_what_was_unpacked_once_is_not_unpacked_again(
    film: ProductVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(Picture.objects.order_by("pk").values())

    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("unpacked again")

    monkeypatch.setattr(images, "frames_apart", never)
    film.product.name = "Cup"
    film.product.save()
    index_now()
    assert list(Picture.objects.order_by("pk").values()) == before
    assert PictureVector.objects.filter(product=film.product_id).count() == 3
    assert Entry.objects.get().error == ""


def test_another_film_brings_its_own_frames_and_one_that_goes_takes_them_along(film: ProductVideo) -> None:
    film.file = ContentFile(clip(drawn("black", "white")), name="other.mp4")
    film.save()
    index_now()
    assert len(frames(film)) == 2
    assert PictureVector.objects.filter(product=film.product_id).count() == 2
    twin = filmed(clip(drawn("black", "white")), "Twin")
    index_now()
    assert len(frames(twin)) == 2, "the same bytes at another product are unpacked for their seconds"
    film.delete()
    index_now()
    assert not Picture.objects.filter(product=film.product_id).exists()
    assert not PictureVector.objects.filter(product=film.product_id).exists()


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"no film" * 30, "truncated"), (b"", "empty"), (clip(drawn("red"))[:400], "truncated")],
)
def test_a_broken_video_is_a_reason_and_its_product_is_found(data: bytes, reason: str) -> None:
    video = filmed(data)
    index_now()
    assert frames(video) == [(f"videos:{video.pk}", None, reason)]
    assert [hit.key for hit in search(SearchRequest(q="mug"), SearchScope()).hits] == [video.product_id]


def test_limits_are_settings(settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_VIDEO_SECONDS": 1, "MAX_UPLOAD_BYTES": 600}
    video = filmed(clip(drawn(*COLOURS)))
    index_now()
    assert frames(video)[0][2] == "too_long", "the limit of pictures' bytes is none of videos'"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_VIDEO_BYTES": 600}
    video.product.save()
    index_now()
    assert frames(video)[0][2] == "too_many_bytes"


def test_a_decoder_that_is_not_to_be_had_leaves_what_was_there(
    film: ProductVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = frames(film)

    def unavailable(*args: Any, **kwargs: Any) -> Any:
        raise images.DecoderUnavailable("busy")

    monkeypatch.setattr(images, "frames_apart", unavailable)
    PictureVector.objects.filter(product=film.product_id, picture__endswith="@1").delete()
    film.product.save()
    index_now(strict=False)
    assert [row[:2] for row in frames(film)] == [row[:2] for row in before]
    assert PictureVector.objects.filter(product=film.product_id).count() == 2
    monkeypatch.undo()
    index_now([film.product])
    assert PictureVector.objects.filter(product=film.product_id).count() == 3


def test_reconcile_finds_no_difference_until_the_file_is_another(film: ProductVideo) -> None:
    for depth in ("quick", "deep"):
        assert reconcile.reconcile(depth, repair=False).differences == {}, depth
    with film.file.storage.open(film.file.name, "wb") as file:
        file.write(clip(drawn("black")))
    assert "changed_picture" in reconcile.reconcile("deep", repair=False).differences


def test_no_frame_is_given_a_text_or_shown_as_a_picture(film: ProductVideo, admin_client: Client) -> None:
    assert examine_pending()
    assert not AltText.objects.exists()
    assert admin_client.get("/admin/catalog/product/").status_code == 200
    assert ".mp4" not in admin_client.get("/admin/catalog/product/").content.decode()


def test_the_shop_opens_the_video_at_its_second(film: ProductVideo, client: Client) -> None:
    answer = client.get("/search/v1/search", {"q": "mug"})
    assert answer.json()["hits"][0]["second"] is not None
    page = client.get("/products/", {"q": "mug"}).content.decode()
    second = search(SearchRequest(q="mug"), SearchScope()).hits[0].second
    assert f"?video={film.pk}&amp;t={second:g}#videos" in page
    product = client.get(film.product.get_absolute_url(), {"video": str(film.pk), "t": f"{second:g}"})
    assert f'<video src="{film.file.url}#t={second:g}" controls' in product.content.decode()
    assert "media-src 'self'" in product.headers["Content-Security-Policy"]
    plain = client.get(
        film.product.get_absolute_url(), {"video": str(film.pk), "t": '"><script>'}
    ).content.decode()
    assert f'<video src="{film.file.url}" controls' in plain
