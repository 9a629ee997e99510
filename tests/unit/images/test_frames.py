"""Key frames of videos: one a scene, sharp, few, within limits; whatever is no video is a reason."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageFilter

from product_search.images import Limits, UnreadableImage, close_decoders, frames_apart
from product_search.images.frames import MOST_FRAMES, key_frames
from tests.pictures import picture_bytes
from tests.videos import clip

LIMITS = Limits(moving=60, seconds=30)
COLOURS = ("red", "green", "blue", "orange", "white", "black", "purple", "yellow", "grey", "brown")


def drawn(*colours: str) -> list[Image.Image]:
    return [Image.new("RGB", (144, 144), colour) for colour in colours]


def near(image: Image.Image, colour: str) -> bool:
    wanted: Any = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    found: Any = image.getpixel((image.width // 2, image.height // 2))
    return all(abs(one - other) < 30 for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize(("codec", "container"), [("libx264", "mp4"), ("libvpx", "webm"), ("mpeg4", "avi")])
def test_each_scene_gives_a_frame_at_its_second(codec: str, container: str) -> None:
    frames = key_frames(clip(drawn("red", "green", "blue"), codec=codec, container=container), limits=LIMITS)
    assert len(frames) == 3
    for number, (frame, colour) in enumerate(zip(frames, ("red", "green", "blue"), strict=True)):
        assert 2 * number <= frame.second <= 2 * number + 2
        assert near(frame.image, colour)
        assert frame.size == (128, 128)


def test_the_sharpest_frame_of_a_scene_is_taken() -> None:
    sharp = Image.effect_noise((144, 144), 60).convert("RGB")
    blurred = sharp.filter(ImageFilter.GaussianBlur(2))
    frames = key_frames(clip([blurred, sharp, blurred], seconds=1.0), limits=LIMITS)
    assert any(1.0 <= frame.second <= 2.0 for frame in frames)


def test_there_are_few_frames_however_many_scenes() -> None:
    assert len(key_frames(clip(drawn(*COLOURS), seconds=1.0), limits=LIMITS)) == MOST_FRAMES


@pytest.mark.parametrize(
    ("data", "limits", "reason"),
    [
        (b"", LIMITS, "empty"),
        (b"not a video at all" * 50, LIMITS, "truncated"),
        (clip(drawn("red"))[:300], LIMITS, "truncated"),
        (clip(drawn("red", "blue")), Limits(moving=1), "too_long"),
        (clip(drawn("red")), Limits(moving=60, max_pixels=1000), "too_many_pixels"),
        (clip(drawn("red")), Limits(moving=60, max_bytes=100), "too_many_bytes"),
    ],
)
def test_what_is_no_video_or_too_much_of_one_is_a_reason(data: bytes, limits: Limits, reason: str) -> None:
    for read in (key_frames, frames_apart):
        with pytest.raises(UnreadableImage) as found:
            read(data, limits=limits)
        assert found.value.reason == reason


def test_a_playlist_opens_no_other_file(tmp_path) -> None:
    (tmp_path / "secret.mp4").write_bytes(clip(drawn("red")))
    for text in (
        f"#EXTM3U\n#EXTINF:2,\nfile://{tmp_path}/secret.mp4\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{tmp_path}/secret.mp4'\n",
    ):
        with pytest.raises(UnreadableImage):
            key_frames(text.encode(), limits=LIMITS)


def test_videos_are_unpacked_apart_and_pictures_after_them() -> None:
    close_decoders()
    frames = frames_apart(clip(drawn("red", "blue")), limits=Limits(moving=60, seconds=30, reduce_to=32))
    assert [near(frame.image, colour) for frame, colour in zip(frames, ("red", "blue"), strict=True)] == [
        True,
        True,
    ]
    assert max(frames[0].image.size) < 128
    with pytest.raises(UnreadableImage):
        frames_apart(picture_bytes()[:40], limits=LIMITS)
    with pytest.raises(UnreadableImage) as found:
        frames_apart(
            clip([Image.effect_noise((144, 144), 60)] * 40, side=640), limits=Limits(moving=90, seconds=0.05)
        )
    assert found.value.reason == "too_slow"
