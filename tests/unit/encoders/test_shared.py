"""One encoder process for all others of a host: the same vectors, in batches, and words alone while it is away."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image

from product_search import encoders
from product_search.encoders import EncoderError, EncoderUnavailable, HashEncoder, Host, host, shared, wire

DIM = 16
NAME = f"hash:{DIM}"


class Slow:
    """The encoder without a model, with the sizes of its batches; each takes as long as it is told."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.own = HashEncoder(DIM)
        self.info = self.own.info
        self.seconds = seconds
        self.batches: list[int] = []

    def encode_texts(self, texts: Any, *, batch_size: int = 32) -> Any:
        self.batches.append(len(texts))
        time.sleep(self.seconds)
        if "break" in texts:
            raise RuntimeError("as models do")
        return self.own.encode_texts(texts)

    def encode_images(self, images: Any, *, batch_size: int = 32) -> Any:
        self.batches.append(len(images))
        return self.own.encode_images(images)


@contextmanager
def served(path: str, load: Any) -> Iterator[None]:
    """A host in a thread of its own, until the block ends."""
    ready, stop = threading.Event(), []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        handle: Any = lambda number, end: stop.append(partial(loop.call_soon_threadsafe, end))  # noqa: E731
        loop.add_signal_handler = handle  # type: ignore[method-assign]  # signals are the main thread's
        await Host(load).serve(path, ready.set)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        stop[0]()
        thread.join(10)
        assert not thread.is_alive()


