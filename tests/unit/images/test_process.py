"""Decoders in processes of their own: what they answer, what they survive, and what they can't do to the host."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from product_search import images
from product_search.images import DecoderUnavailable, Limits, UnreadableImage, decode_apart, process
from product_search.images.wire import Reply
from tests.pictures import endless_jpeg, picture_bytes, saved
from tests.planted import SLEEP_SECONDS, planted

ROOT = Path(__file__).resolve().parents[3]
#: Short, so that a test does not take two seconds; Linux adds what a busy machine makes a process wait.
SOON = Limits(seconds=0.5)


def refusal(data: bytes, limits: Limits = SOON) -> UnreadableImage:
    with pytest.raises(UnreadableImage) as caught:
        decode_apart(data, limits=limits)
    return caught.value


def colour(data: bytes) -> Any:
    return decode_apart(data).image.getpixel((0, 0))


@pytest.fixture(scope="module")
def plugin():
    with planted():
        yield


@pytest.mark.parametrize("reduce_to", [None, 20])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_is_the_same_as_when_decoded_here(kind, reduce_to):
    data = saved(Image.linear_gradient("L").resize((90, 60)).convert("RGB"), kind)
    limits = Limits(reduce_to=reduce_to)
    apart, here = decode_apart(data, limits=limits), images.unpack(data, limits=limits)
    assert apart.size == here.size == (90, 60)
    assert apart.image.size == here.image.size
    assert apart.image.tobytes() == here.image.tobytes()


def test_what_is_wrong_with_a_picture_is_told_in_the_same_words():
    for data in (b"", b"<html>Not found</html>", picture_bytes(side=200)[:300]):
        with pytest.raises(UnreadableImage) as here:
            images.decode(data)
        assert refusal(data, Limits()).args == here.value.args
    assert refusal(picture_bytes(side=50), Limits(max_pixels=2499)).reason == "too_many_pixels"
    assert refusal(picture_bytes(), Limits(max_bytes=20)).reason == "too_many_bytes"


def test_a_picture_gets_two_seconds():
    assert Limits().seconds == 2.0


def test_a_file_that_keeps_the_decoder_busy_is_stopped_and_the_next_one_is_read():
    error = refusal(endless_jpeg())
    assert error.reason == "too_slow"
    assert "0.5 s" in error.detail
    assert colour(picture_bytes("blue")) == (0, 0, 255)


def test_a_decoder_that_hangs_is_killed(plugin):
    decode_apart(picture_bytes())  # so that no process has to start within the time measured
    began = time.monotonic()
    assert refusal(b"BMsleep").reason == "too_slow"
    assert time.monotonic() - began < SLEEP_SECONDS / 2
    assert colour(picture_bytes("blue")) == (0, 0, 255)


def test_without_its_parent_the_processor_time_ends_a_loop(plugin, monkeypatch):
    monkeypatch.setattr(process, "_Clock", lambda pid, seconds: lambda: 60.0)
    assert refusal(b"BMloop", Limits(seconds=0.0)).reason == "too_slow"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"BMsegv", "crashes_decoder"), (b"BMbug", "crashes_decoder"), (b"BMmemory", "too_much_memory")],
)
def test_a_picture_that_breaks_the_decoder_breaks_nothing_else(plugin, data, reason):
    assert refusal(data).reason == reason
    assert colour(picture_bytes("blue")) == (0, 0, 255)


def test_a_decoder_killed_from_outside_is_no_fault_of_the_picture(plugin):
    with pytest.raises(DecoderUnavailable, match="killed from outside"):
        decode_apart(b"BMkill")


def test_stopping_the_service_leaves_the_picture_at_hand_alone(plugin):
    assert decode_apart(b"BMterm").image.size == (1, 1)


def test_a_decoder_knows_no_password_and_writes_no_file(plugin, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgres://shop:secret@db/shop")
    assert "no password here" in refusal(b"BMsecret").detail
    refusal(f"BMwrite {tmp_path / 'stolen'}".encode())
    assert (tmp_path / "stolen").read_bytes() == b""


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (Reply(True, 2, 2, 2, 2, 11), b"x" * 11),
        (Reply(True, 60_000, 60_000, 1, 1, 3 * 60_000**2), b""),
        (Reply(False, 0, 0, 0, 0, 2), b"[]"),
        (Reply(False, 0, 0, 0, 0, 4), b"\xff\x00{}"),
        (Reply(False, 0, 0, 0, 0, 14), b'["ready", "x"]'),
    ],
)
def test_a_decoder_that_was_taken_over_is_not_believed(head, content):
    with pytest.raises(UnreadableImage) as caught:
        process._believed(head, bytearray(content), Limits())
    assert caught.value.reason == "crashes_decoder"


def test_a_decoder_without_work_ends_and_the_next_picture_starts_another(monkeypatch):
    with planted(IDLE_SECONDS=0.1):
        assert colour(picture_bytes("red")) == (255, 0, 0)
        (decoder,) = process._pool._idle
        decoder._process.wait(timeout=20)
        looks = iter([True])  # it ends between the look at it and the request
        gone = property(lambda self: next(looks, self._process.poll() is None))
        monkeypatch.setattr(process._Decoder, "alive", gone)
        assert colour(picture_bytes("blue")) == (0, 0, 255)
        assert decoder not in process._pool._all


def test_threads_get_their_own_pictures():
    shades = [(shade, 255 - shade, 7) for shade in range(0, 240, 6)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda shade: colour(picture_bytes(shade)), shades)) == shades
    assert len(process._pool._all) <= process.MOST


def test_all_decoders_busy_is_said_after_a_while(monkeypatch):
    monkeypatch.setattr(process, "WAIT_SECONDS", 0.05)
    with contextlib.ExitStack() as stack:
        for _ in range(process.MOST):
            stack.enter_context(process._pool.decoder())
        with pytest.raises(DecoderUnavailable, match="busy"):
            decode_apart(picture_bytes())
    assert colour(picture_bytes("blue")) == (0, 0, 255)


def _in_a_fork(pipe: Any) -> None:
    pipe.send(colour(picture_bytes("lime")))


def test_a_forked_daemon_has_decoders_of_its_own():
    # What a worker of Celery's prefork pool is: forked after the parent had decoders, and allowed no children
    # of multiprocessing's.
    assert colour(picture_bytes("red")) == (255, 0, 0)
    before = set(process._pool._all)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    worker = context.Process(target=_in_a_fork, args=(there,), daemon=True)
    worker.start()
    assert here.poll(30)
    assert here.recv() == (0, 255, 0)
    worker.join(30)
    assert colour(picture_bytes("blue")) == (0, 0, 255)
    assert before == process._pool._all


def test_decoders_end_with_their_parent():
    code = (
        "import sys, time; from product_search.images import decode_apart, process; from tests.pictures import *;"
        "decode_apart(picture_bytes()); print(process._pool._idle[0]._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        decoder = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        decoder.wait(timeout=20)


def test_a_server_that_embeds_python_finds_it(monkeypatch):
    images.close_decoders()
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert colour(picture_bytes("blue")) == (0, 0, 255)
    images.close_decoders()


def test_a_python_that_does_not_start_is_named(monkeypatch, capfd):
    images.close_decoders()
    monkeypatch.setattr(process, "_CODE", "raise SystemExit('no such module')")
    with pytest.raises(DecoderUnavailable, match=f"{os.path.basename(sys.executable)} could not start"):
        decode_apart(picture_bytes())
    assert "no such module" in capfd.readouterr().err
