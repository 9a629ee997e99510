"""The worker's loop: take marks, lease a batch, read it, embed what is new, write it under the same token."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType
from typing import Any

from django.db import InterfaceError, OperationalError, router, transaction

from .. import encoders
from ..conf import settings
from ..documents import document
from ..documents.reading import ProductContent, read_products
from ..encoders import EncoderUnavailable
from ..errors import SpaceMissing
from ..models import Entry, Generation, Space, Text
from . import claim, generations, spaces
from .claim import Lease
from .content import TermsOf, TextContent, picture_files, terms_of, texts_of
from .embedding import Vectors, embed_pictures, embed_texts
from .pace import Pace
from .pipeline import Pipeline
from .seams import not_embedded
from .throughput import tallied
from .unpacking import PictureRow
from .write import Prepared, printable, record_failure, write

logger = logging.getLogger(__name__)

#: While new products wait, those that failed or were left by a dead worker are looked for no more often than this.
RETRIES_EVERY_SECONDS = 1.0


@dataclass
class Report:
    """What a run did: products indexed, removed because they are gone, and the error of each that failed."""

    indexed: int = 0
    removed: int = 0
    failed: dict[Any, str] = field(default_factory=dict)
    #: The time was up before the work was done.
    unfinished: bool = False

    @property
    def products(self) -> int:
        """How many products were taken care of."""
        return self.indexed + self.removed + len(self.failed)


def database() -> str:
    """The alias of the database that holds the side tables."""
    return router.db_for_write(Entry)


def prepare(using: str) -> Space:
    """Make what the first indexing needs and is missing: the document's generation, and a space for ENCODER.

    Returns the serving space. Needs the right to create tables when there is none yet.
    """
    generations.current(using, revive=True)
    serving = Space.serving(using)
    if serving is not None:
        return serving
    return spaces.create(encoders.get_encoder().info, using=using, name=settings().encoder)


def index_pending(
    *, seconds: float | None = None, progress: Callable[[Report], None] | None = None
) -> Report:
    """Index in this process whatever waits and is due, for at most about `seconds`.

    Raises `SpaceMissing` before the first space is made, `GenerationRetired` in a process with an older document, and
    `EncoderUnavailable` when a space's model does not load here; nothing is lost then, the products go on waiting.
    """
    report = Report()
    if not settings().enabled:
        return report
    using = database()
    with tallied(using, lambda: (report.indexed, report.removed, len(report.failed))) as tick:

        def show(report: Report) -> None:
            tick()
            if progress is not None:
                progress(report)

        _index_pending(using, report, seconds, show)
    return report


def _index_pending(
    using: str, report: Report, seconds: float | None, progress: Callable[[Report], None]
) -> None:
    deadline = None if seconds is None else time.monotonic() + seconds
    retried = float("-inf")
    with _Run(using, report, progress) as run:
        while True:
            taken = claim.expand(using)
            limit = run.pace.products
            leases = [claim.lease(using, limit=limit)]
            if leases == [None] or time.monotonic() - retried >= RETRIES_EVERY_SECONDS:
                retried = time.monotonic()
                leases += [claim.lease(using, "failed", limit=limit), claim.lease(using, "left")]
            found = [lease for lease in leases if lease is not None]
            run.open(found)
            for lease in found:
                run.index(lease, more=len(lease.wanted) == limit)
            if not found and not run.finish() and not taken:
                return
            if deadline is not None and time.monotonic() >= deadline:
                run.finish()
                report.unfinished = True
                return


def index_leased(using: str, lease: Lease, report: Report) -> None:
    """Index one leased batch; where it fails as a whole, each product by itself, so that one holds up no other."""
    with _Run(using, report) as run:
        run.open([lease])
        run.index(lease)


#: What stops a worker and is no product's fault: a batch is given back untried.
_STOPS = (
    EncoderUnavailable,
    SpaceMissing,
    generations.GenerationRetired,
    KeyboardInterrupt,
    SystemExit,
)
#: The database went away.
_AWAY = (OperationalError, InterfaceError)


class _Batch:
    """A leased batch that was read; its pieces are with the pipeline."""

    def __init__(self, lease: Lease, generation: Generation, live: list[Space]) -> None:
        self.lease = lease
        self.generation = generation
        self.spaces = live
        self.vectors = Vectors()
        #: Its rows are written, or it failed: nothing of it will be embedded again.
        self.over = Event()
        self.begun = time.monotonic()
        #: Bytes of texts and picture files.
        self.size = 0
        self.pieces: list[Future[Any]] = []
        self._contents: dict[Any, ProductContent] = {}
        self._texts: dict[Any, tuple[TextContent, ...]] = {}
        self._changed: list[TextContent] = []
        self._terms: dict[Any, dict[str, TermsOf]] = {}

    def read(self, run: _Run, *, earlier: _Batch | None, apart: bool) -> None:
        """Read, hash and look up everything, and give what is new to the pipeline piece by piece.

        Nothing is embedded before the `earlier` batch is over: what dies with this process is one batch's vectors.
        """
        using, pipeline = run.using, run.pipeline
        vectors, after = (None, None) if earlier is None else (earlier.vectors, earlier.over)
        with transaction.atomic(
            using=using
        ):  # a savepoint inside a TestCase: a failed read must not spoil it
            self._contents = read_products(document(), self.lease.wanted)
        self._texts = {key: tuple(texts_of(content)) for key, content in self._contents.items()}
        every = [text for each in self._texts.values() for text in each]
        self.size = sum(len(value) for text in every for value in text.fields.values())
        stored = _stored_texts(using, self.generation, self._contents)
        self._changed = [text for text in every if stored.get((text.key, text.language)) != _stored(text)]
        self._find_terms()  # in Python: beside this thread it would only take turns with it
        embed = embed_texts(every, self.spaces, self.vectors, using=using, earlier=vectors)
        self.pieces.append(pipeline.do(embed, apart=apart, after=after))
        for files in picture_files(list(self._contents.values()), alive=run.alive):
            size = sum(len(file.data) for file in files)
            self.size += size
            run.wait_for_room(size)
            embed_piece = embed_pictures(
                files, self.spaces, self.vectors, using=using, unpackers=pipeline.unpackers, earlier=vectors
            )
            self.pieces.append(pipeline.do(embed_piece, apart=apart, after=after, size=size))
            run.alive()

    def _find_terms(self) -> None:
        for text in self._changed:
            self._terms.setdefault(text.key, {})[text.language] = terms_of(text)

    def prepared(self) -> list[Prepared]:
        """The products to be written. Raises what a piece raised."""
        _, *pieces = [piece.result() for piece in self.pieces]
        pictures: dict[Any, list[PictureRow]] = {key: [] for key in self._contents}
        for rows in pieces:
            for key, row in rows:
                pictures[key].append(row)
        return [
            Prepared(key, self._texts[key], self._terms.get(key, {}), tuple(pictures[key]))
            for key in self._contents
        ]

    @property
    def gone(self) -> list[Any]:
        """Leased keys that have no product."""
        return [key for key in self.lease.wanted if key not in self._contents]


class _Run:
    """Batches one after the other: the next one is read while the one before is unpacked and embedded.

    A batch after which nothing waits is done at once, without another thread. Whatever is under way is held by its
    lease as long as anything gets on, and given back where this process has to stop.
    """

    def __init__(
        self, using: str, report: Report, progress: Callable[[Report], None] = lambda report: None
    ) -> None:
        self.using = using
        self.pipeline = Pipeline()
        self.pace = Pace()
        self._report = report
        self._progress = progress
        #: Leases that we hold, by their tokens.
        self._held: dict[int, Lease] = {}
        #: Of the one that is read or written at the moment.
        self._at_work: int | None = None
        self._ahead: _Batch | None = None
        self._renewed = self._finished = time.monotonic()

    def __enter__(self) -> _Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, _STOPS):
                self._give_back(self._held.values())
                if isinstance(error, EncoderUnavailable):
                    keys = [key for lease in self._held.values() for key in lease.wanted]
                    for step in not_embedded:
                        step(self.using, keys)
            elif isinstance(error, _AWAY):  # the lease at work ends by itself
                with suppress(*_AWAY):
                    self._give_back(lease for token, lease in self._held.items() if token != self._at_work)
        finally:
            self.pipeline.leave()

    def open(self, leases: Iterable[Lease]) -> None:
        """These are ours to renew, and to give back."""
        self._held |= {lease.token: lease for lease in leases}

    def _give_back(self, leases: Iterable[Lease]) -> None:
        for lease in leases:
            claim.release(self.using, lease)

    def index(self, lease: Lease, *, more: bool = False, again: bool = False) -> None:
        """Read a batch and have it embedded, and finish the one before; this one, too, unless there may be `more`.

        `again`: it is part of one that failed, and says nothing of what comes.
        """
        self._at_work = lease.token
        apart = more or self._ahead is not None
        failure: Exception | None = None
        try:
            batch = _Batch(lease, generations.current(self.using), spaces.live(self.using))
            batch.read(self, earlier=self._ahead, apart=apart)
        except (*_AWAY, *_STOPS):
            raise
        except Exception as error:
            failure = error
        if failure is not None:
            self.finish()
            self._one_by_one(lease, failure)
            return
        if not again:
            self.pace.saw(len(lease.wanted), batch.size)
        self.finish()
        self._ahead = batch
        if not apart:
            self.finish()

    def finish(self) -> bool:
        """Write the batch that is under way once it is embedded; False where there is none."""
        batch, self._ahead = self._ahead, None
        if batch is None:
            return False
        while any(not piece.done() for piece in batch.pieces):
            self._wait()
        self._at_work = batch.lease.token
        failure: Exception | None = None
        try:
            products, gone = batch.prepared(), batch.gone
            written = write(
                self.using, batch.lease, batch.generation, batch.spaces, products, gone, batch.vectors
            )
        except (*_AWAY, *_STOPS):
            raise
        except Exception as error:
            failure = error
        batch.over.set()
        if failure is not None:
            self._one_by_one(batch.lease, failure)
            return True
        self._held.pop(batch.lease.token, None)
        for product in products:
            if product.key in written:
                if product.retry:
                    self._report.failed[product.key] = product.retry
                else:
                    self._report.indexed += 1
        self._report.removed += len(written.intersection(gone))
        now = time.monotonic()
        self.pace.took(len(batch.lease.wanted), now - max(batch.begun, self._finished))
        self._finished = now
        self._progress(self._report)
        return True

    def wait_for_room(self, size: int) -> None:
        """Until the pipeline takes a piece of `size` bytes; the batch ahead is written as soon as it is done."""
        while not self.pipeline.has_room(size):
            if self._ahead is not None and all(piece.done() for piece in self._ahead.pieces):
                self.finish()
            else:
                self._wait()

    def _wait(self) -> None:
        self.pipeline.wait(settings().lease_seconds / 8)
        if self.pipeline.got_on > self._renewed:
            self.alive()

    def alive(self) -> None:
        """We get on: hold what is leased for longer."""
        if time.monotonic() - self._renewed > settings().lease_seconds / 4:
            for lease in self._held.values():
                claim.renew(self.using, lease)
            self._renewed = time.monotonic()

    def _one_by_one(self, lease: Lease, error: Exception) -> None:
        """A batch that failed as a whole: each product by itself, and the one that fails then with its error."""
        self._held.pop(lease.token, None)
        whole = printable("".join(traceback.format_exception(error)))
        if len(lease.wanted) > 1:
            logger.warning(
                "A batch of %d products failed as a whole, so each is indexed by itself: %s",
                len(lease.wanted),
                whole,
                extra={"event": "batch_failed", "lease": lease.token, "products": len(lease.wanted)},
            )
            for key, wanted in lease.wanted.items():
                self.open([lease])  # the others wait for their turn
                self.index(Lease(lease.token, {key: wanted}), again=True)
            return
        ((key, mark),) = lease.wanted.items()
        said = printable(f"{type(error).__name__}: {error}")
        logger.warning(
            "Product %s could not be indexed: %s",
            key,
            whole,
            extra={"event": "product_failed", "product": key, "mark": mark, "lease": lease.token},
        )
        # A list shows the first line; whoever mends it needs to know where it came from.
        record_failure(self.using, lease, key, f"{said}\n{whole}")
        self._report.failed[key] = said
        self._progress(self._report)


def _stored_texts(
    using: str, generation: Generation, contents: dict[Any, ProductContent]
) -> dict[tuple[Any, str], tuple[Any, str]]:
    """By product and language, what is stored: equal texts of one generation have equal terms."""
    rows = Text.objects.using(using).filter(generation=generation, product__in=list(contents))
    return {
        (key, language): (fields, digest)
        for key, language, fields, digest in rows.values_list("product", "language", "fields", "digest")
    }


def _stored(text: TextContent) -> tuple[Any, str]:
    return dict(text.fields), text.digest