def serve_at(path: str) -> None:
    """In a thread of its own: the browser tests of this process leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(Host(lambda name: HashEncoder(DIM)).serve(path))).result()


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "encoder.sock")


@pytest.fixture
def one_lane(monkeypatch):
    """However many cores there are, one batch at a time: what is said of batches is said of each lane."""
    monkeypatch.setattr(host, "LANES", 1)


@pytest.fixture
def pictures():
    random = np.random.default_rng(5)
    return [
        Image.fromarray(random.integers(0, 255, (height, width, 3), dtype=np.uint8))
        for width, height in [(40, 40), (64, 32), (1, 300)]
    ]


def test_the_vectors_are_those_of_the_model(path, pictures):
    model = HashEncoder(DIM)
    with served(path, lambda name: model):
        encoder = shared.SharedEncoder(path, NAME)
        assert encoder.info == model.info
        texts = ["red mug", "", "\ud800 half a letter", "傘", *(f"mug {number}" for number in range(70))]
        np.testing.assert_array_equal(encoder.encode_texts(texts), model.encode_texts(texts))
        np.testing.assert_array_equal(encoder.encode_images(pictures), model.encode_images(pictures))
        assert encoder.encode_texts([]).shape == encoder.encode_images([]).shape == (0, DIM)
        assert oct(os.stat(path).st_mode)[-3:] == "600"
    assert not os.path.exists(path)


def test_what_comes_at_once_is_one_batch(path, one_lane):
    model = Slow(0.1)
    with served(path, lambda name: model), ThreadPoolExecutor(16) as pool:
        encoder = shared.SharedEncoder(path, NAME)
        texts = [f"mug {number}" for number in range(16)]
        rows = list(pool.map(lambda text: encoder.encode_texts([text])[0], texts))
    np.testing.assert_array_equal(rows, HashEncoder(DIM).encode_texts(texts))
    assert sum(model.batches) == 16
    assert len(model.batches) <= 4
    assert max(model.batches) > 4


def test_those_who_ask_again_are_one_batch_again(path, one_lane):
    model = Slow(0.4)
    with served(path, lambda name: model), ThreadPoolExecutor(8) as pool:
        encoder = shared.SharedEncoder(path, NAME)

        def ask_three_times(user: int) -> None:
            for turn in range(3):
                encoder.encode_texts([f"mug {user} {turn}"])
                time.sleep(user * 0.002)  # as requests come back: not at the same moment

        list(pool.map(ask_three_times, range(8)))
        assert sum(model.batches) == 24
        assert len(model.batches) == 4, "the first who asked, and three times all others"
        begun = time.monotonic()
        for turn in range(3):
            encoder.encode_texts([f"alone {turn}"])
        assert time.monotonic() - begun < 3 * 0.4 + 0.04 + 0.15, "one who asks alone is waited for once"


def test_as_many_batches_are_computed_at_once_as_there_are_lanes(path, monkeypatch):
    monkeypatch.setattr(host, "LANES", 3)
    model = Slow()
    together = threading.Barrier(3)

    def encode_texts(texts: Any, **options: Any) -> Any:
        together.wait(10)  # raises where fewer come
        return model.own.encode_texts(texts)

    model.encode_texts = encode_texts  # type: ignore[method-assign]
    with served(path, lambda name: model), ThreadPoolExecutor(3) as pool:
        encoder = shared.SharedEncoder(path, NAME)
        rows = []
        for turn in range(2):
            asked = []
            for user in range(3):
                asked.append(pool.submit(encoder.encode_texts, [f"mug {user} {turn}"]))
                time.sleep(0.05)  # a batch each
            rows += [each.result()[0] for each in asked]
    texts = [f"mug {user} {turn}" for turn in range(2) for user in range(3)]
    np.testing.assert_array_equal(rows, HashEncoder(DIM).encode_texts(texts))


def test_pictures_hold_up_no_query(path, pictures):
    model = Slow()
    entered, go_on = threading.Event(), threading.Event()

    def encode_images(images: Any, **options: Any) -> Any:
        entered.set()
        go_on.wait(10)
        return model.own.encode_images(images)

    model.encode_images = encode_images  # type: ignore[method-assign]
    with served(path, lambda name: model), ThreadPoolExecutor(1) as pool:
        encoder = shared.SharedEncoder(path, NAME)
        many = pool.submit(encoder.encode_images, pictures)
        assert entered.wait(10)
        assert encoder.encode_texts(["mug"]).shape == (1, DIM)
        go_on.set()
        assert many.result().shape == (3, DIM)


def test_what_waits_too_long_or_is_too_much_is_refused_and_computed_for_nobody(path, one_lane, monkeypatch):
    monkeypatch.setattr(shared, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(host, "MOST_WAITING", 4)
    go_on = threading.Event()
    model = Slow(0.0)
    encode = model.encode_texts

    def encode_texts(texts: Any, **options: Any) -> Any:
        go_on.wait(20)
        return encode(texts)

    model.encode_texts = encode_texts  # type: ignore[method-assign]
    with served(path, lambda name: model), ThreadPoolExecutor(12) as pool:
        encoder = shared.SharedEncoder(path, NAME)
        asked = [pool.submit(encoder.encode_texts, [f"mug {number}"]) for number in range(12)]
        errors = [str(each.exception()) for each in asked]
        assert any("too much waits" in error for error in errors)
        assert any("does not answer" in error for error in errors)
        time.sleep(0.3)  # the last to come count from when they came
        go_on.set()
        monkeypatch.setattr(shared, "WAIT_SECONDS", 5.0)
        assert encoder.encode_texts(["mug"]).shape == (1, DIM)
        assert len(model.batches) == 2, "what was at work, and the last one; four had waited too long"


def test_it_ends_though_queries_wait(path, one_lane):
    model = Slow(1.0)
    with ThreadPoolExecutor(3) as pool:
        with served(path, lambda name: model):
            encoder = shared.SharedEncoder(path, NAME)
            asked = [pool.submit(encoder.encode_texts, [f"mug {number}"]) for number in range(3)]
            while not model.batches:
                time.sleep(0.01)
        assert all(isinstance(each.exception(), EncoderUnavailable) for each in asked)


def test_a_process_that_went_away_is_missed_and_found_again(path):
    with served(path, lambda name: HashEncoder(DIM)):
        encoder = shared.SharedEncoder(path, NAME)
        before = encoder.encode_texts(["mug"])
    with pytest.raises(EncoderUnavailable, match=r"manage\.py encoder serve"):
        encoder.encode_texts(["mug"])
    with served(path, lambda name: HashEncoder(DIM)):
        np.testing.assert_array_equal(encoder.encode_texts(["mug"]), before)
    other = Slow()
    other.info = HashEncoder(DIM + 1).info
    with served(path, lambda name: other), pytest.raises(EncoderUnavailable, match="other weights"):
        encoder.encode_texts(["mug"])


def test_an_error_of_the_model_is_told_and_ends_nothing(path):
    with served(path, lambda name: Slow()):
        encoder = shared.SharedEncoder(path, NAME)
        with pytest.raises(EncoderUnavailable, match="RuntimeError"):
            encoder.encode_texts(["break"])
        assert encoder.encode_texts(["mug"]).shape == (1, DIM)
    with served(path, encoders.load), pytest.raises(EncoderUnavailable, match="ENCODER is"):
        shared.SharedEncoder(path, "no-model")


def test_what_is_no_message_is_hung_up_on(path):
    with served(path, lambda name: HashEncoder(DIM)):
        bad = (
            b"\xff\xff\xff\xff",
            b"\x00\x00\x00\x02{}",
            wire._LENGTH.pack(5) + b"hello",
            wire._LENGTH.pack(14) + b'{"bytes": -99}',
        )
        for message in bad:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(10)
                client.connect(path)
                client.sendall(message)
                assert client.recv(1) == b""
        for head in ({"op": "images"}, {"name": NAME, "seconds": 1, "op": "images", "sizes": [[9, 9]]}):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(10)
                client.connect(path)
                client.sendall(wire.packed(head, b"xyz"))
                answer, _ = shared._received(client)
                assert not answer["ok"]
                assert "can't be read" in answer["detail"]
        assert shared.SharedEncoder(path, NAME).encode_texts(["mug"]).shape == (1, DIM)


def test_a_place_that_is_taken_is_left_alone(path, tmp_path):
    with served(path, lambda name: HashEncoder(DIM)):
        with pytest.raises(EncoderError, match="already"):
            serve_at(path)
        assert shared.SharedEncoder(path, NAME).info.dim == DIM
    (tmp_path / "file").write_text("mine")
    with pytest.raises(EncoderError, match="no socket"):
        serve_at(str(tmp_path / "file"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_behind:
        left_behind.bind(path)
    with served(path, lambda name: HashEncoder(DIM)):
        assert shared.SharedEncoder(path, NAME).info.dim == DIM


def test_forked_children_have_connections_of_their_own(path):
    with served(path, lambda name: HashEncoder(DIM)):
        encoder = shared.SharedEncoder(path, NAME)
        encoder.encode_texts(["mug"])
        children = []
        for number in range(3):
            child = os.fork()
            if not child:
                try:
                    texts = [f"{number} {turn}" for turn in range(50)]
                    rows = np.concatenate([encoder.encode_texts([text]) for text in texts])
                    same = (rows == HashEncoder(DIM).encode_texts(texts)).all()
                    os._exit(0 if same else 1)
                except BaseException:
                    os._exit(2)
            children.append(child)
        for _ in range(50):
            encoder.encode_texts(["parent"])
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
