"""Decoding in processes that can be killed: a picture that loops, eats memory or crashes costs two seconds, no more.

`subprocess` rather than `multiprocessing`: Celery's workers are daemons and may have no children of that kind, and
nothing that a decoder says is ever unpickled. A decoder starts with the first picture, serves one at a time, ends
after a minute without work, and the next picture starts another where one was killed.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
import typing
from collections.abc import Iterator
from io import FileIO
from typing import Any

from PIL import Image

from ..errors import ProductSearchError
from .decoding import Decoded, Limits, Reason, UnreadableImage, VideoReason, check_bytes
from .frames import MOST_FRAMES, Frame
from .wire import FRAMES, Reply, read_reply, send_request

#: Decoders of one process of the host, and so the pictures that it unpacks at once.
MOST = max(1, min(4, os.cpu_count() or 1))
START_SECONDS = 30.0
#: How long a picture waits while all decoders are at work.
WAIT_SECONDS = 10.0
#: What a pipe holds: most pictures, reduced to what a model sees.
_PIPE_BYTES = 1 << 20
#: How long a decoder may wait for a processor, on top of its own time, on a machine that is too busy for all its work.
PATIENCE_SECONDS = 30.0

_CODE = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from product_search.images import child; child.main()"
#: All that a decoder gets of the host's environment: passwords are no business of who opens strangers' files.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
_REASONS = frozenset((*typing.get_args(Reason), *typing.get_args(VideoReason)))
_DEFAULT = Limits()


class DecoderUnavailable(ProductSearchError):
    """No fault of the picture: no decoder could be had, or it was ended from outside. It may pass later."""


class _Retired(Exception):
    """The decoder had just ended by itself, as one does after a minute without work."""


def decode_apart(data: bytes, *, limits: Limits = _DEFAULT) -> Decoded:
    """What `unpack` gives, from a process that is killed after `limits.seconds`; threads may call it at once.

    Raises `UnreadableImage` for what the picture is to blame for, `DecoderUnavailable` for what it is not.
    """
    check_bytes(data, limits)
    for _ in range(2):
        with contextlib.suppress(_Retired), _pool.decoder() as decoder:
            return _believed(*decoder.unpack(data, limits), limits)
    raise DecoderUnavailable("The process to decode pictures in ends as soon as it is asked.")


def frames_apart(data: bytes, *, limits: Limits) -> tuple[Frame, ...]:
    """What `key_frames` gives, from a process that is killed after `limits.seconds`, with the same errors as
    `decode_apart`; `limits.moving` says how long the video may be.
    """
    check_bytes(data, limits)
    for _ in range(2):
        with contextlib.suppress(_Retired), _pool.decoder() as decoder:
            *pictures, (head, said) = decoder.frames(data, limits)
            if not pictures:
                _believed(head, said, limits)  # why there are none
            seconds = _seconds(said, len(pictures))
            frames = [_believed(*picture, limits) for picture in pictures]
            return tuple(
                Frame(found.image, found.size, second) for found, second in zip(frames, seconds, strict=True)
            )
    raise DecoderUnavailable("The process to decode videos in ends as soon as it is asked.")


def close_decoders() -> None:
    """End this process's decoders; the next picture starts one. Runs by itself when the process ends."""
    _pool.close()


def _believed(head: Reply, content: bytearray, limits: Limits) -> Decoded:
    """What a decoder says, as far as it can be true: hostile bytes may have learnt to speak through it."""
    if head.is_picture:
        if len(content) == 3 * head.width * head.height and head.width * head.height <= limits.max_pixels:
            image = Image.frombytes("RGB", (head.width, head.height), content)
            return Decoded(image, (head.full_width, head.full_height))
    else:
        with contextlib.suppress(ValueError, TypeError):
            reason, detail = json.loads(content)
            if reason in _REASONS:
                raise UnreadableImage(reason, str(detail))
    raise _crash("it made the decoder answer nonsense")


def _seconds(said: bytearray, count: int) -> list[float]:
    """When each of `count` frames is, as a decoder says, as far as it can be true."""
    with contextlib.suppress(ValueError, TypeError):
        word, listed = json.loads(said)
        seconds = [float(each) for each in json.loads(listed)]
        if word == FRAMES and len(seconds) == count and all(0 <= each < 1e6 for each in seconds):
            return seconds
    raise _crash("it made the decoder answer nonsense")


def _crash(how: str) -> UnreadableImage:
    return UnreadableImage(
        "crashes_decoder", f"The picture can't be unpacked: {how}. Save it again and send that."
    )


def _too_slow(seconds: float) -> UnreadableImage:
    return UnreadableImage(
        "too_slow",
        f"The picture was not unpacked after {seconds:g} s. Save it as an ordinary JPEG or PNG and send that.",
    )


class _Clock:
    """Seconds that a process still has, `waited` of them added because it was ready and no processor was.

    Linux counts that; elsewhere the wall clock alone decides.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self.waited = 0.0
        self._pid = pid
        self._until = time.monotonic() + seconds
        self._waited_before = self._queued()

    def __call__(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            self.waited = min(self._queued() - self._waited_before, PATIENCE_SECONDS)
            left += self.waited
        return left

    def _queued(self) -> float:
        """Seconds that the process stood in a processor's queue since it began."""
        try:
            with open(f"/proc/{self._pid}/schedstat", "rb") as file:
                return int(file.read().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0


class _Decoder:
    """One process, one picture at a time."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            self._process = subprocess.Popen(
                [_interpreter(), "-I", "-c", _CODE, json.dumps(_arguments())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={**environment, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        except OSError as error:
            raise DecoderUnavailable(
                f"No process could be started to decode pictures in: {error}."
            ) from error
        self._requests = typing.cast(FileIO, self._process.stdin)
        self._replies = typing.cast(FileIO, self._process.stdout)
        for pipe in (self._requests, self._replies):
            os.set_blocking(pipe.fileno(), False)
            with contextlib.suppress(
                OSError, AttributeError
            ):  # Linux: a picture in one go instead of in twenty
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        try:
            read_reply(self._replies, most=1000, left=_Clock(self._process.pid, START_SECONDS))
        except (EOFError, TimeoutError):
            self.end()
            raise DecoderUnavailable(
                f"{_interpreter()} could not start to decode pictures (exit code {self._process.returncode}). Its "
                "error is in the log of this process; it must be able to import product_search.images.child."
            ) from None
        except BaseException:
            self.end()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def unpack(self, data: bytes, limits: Limits) -> tuple[Reply, bytearray]:
        """Its reply. Where none comes in time, or anything interrupts, it is ended: half an answer may be under way.

        Raises `UnreadableImage`, `DecoderUnavailable`, or `_Retired`.
        """
        return self._asked(data, limits, most=1)[0]

    def frames(self, data: bytes, limits: Limits) -> list[tuple[Reply, bytearray]]:
        """Its replies to a video, as `unpack` gives one: frames, and at last when they are or why there are none."""
        return self._asked(data, limits, most=MOST_FRAMES + 1)

    def _asked(self, data: bytes, limits: Limits, *, most: int) -> list[tuple[Reply, bytearray]]:
        """At most so many replies, the last of which is no picture, unless there is room for one alone."""
        clock = _Clock(self._process.pid, limits.seconds)
        longest = max(3 * limits.max_pixels, 10_000)
        try:
            send_request(self._requests, data, limits, left=clock)
            found = [read_reply(self._replies, most=longest, left=clock)]
            while len(found) < most and found[-1][0].is_picture:
                found.append(read_reply(self._replies, most=longest, left=clock))
            if most > 1 and found[-1][0].is_picture:
                raise EOFError  # it goes on and on
            return found
        except TimeoutError:
            self.end()
            if clock.waited >= PATIENCE_SECONDS:
                raise DecoderUnavailable("The machine is too busy to unpack pictures.") from None
            raise _too_slow(limits.seconds) from None
        except (EOFError, OSError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10.0)  # it is about to: how it ends says whose fault it is
            self.end()
            raise self._end_of_itself(limits.seconds) from None
        except BaseException:
            self.end()
            raise

    def _end_of_itself(self, seconds: float) -> Exception:
        """Whose fault it is that the process ended before its time."""
        code = self._process.returncode
        if code == 0:
            return _Retired()
        if code == -signal.SIGXCPU:
            return _too_slow(seconds)
        if code == -signal.SIGKILL:  # by the system when memory is short, or by a person
            return DecoderUnavailable("The process to decode pictures in was killed from outside.")
        return _crash(f"it made the decoder end with code {code}")

    def end(self) -> None:
        """Kill and reap it."""
        self._process.kill()
        self._requests.close()
        self._replies.close()
        self._process.wait()

    def forget(self) -> None:
        """Let go of it in a fork: it is the parent's, and must see the parent's end."""
        self._requests.close()
        self._replies.close()
        self._process.returncode = 0  # or Popen would warn of a child that is not ours


class _Pool:
    """The decoders of this process: started on demand, lent to one thread at a time, new ones in a fork."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MOST)
        self._idle: list[_Decoder] = []
        self._all: set[_Decoder] = set()

    @contextlib.contextmanager
    def decoder(self) -> Iterator[_Decoder]:
        """A decoder that is alive. Raises `DecoderUnavailable` where none is to be had."""
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise DecoderUnavailable(
                f"All {MOST} decoders were busy with other pictures for {WAIT_SECONDS:g} s."
            )
        try:
            decoder = self._rested() or _Decoder()
            self._all.add(decoder)
            try:
                yield decoder
            finally:
                if decoder.alive:
                    self._idle.append(decoder)
                else:
                    decoder.end()
                    self._all.discard(decoder)
        finally:
            self._places.release()

    def _rested(self) -> _Decoder | None:
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread was faster
                decoder = self._idle.pop()
                if decoder.alive:
                    return decoder
                decoder.end()
                self._all.discard(decoder)
        return None

    def close(self) -> None:
        """End those that are not at work."""
        while self._idle:
            with contextlib.suppress(IndexError):
                decoder = self._idle.pop()
                decoder.end()
                self._all.discard(decoder)

    def forget(self) -> None:
        """In a fork: begin anew."""
        for decoder in self._all:
            decoder.forget()
        self.__init__()  # type: ignore[misc]


def _arguments() -> list[Any]:
    """Where the decoder finds what we import."""
    return [os.path.abspath(path) for path in sys.path]


def _interpreter() -> str:
    """Python itself: servers that embed it (uWSGI, mod_wsgi) name themselves in `sys.executable`."""
    if os.path.basename(sys.executable or "").startswith(("python", "pypy")):
        return sys.executable
    return os.path.join(sys.exec_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")


_pool = _Pool()
atexit.register(close_decoders)
os.register_at_fork(after_in_child=_pool.forget)
